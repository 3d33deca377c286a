"""For the tests of lib/p1: telegrams with a right CRC, the vectors, and a framer that is fed."""

import json

from crc16 import crc16_arc

from p1.decode import decode
from p1.framer import AGAIN, WINDOW, Framer
from p1.reading import Reading

VECTORS = __file__.rsplit("/", 2)[0] + "/vectors/p1/"

#: A telegram of a three-phase meter in Flanders, of which tests change lines.
LINES = (
    "0-0:96.1.4(50217)",
    "0-0:96.1.1(3153414733313030303132333435)",
    "0-0:1.0.0(231102121548W)",
    "1-0:1.8.1(000301.548*kWh)",
    "1-0:1.8.2(000270.014*kWh)",
    "1-0:2.8.1(000000.005*kWh)",
    "1-0:2.8.2(000000.000*kWh)",
    "0-0:96.14.0(0001)",
    "1-0:1.4.0(00.052*kW)",
    "1-0:1.6.0(231102114500W)(03.064*kW)",
    "1-0:1.7.0(00.338*kW)",
    "1-0:2.7.0(00.000*kW)",
    "0-0:96.13.0()",
)


def telegram(lines=LINES, header="/FLU5\\253769484_A", blank="\r\n") -> bytes:
    """A telegram of these lines with its CRC and line end."""
    text = (header + "\r\n" + blank + "\r\n".join(lines) + "\r\n!").encode()
    return text + f"{crc16_arc(text, len(text)):04X}\r\n".encode()


def with_line(line, instead_of=None) -> bytes:
    """The telegram of LINES with one line more, or one in another's place."""
    if instead_of is None:
        return telegram(LINES + (line,))
    return telegram([line if old.startswith(instead_of) else old for old in LINES])


def vector(name) -> bytes:
    """The bytes of a file of vectors/p1."""
    with open(VECTORS + name, "rb") as source:
        return source.read()


def manifest() -> list:
    """Rows (file, whether the CRC is valid, kind, expected values) of the manifest."""
    rows = []
    with open(VECTORS + "MANIFEST.tsv") as source:
        for line in source.read().split("\n")[1:]:
            cells = line.split("\t")
            if len(cells) > 1:
                rows.append((cells[0], cells[5], cells[6], json.loads(cells[10])))
    return rows


def drain(framer, results, step):
    """Collect what `step` (poll or flush of `framer`) gives: events, and copies of telegrams."""
    while True:
        result = step()
        if result == 0:
            return
        if result > 0:
            results.append(bytes(framer.buf[:result]))
        elif result != AGAIN:
            results.append(result)


def fed(framer, stream, size=WINDOW, now_ms=0) -> list:
    """What a framer gives for `stream` in pieces of `size` bytes: telegrams and events."""
    results = []
    for start in range(0, len(stream), size):
        piece = stream[start : start + size]
        framer.feed(piece, len(piece), now_ms)
        drain(framer, results, framer.poll)
    return results


def results_of(stream, size=WINDOW, capacity=4096) -> list:
    """What a new framer gives for a whole stream, its end included."""
    framer = Framer(capacity)
    results = fed(framer, stream, size)
    drain(framer, results, framer.flush)
    return results


def text_of(stream) -> bytes:
    """A telegram without the digits of its CRC and line end: what a framer hands out."""
    return stream[: stream.rfind(b"!") + 1]


def reading_of(stream, reading=None) -> Reading:
    """The reading of a telegram, which has to be accepted."""
    reading = reading or Reading()
    text = text_of(stream)
    refused = decode(text, len(text), reading)
    assert refused is None, refused
    return reading


def aes(key: bytes):
    """AES on whole blocks as `cryptolib` has it on the board: `encrypt(blocks, into)`."""
    try:
        from cryptolib import aes as board_aes
    except ImportError:
        from tools.p1.cipher import aes_blocks

        return aes_blocks(key)
    return board_aes(key, 1).encrypt
