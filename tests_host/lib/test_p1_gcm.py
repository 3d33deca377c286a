"""GCM against the test cases of its specification (McGrew and Viega, appendix B)."""

from binascii import hexlify, unhexlify

from p1_rig import aes

from p1 import gcm

# key, iv, additional data, ciphertext, tag, text
_CASES = (
    (
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "",
        "58e2fccefa7e3061367f1d57a4e7455a",
        "",
    ),
    (
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "0388dace60b6a392f328c2b971b2fe78",
        "ab6e47d42cec13bdf53a67b21257bddf",
        "00000000000000000000000000000000",
    ),
    (
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    ),
)


def test_tags_and_texts_of_the_specification():
    for key, iv, data, ciphertext, tag, text in _CASES:
        encrypt = aes(unhexlify(key))
        iv, data, ciphertext = unhexlify(iv), unhexlify(data), unhexlify(ciphertext)
        ghash = gcm.Ghash(gcm.hash_key(encrypt))
        ghash.update(data, 0, len(data))
        ghash.update(ciphertext, 0, len(ciphertext))
        ghash.update(gcm.lengths_block(len(data), len(ciphertext)), 0, 16)
        assert hexlify(gcm.tag(encrypt, iv, ghash.digest())).decode() == tag
        buf = bytearray(b"<" + ciphertext + b">")
        gcm.decrypt(encrypt, iv, buf, 1, 1 + len(ciphertext))
        assert (hexlify(buf[1:-1]).decode(), buf[:1] + buf[-1:]) == (text, b"<>")


def test_hash_in_slices_is_the_same():
    encrypt = aes(bytes(range(16)))
    data = bytes([i * 7 & 255 for i in range(320)])
    whole = gcm.Ghash(gcm.hash_key(encrypt))
    whole.update(data, 0, 310)
    sliced = gcm.Ghash(gcm.hash_key(encrypt))
    for start in range(0, 310, 64):
        sliced.update(data, start, min(start + 64, 310))
    assert sliced.digest() == whole.digest()
