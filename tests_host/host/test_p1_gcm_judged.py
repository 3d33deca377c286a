"""Our GCM against that of the `cryptography` package."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from p1 import gcm
from tools.p1.cipher import aes_blocks


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=12, max_size=12),
    st.binary(max_size=40),
    st.binary(max_size=200),
)
def test_tag_and_text_are_those_of_the_package(key, iv, data, text):
    sealed = AESGCM(key).encrypt(iv, text, data)
    ciphertext, expected_tag = sealed[:-16], sealed[-16:]
    encrypt = aes_blocks(key)
    ghash = gcm.Ghash(gcm.hash_key(encrypt))
    ghash.update(data, 0, len(data))
    ghash.update(ciphertext, 0, len(ciphertext))
    ghash.update(gcm.lengths_block(len(data), len(ciphertext)), 0, 16)
    assert gcm.tag(encrypt, iv, ghash.digest()) == expected_tag
    opened = bytearray(ciphertext)
    gcm.decrypt(encrypt, iv, opened, 0, len(opened))
    assert opened == text
