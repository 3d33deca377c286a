"""AES-GCM with nothing but AES on single blocks, which a board has (`cryptolib`, mode ECB).

GHASH multiplies in GF(2**128) with ordinary big integers: each bit gets a byte of its own, so that
no carry reaches the next bit and the parity of a byte is the bit of the product. One block costs
one multiplication of 1024 bits. Source: NIST SP 800-38D, sections 6 and 7. Nothing here is
constant in time: the key protects readings on a wire inside the house.
"""

import struct

_CELLS = b"\x01" * 128
_FOLD = 1 | 1 << 8 | 1 << 16 | 1 << 56  # x**128 is x**7 + x**2 + x + 1


class Ghash:
    """The hash of SP 800-38D section 6.4 over whole blocks, taken in pieces."""

    def __init__(self, key_block: bytes):
        """Start with the hash key: zero, encrypted."""
        self._ones = int.from_bytes(_CELLS, "little")
        self._ones_twice = int.from_bytes(_CELLS + _CELLS, "little")
        self._low = (1 << 1024) - 1
        self._key = self._spread(key_block)
        self._sum = 0

    def _spread(self, block):
        """The bits of 16 bytes, each in a byte: the first, x**0, in the lowest."""
        bits = f"{int.from_bytes(block, 'big'):0128b}"
        return int.from_bytes(bits.encode(), "little") & self._ones

    def update(self, data, start: int, end: int):
        """Take in `data[start:end]`; what the last block lacks counts as zeros."""
        for pos in range(start, end, 16):
            block = bytes(data[pos : min(pos + 16, end)])
            if len(block) < 16:
                block += bytes(16 - len(block))
            product = (self._sum ^ self._spread(block)) * self._key & self._ones_twice
            self._sum = self._folded(self._folded(product))

    def _folded(self, product):
        """`product` modulo x**128 + x**7 + x**2 + x + 1, but for seven bits of overflow."""
        high = product >> 1024
        if not high:
            return product
        return ((product & self._low) + high * _FOLD) & self._ones_twice

    def digest(self) -> bytes:
        """The 16 bytes of the hash."""
        cells = self._sum.to_bytes(128, "little")
        bits = "".join([chr(48 + cell) for cell in cells])
        return int(bits, 2).to_bytes(16, "big")


def hash_key(encrypt) -> bytes:
    """The hash key for `encrypt(blocks, into)`, which is AES on whole blocks under some key."""
    block = bytearray(16)
    encrypt(bytes(16), block)
    return bytes(block)


def tag(encrypt, iv: bytes, digest: bytes) -> bytes:
    """The 16 bytes of the tag for a 12-byte `iv` and the digest over data and lengths."""
    block = bytearray(16)
    encrypt(iv + b"\x00\x00\x00\x01", block)
    return _xor(bytes(block), digest)


def lengths_block(data_bytes: int, cipher_bytes: int) -> bytes:
    """The last block that GHASH takes: both lengths in bits."""
    return struct.pack(">IIII", 0, data_bytes * 8, 0, cipher_bytes * 8)


def decrypt(encrypt, iv: bytes, buf, start: int, end: int):
    """Turn the ciphertext `buf[start:end]`, whose tag was compared before, into text in place.

    SP 800-38D section 6.5. Block by block: a frame's worth of memory in one piece is hard to find.
    """
    counter, stream = bytearray(16), bytearray(16)
    for pos in range(start, end, 16):
        struct.pack_into(">12sI", counter, 0, iv, 2 + (pos - start) // 16)
        encrypt(counter, stream)
        for i in range(min(16, end - pos)):
            buf[pos + i] ^= stream[i]


def _xor(left, right):
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
