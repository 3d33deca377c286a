"""What a UART hears of a line that is set otherwise: tools/line.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.line import Ear, Line, heard

_BAUDS = (300, 2400, 9600, 19200, 38400, 57600, 115200)
_8N1, _7E1 = Line(9600), Line(9600, 7, 0)

_lines = st.builds(
    Line,
    st.sampled_from(_BAUDS),
    st.integers(5, 8),
    st.sampled_from((None, 0, 1)),
    st.sampled_from((1, 2)),
    st.booleans(),
)


def _mask(chunk: bytes, bits: int) -> bytes:
    return bytes(byte & (1 << bits) - 1 for byte in chunk)


@given(st.binary(max_size=60), _lines)
def test_ends_set_alike_hear_what_is_sent(chunk, line):
    assert heard(chunk, line, line) == _mask(chunk, line.bits)


@given(st.binary(max_size=60), _lines, st.sampled_from((-3, -2, 2, 3)))
def test_a_rate_that_is_off_by_a_few_percent_does_no_harm(chunk, line, percent):
    off = line._replace(baud=line.baud * (100 + percent))
    assert heard(chunk, line._replace(baud=line.baud * 100), off) == _mask(chunk, line.bits)


@given(st.binary(max_size=60))
def test_7e1_heard_as_8n1_carries_the_parity_in_the_high_bit(chunk):
    chunk = _mask(chunk, 7)
    even = bytes(byte | (byte.bit_count() & 1) << 7 for byte in chunk)
    assert heard(chunk, _7E1, _8N1) == even


@given(st.binary(max_size=60))
def test_8n1_heard_as_7e1_loses_the_high_bit(chunk):
    assert heard(chunk, _8N1, _7E1) == _mask(chunk, 7)


@given(st.binary(max_size=60))
def test_wrong_parity_is_delivered_all_the_same(chunk):
    assert heard(chunk, _7E1, _7E1._replace(parity=1)) == _mask(chunk, 7)


@given(st.binary(max_size=60), _lines, st.booleans())
def test_a_second_stop_bit_does_no_harm(chunk, line, mine):
    one, two = line._replace(stop=1), line._replace(stop=2)
    sender, receiver = (two, one) if mine else (one, two)
    assert heard(chunk, sender, receiver) == _mask(chunk, line.bits)


@given(st.binary(max_size=60), _lines, _lines)
def test_whatever_the_settings_the_bytes_fit_the_receiver_and_the_time(chunk, sender, receiver):
    found = heard(chunk, sender, receiver)
    assert _mask(found, receiver.bits) == found
    lasts_s = len(chunk) * sender.frame_bits / sender.baud
    frame_s = (receiver.frame_bits - receiver.stop) / receiver.baud
    assert len(found) <= lasts_s / frame_s + 2


@given(st.lists(st.binary(max_size=9), max_size=9), _lines, _lines)
def test_pieces_that_follow_at_once_are_heard_as_one(pieces, sender, receiver):
    ear = Ear(sender, receiver)
    found = ear.hear(b"")
    for piece in pieces:
        found += ear.hear(piece, last=False)
    found += ear.hear(b"")
    assert found == heard(b"".join(pieces), sender, receiver)


def test_one_slow_bit_is_a_whole_frame_to_a_fast_receiver():
    # 0x55 alternates: each space of 12 samples is one frame of nothing, the mark after it is idle.
    found = heard(b"\x55", _8N1, Line(115200))
    assert found == b"\0" * 5
    # 0x0F: a start bit, four marks, then four spaces that are one long break.
    assert heard(b"\x0f", _8N1, Line(115200)) == b"\0\0"
    assert set(heard(b"1-0:1.8.1(00001.001*kWh)", _7E1, Line(115200))) == {0}


def test_a_fast_sender_is_a_few_glitches_to_a_slow_receiver():
    # By hand: twelve bits of the sender to one of the receiver, read at 6, 18, 30 ... 114.
    # "U" alternates, so all of them are spaces.
    assert heard(b"U" * 12, Line(115200), _8N1) == b"\0"
    # 0x0F repeats 0111100001: read at 18 ... 102 it is 00110001, the stop bit is there.
    assert heard(b"\x0f" * 12, Line(115200), _8N1) == b"\x8c"
    # A line that is up half a bit after its first edge has not started anything.
    assert heard(b"\xff", Line(115200), _8N1) == b""


def test_half_speed():
    # By hand: 0x41 at half the rate is 00 11 00 00 00 00 00 11 00 11 to the receiver.
    assert heard(b"\x41", Line(57600), Line(115200))[:1] == b"\x06"
    # 0xFF: the start bit lasts two bits of the receiver.
    assert heard(b"\xff", Line(57600), Line(115200)) == b"\xfe"


def test_an_inverted_line_is_a_break_and_then_garbage():
    inverted = Line(9600, inverted=True)
    assert heard(b"", inverted, _8N1) == b"\0"
    # 0x41 turned over is 1 01111101 0: up, then a frame that starts at its first data bit, which
    # reads 1111101 and the stop bit 0 for data, and finds the idle line where its stop should be.
    assert heard(b"\x41", inverted, _8N1) == b"\0\x5f"
    assert heard(b"\x41", inverted, inverted) == b"\x41"
    assert heard(b"\x41", _8N1, inverted)[1:] == b"\x5f"


def test_a_break_is_one_zero():
    # Nine spaces in a row are a good zero to both; a receiver twice as fast sees one long break.
    assert heard(b"\0", _8N1, Line(19200)) == b"\0"


@pytest.mark.parametrize(
    "text",
    (
        b"",
        b"9600",
        b"9600 8 -1 1 x",
        b"0 8 -1 1 0",
        b"9600 9 0 1 0",
        b"9600 8 2 1 0",
        b"1 8 0 3 0",
    ),
)
def test_nonsense_is_refused(text):
    with pytest.raises(ValueError):
        Line.of(text)


def test_a_line_as_text():
    assert Line.of(b"115200 8 -1 1 0") == Line(115200)
    assert Line.of(b"9600 7 0 2 1") == Line(9600, 7, 0, 2, True)
