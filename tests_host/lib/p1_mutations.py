"""Damage to telegrams as lines and hosts do it, from a seed, the same on both interpreters."""

import gc
import sys

from crc16 import crc16_arc
from p1_rig import drain, fed, manifest, text_of, vector

from p1.decode import decode
from p1.framer import Framer
from p1.reading import Reading
from p1.smarty import SmartyFramer

_IS_MICROPYTHON = hasattr(gc, "mem_alloc")


class Random:
    """A linear congruential generator (ANSI C), so that a seed means the same everywhere."""

    def __init__(self, seed):
        self._state = seed & 0x7FFFFFFF

    def below(self, limit):
        """A number from 0 to `limit` - 1."""
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % limit


def _flip(random, text):
    i = random.below(len(text))
    return text[:i] + bytes([text[i] ^ 1 << random.below(8)]) + text[i + 1 :]


def _other_byte(random, text):
    i = random.below(len(text))
    return text[:i] + bytes([random.below(256)]) + text[i + 1 :]


def _cut_out(random, text):
    i = random.below(len(text))
    return text[:i] + text[i + 1 + random.below(40) :]


def _cut_off(random, text):
    return text[: random.below(len(text))]


def _cut_head(random, text):
    return text[random.below(len(text)) :]


def _insert(random, text):
    i = random.below(len(text))
    return text[:i] + bytes([random.below(256) for _ in range(1 + random.below(6))]) + text[i:]


def _insert_telling(random, text):
    i = random.below(len(text))
    signs = (b"/", b"!", b"\n/", b"\n!", b"\r\n", b"(", b")", b"!0000\r\n", b"/FLU5", b"\xff\x00")
    return text[:i] + signs[random.below(len(signs))] + text[i:]


def _swap(random, text):
    i = random.below(len(text) - 1)
    return text[:i] + text[i + 1 : i + 2] + text[i : i + 1] + text[i + 2 :]


def _double_line(random, text):
    lines = text.split(b"\r\n")
    i = random.below(len(lines))
    return b"\r\n".join(lines[:i] + [lines[i], lines[i]] + lines[i + 1 :])


def _swap_lines(random, text):
    lines = text.split(b"\r\n")
    i = random.below(len(lines))
    j = random.below(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\r\n".join(lines)


def _repeat_cr(random, text):
    return text.replace(b"\r\n", b"\r" * (2 + random.below(3)) + b"\n")


def _lose_cr(_, text):
    return text.replace(b"\r\n", b"\n")


def _glue(random, text):
    return text[: random.below(len(text))] + text


KINDS = (
    _flip,
    _other_byte,
    _cut_out,
    _cut_off,
    _cut_head,
    _insert,
    _insert_telling,
    _swap,
    _double_line,
    _swap_lines,
    _repeat_cr,
    _lose_cr,
    _glue,
)


def damaged(random, text):
    """`text` with one to three kinds of damage."""
    for _ in range(1 + random.below(3)):
        if len(text) > 1:
            text = KINDS[random.below(len(KINDS))](random, text)
    return text


def sources():
    """Good telegrams of all kinds of meters, each with its line end."""
    found = []
    for name, crc_valid, kind, _ in manifest():
        is_old = name.startswith(("nl_dsmr22", "nl_oh_landis", "nl_rob_v3"))
        if is_old or (crc_valid == "yes" and kind != "stream"):
            stream = vector(name)
            stream = stream[stream.index(b"/") :]
            end = stream.rfind(b"!")
            found.append(stream[:end] + stream[end:].rstrip(b"\xff\r\n") + b"\r\n")
    return found


def is_rightly_accepted(text, stream):
    """Whether `text` stands in `stream` with its CRC behind it, or may lack one."""
    versions = (b"1-3:0.2.8(", b"0-0:96.1.4(", b"0-0:1.0.0(")
    may_lack = not any([text.find(version) >= 0 for version in versions])
    start = stream.find(text)
    while start >= 0:
        behind = stream[start + len(text) : start + len(text) + 4]
        digits = 0
        while digits < len(behind) and chr(behind[digits]) in "0123456789abcdefABCDEF":
            digits += 1
        if not digits and may_lack:
            return True
        if digits and int(behind[:digits], 16) == crc16_arc(text, len(text)):
            return True
        start = stream.find(text, start + 1)
    return False


def _in_use():
    """What lives in memory: bytes under MicroPython, blocks under CPython."""
    gc.collect()
    return gc.mem_alloc() if _IS_MICROPYTHON else sys.getallocatedblocks()


_FIELDS = [name for name in dir(Reading()) if name[0] != "_"]
_FIELDS = [name for name in _FIELDS if not callable(getattr(Reading(), name))]
for _name in ("template", "generation", "news", "channels"):
    _FIELDS.remove(_name)


def _said(text, reading):
    """Every field of the telegram `text`, decoded into `reading`; None when it is refused."""
    if decode(text, len(text), reading):
        return None
    return [getattr(reading, name) for name in _FIELDS]


class _Line:
    """A framer and a reading, and the telegrams that go through them."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.framer = Framer()
        self.reading = Reading()
        self.telegrams = sources()
        self.said = [_said(text_of(telegram), Reading()) for telegram in self.telegrams]

    def try_one(self, case):
        """One damaged telegram, then a good one; how many damaged ones were accepted."""
        bad = damaged(self.random, self.telegrams[self.random.below(len(self.telegrams))])
        which = self.random.below(len(self.telegrams))
        good = self.telegrams[which]
        stream = bad + good
        results = fed(self.framer, stream, 1 + self.random.below(256))
        assert results and results[-1] == text_of(good), (case, results[-1:])
        texts = [result for result in results if isinstance(result, bytes)]
        for text in texts:
            assert is_rightly_accepted(text, stream), (case, text)
            said = _said(text, self.reading)
        assert said == self.said[which], (case, which)
        return len(texts) - 1

    def memory(self):
        """What is in use after one certain telegram."""
        fed(self.framer, self.telegrams[0])
        _said(text_of(self.telegrams[0]), self.reading)
        return _in_use()


def run(seed, count):
    """Put `count` damaged telegrams before good ones; returns how many damaged were accepted."""
    line = _Line(seed)
    warm_up = min(100, count // 4)
    accepted = sum([line.try_one((seed, case)) for case in range(warm_up)])
    before = line.memory()
    for case in range(warm_up, count):
        accepted += line.try_one((seed, case))
    grown = line.memory() - before
    # CPython fills caches of its own at first; one object left by each second case is far more.
    assert grown <= (400 if _IS_MICROPYTHON else count // 2), (seed, grown)
    return accepted


def run_sealed(seed, count, frames, aes_blocks):
    """As `run`, for encrypted frames [(frame, its text)]; none but these texts is accepted."""
    random = Random(seed)
    framer = SmartyFramer(aes_blocks)
    texts = [text for _, text in frames]
    accepted = 0
    for case in range(count):
        bad = damaged(random, frames[random.below(len(frames))][0])
        good, text = frames[random.below(len(frames))]
        results = fed(framer, bad + good, 1 + random.below(256))
        drain(framer, results, framer.flush)  # a damaged length ends with the silence behind it
        assert results and results[-1] == text, (seed, case, results[-1:])
        for result in results:
            assert not isinstance(result, bytes) or result in texts, (seed, case, result)
        accepted += len([result for result in results if isinstance(result, bytes)]) - 1
    return accepted
