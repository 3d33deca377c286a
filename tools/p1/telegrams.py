"""Bytes to records, with the framer and decoder of the board."""

import re
from collections.abc import Callable, Iterator

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
_SEALED = re.compile(rb"\xdb\x08.{8}\x82(..)\x30", re.DOTALL)
_BEFORE_LENGTH = 13


class Line:
    """One P1 line: takes bytes as they come and gives a record for each telegram."""

    def __init__(self, key: bytes | None, is_sealed: bool):
        """`is_sealed` for a meter that encrypts; `key` are its 16 bytes, if known."""
        encrypt = aes_blocks(key) if key else None
        self._framer = SmartyFramer(encrypt) if is_sealed else Framer()
        self._reading = Reading()

    def records(self, received: bytes, now_ms: int = 0) -> Iterator[dict]:
        """Records of the telegrams that `received` ends."""
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

    def _drained(self, step: Callable[[], int]) -> Iterator[dict]:
        while (result := step()) != WAIT:
            if result > 0:
                refusal = decode(self._framer.buf, result, self._reading)
                yield record.refused(refusal) if refusal else record.accepted(self._reading)
            elif result != AGAIN:
                yield record.refused(_ERRORS[result])


def of_file(content: bytes, key: bytes | None) -> Iterator[dict]:
    """Records of all telegrams in a file, plain and encrypted, whatever stands between them."""
    for part, is_sealed in _parts(content):
        line = Line(key, is_sealed)
        yield from line.records(part)
        yield from line.last_records()


def _parts(content):
    """Stretches of the file, each with whether it is one encrypted frame."""
    done = 0
    for head in _SEALED.finditer(content):
        if head.start() < done:
            continue
        end = head.start() + _BEFORE_LENGTH + int.from_bytes(head.group(1), "big")
        yield content[done : head.start()], False
        yield content[head.start() : end], True
        done = end
    yield content[done:], False
