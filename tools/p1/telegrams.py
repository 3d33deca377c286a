"""Bytes to records, with the framer and decoder of the board."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from p1 import framer as framing
from p1 import smarty
from p1.decode import decode
from p1.framer import AGAIN, WAIT, WINDOW, Framer
from p1.reading import Reading
from p1.smarty import SmartyFramer
from tools.p1 import record
from tools.p1.cipher import aes_blocks

_ERRORS = {
    framing.CRC_ERROR: record.CRC,
    framing.TRUNCATED: record.TRUNCATED,
    framing.OVERFLOW: record.TOO_LONG,
    framing.NO_CRC: record.NO_CRC,
    smarty.WRONG_KEY: record.KEY,
    smarty.NO_KEY: record.ENCRYPTED,
}
# Head of an encrypted frame: start, system title, two bytes of length, counter. See p1.smarty.
_SEALED = re.compile(rb"\xdb\x08.{8}\x82..\x30", re.DOTALL)
_HEAD = 14
_BEFORE_LENGTH = 13
_LENGTH = slice(11, 13)
# A telegram without any carriage return; no meter sends that, but editors and logs lose them.
_BARE = re.compile(rb"^/[^\r]{4,8192}?^!", re.MULTILINE)


class Line:
    """One P1 line, encrypted or not: takes bytes as they come, gives a record a telegram."""

    def __init__(self, key: bytes | None):
        """`key` are the 16 bytes of a meter that encrypts, if known."""
        self._encrypt = aes_blocks(key) if key else None
        self._framer: Framer | SmartyFramer = Framer()
        self._reading = Reading()
        self._last = b""  # bytes in which the head of a frame may have begun

    def records(self, received: bytes, now_ms: int = 0) -> Iterator[dict]:
        """Records of the telegrams that `received` ends."""
        received = self._after_head(received)
        for start in range(0, len(received), WINDOW):
            piece = received[start : start + WINDOW]
            self._framer.feed(piece, len(piece), now_ms)
            yield from self._drained(self._framer.poll)

    def idle_records(self, now_ms: int) -> Iterator[dict]:
        """Records of the telegrams that the silence up to now ends."""
        yield from self._drained(lambda: self._framer.idle(now_ms))

    def last_records(self) -> Iterator[dict]:
        """Records of what is unfinished when nothing more comes."""
        yield from self._drained(self._framer.flush)

    def _after_head(self, received):
        """`received`; from the first encrypted frame on the meter is taken for one of those."""
        if isinstance(self._framer, SmartyFramer):
            return received
        seen = self._last + received
        head = _SEALED.search(seen)
        if not head:
            self._last = seen[1 - _HEAD :]
            return received
        self._framer = SmartyFramer(self._encrypt)
        return seen[head.start() :]

    def _drained(self, step: Callable[[], int]) -> Iterator[dict]:
        while (result := step()) != WAIT:
            if result > 0:
                refusal = decode(self._framer.buf, result, self._reading)
                text = self._framer.buf[:result]
                yield record.refused(refusal) if refusal else record.accepted(self._reading, text)
            elif result != AGAIN:
                yield record.refused(_ERRORS[result])


def of_file(content: bytes, key: bytes | None) -> Iterator[dict]:
    """Records of all telegrams in a file, plain and encrypted, whatever stands between them."""
    content = _in_bytes(content)
    heads = [head.start() for head in _SEALED.finditer(content)]
    yield from _plain(content[: heads[0] if heads else None])
    for start, limit in pairwise([*heads, len(content)]):
        yield from _from_head(content[start:limit], key)


def _from_head(part, key):
    """Records of an encrypted frame, and of what follows it before the next one."""
    size = _BEFORE_LENGTH + int.from_bytes(part[_LENGTH], "big")
    if size > len(part):
        frame = [record.refused(record.TRUNCATED)]
    else:
        frame = list(_of_part(part[:size], key))
    yield from frame
    after = []
    if not any(found["ok"] for found in frame):
        # It may have been cut off within: then a plain telegram begins before its end.
        after = list(_plain(part[_HEAD:]))
        while after and not after[0]["ok"]:  # what looked like a telegram in the ciphertext
            del after[0]
    yield from after or _plain(part[size:])


def _plain(part):
    return _of_part(_BARE.sub(_with_returns, part), None)


def _of_part(part, key):
    line = Line(key)
    yield from line.records(part)
    yield from line.last_records()


def _with_returns(telegram):
    return telegram.group().replace(b"\n", b"\r\n")


def _in_bytes(content):
    """The telegrams of a file as a Windows shell writes it when output goes there: UTF-16."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") and b"\x00" in content[2:4]:
        return content.decode("utf-16", "replace").encode()
    return content
