"""AES on the host in the shape that lib/p1 wants: a function from whole blocks into a buffer."""


def aes_blocks(key: bytes):
    """`encrypt(blocks, into)` under a key of 16 bytes, as `cryptolib.aes(key, 1).encrypt`."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(key), modes.ECB())

    def encrypt(blocks, into):
        into[:] = cipher.encryptor().update(bytes(blocks))

    return encrypt
