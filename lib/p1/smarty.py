"""Finds, checks and decrypts the telegrams of Luxembourg's meters (Smarty).

A frame is `DB 08`, system title (8), `82`, length (2), `30`, frame counter (4), ciphertext and tag
(12): DLMS general-global-cipher, AES-128-GCM with the key that the network operator gives for the
meter. The tag proves every byte, so that the CRC of the text inside adds nothing: a wrong one is
counted, no more. Source: Smarty P1 specification 1.1.3.
"""

import struct

import ticks
from crc16 import crc16_arc
from micropython import const

from p1 import gcm
from p1.framer import AGAIN, CRC_ERROR, WAIT, WINDOW

#: What `SmartyFramer.poll` returns besides what framer.py lists.
WRONG_KEY = -6  # dropped: the tag differs, since the key is another or bytes were damaged
NO_KEY = -7  # dropped: the meter encrypts, and there is no key

_START = b"\xdb\x08"
_FIXED_KEY = b"\x30\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"  # the AAD
_HEAD = const(18)  # bytes before the ciphertext
_TAG = const(12)
_COPY = "256s"
_SLICE = const(256)  # bytes hashed per call: about 4 ms on an ESP32 at 240 MHz
_SILENCE_MS = const(500)  # frames come every 10 s; one that pauses this long is broken


class SmartyFramer:
    """Turns received bytes into telegrams, as `framer.Framer` does for meters that do not encrypt.

    `encrypt(blocks, into)` is AES-128 on whole 16-byte blocks under the meter's key, such as
    `cryptolib.aes(key, 1).encrypt`; None when there is no key.
    """

    truncated = overflows = no_crc = 0  # what the tag proves is whole

    def __init__(self, encrypt, capacity: int = 3072, twin=None):
        """Make the buffer for frames of at most `capacity` bytes, or use that of `twin`.

        `twin` is a `Framer` that is not used meanwhile.
        """
        self.capacity = twin.capacity if twin else capacity
        self.buf = twin.buf if twin else bytearray(capacity + WINDOW)
        self._view = memoryview(self.buf)
        self.window = twin.window if twin else bytearray(WINDOW)
        self.printed_length = 0
        self.telegrams = 0
        self.wrong_keys = 0
        self.locked = 0  # frames that could not be opened: no key, or another
        self.crc_errors = 0
        self.noise_bytes = 0
        self._encrypt = encrypt
        self._fill = 0
        self._taken = 0
        self._last_ms = 0
        self._size = 0  # of the frame that has begun at index 0
        self._hash: gcm.Ghash | None = None
        self._hashed = 0  # up to this index

    def feed(self, chunk, n: int, now_ms: int):
        """Take the first `n` bytes of `chunk` (bytes or bytearray), at most WINDOW, as of now."""
        if n > WINDOW:
            raise ValueError("n")
        if self._fill > self.capacity:  # poll was not called until WAIT
            self._skip(self._fill)
        struct.pack_into(_COPY, self.buf, self._fill, chunk)
        self._fill += n
        self._last_ms = now_ms

    def poll(self) -> int:
        """Work through what was fed: a telegram's length, or one of the constants."""
        if self._taken:
            self._drop(self._taken)
            self._taken = 0
        if not self._size and not self._found_frame():
            return WAIT
        if self._fill < self._size:
            return WAIT
        if self._encrypt is None:
            self._drop(self._size)
            self.locked += 1
            return NO_KEY
        return self._check()

    def idle(self, now_ms: int) -> int:
        """Like `poll`, for a line that may be silent: gives up a frame that does not go on."""
        result = self.poll()
        if result or ticks.diff(now_ms, self._last_ms) < _SILENCE_MS:
            return result
        return self.flush()

    def flush(self) -> int:
        """Like `poll`, for a line that has ended: nothing unfinished stays behind."""
        result = self.poll()
        if result or not self._fill:
            return result
        self._skip(min(2, self._fill))  # no frame after all; one may begin inside it
        return AGAIN

    def _found_frame(self):
        """Skip to the next frame; whether its head is there and means a frame that fits."""
        while True:
            start = self.buf.find(_START, 0, self._fill)
            if start < 0:
                is_half = self._fill and self.buf[self._fill - 1] == _START[0]
                self._skip(self._fill - (1 if is_half else 0))
                return False
            self._skip(start)
            if self._fill < _HEAD:
                return False
            size = 13 + (self.buf[11] << 8 | self.buf[12])
            is_head = self.buf[10] == 0x82 and self.buf[13] == 0x30
            if is_head and _HEAD + _TAG < size <= self.capacity:
                self._size = size
                return True
            self._skip(2)

    def _check(self):
        """Hash a slice; compare the tag when all is hashed."""
        end = self._size - _TAG
        ghash = self._hash
        if ghash is None:
            ghash = self._hash = gcm.Ghash(gcm.hash_key(self._encrypt))
            ghash.update(_FIXED_KEY, 0, len(_FIXED_KEY))
            self._hashed = _HEAD
        if self._hashed < end:
            upto = min(self._hashed + _SLICE, end)
            ghash.update(self.buf, self._hashed, upto)
            self._hashed = upto
            return AGAIN
        ghash.update(gcm.lengths_block(len(_FIXED_KEY), end - _HEAD), 0, 16)
        return self._open(end, ghash.digest())

    def _open(self, end, digest):
        iv = bytes(self.buf[2:10]) + bytes(self.buf[14:18])
        right = gcm.tag(self._encrypt, iv, digest)[:_TAG]
        if self.buf.find(right, end, end + _TAG) != end:
            self.wrong_keys += 1
            self.locked += 1
            self._skip(2)  # if its length was damaged, another frame begins inside
            return WRONG_KEY
        gcm.decrypt(self._encrypt, iv, self.buf, _HEAD, end)
        self._view[: end - _HEAD] = self._view[_HEAD:end]
        return self._hand_out(end - _HEAD)

    def _hand_out(self, n):
        """Give out the text of the buffer's first `n` bytes."""
        text = self.buf
        self._taken = self._size
        self._size = 0
        self._hash = None
        length = text.rfind(b"!", 0, n) + 1
        if not length or text[0] != 47:  # /
            self.crc_errors += 1
            return CRC_ERROR
        digits = bytes(text[length:n]).strip()
        self.printed_length = length + len(digits)
        try:
            self.crc_errors += crc16_arc(text, length) != int(digits, 16)
        except ValueError:
            self.crc_errors += 1
        self.telegrams += 1
        return length

    def _skip(self, n):
        for i in range(n):
            if self.buf[i] != 10 and self.buf[i] != 13:
                self.noise_bytes += 1
        self._drop(n)

    def _drop(self, n):
        left = self._fill - n
        if left and n:
            self._view[:left] = self._view[n : self._fill]
        self._fill = left
        self._size = 0
        self._hash = None
