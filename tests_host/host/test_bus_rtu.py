"""RTU frames by properties, with pymodbus as a second opinion."""

from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from modbus.rtu import Exchange, ModbusError
from modbus.values import s32, u16

FRAMER = FramerRTU(DecodePDU(False))
UNITS = st.integers(1, 247)
WORDS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=60)
CHUNKS = st.lists(st.integers(1, 40), min_size=1, max_size=20)


def framed(pdu):
    return FRAMER.buildFrame(pdu)


def feed(exchange, line, chunks):
    """Feed in pieces, and say at the end that nothing more comes; whether there is an answer."""
    at = i = 0
    while at < len(line):
        piece = line[at : at + chunks[i % len(chunks)]]
        if exchange.feed(piece, len(piece)):
            return True
        at, i = at + len(piece), i + 1
    return exchange.finish()


@given(UNITS, st.integers(0, 0xFF00), st.integers(1, 125))
def test_read_requests_are_those_of_pymodbus(unit, address, count):
    theirs = ReadHoldingRegistersRequest(address=address, count=count, dev_id=unit)
    assert bytes(Exchange().read(unit, address, count)) == framed(theirs)


@given(UNITS, st.integers(0, 0xFF00), WORDS)
def test_write_requests_are_those_of_pymodbus(unit, address, words):
    theirs = WriteMultipleRegistersRequest(address=address, registers=words, dev_id=unit)
    assert bytes(Exchange().write(unit, address, words)) == framed(theirs)


@given(UNITS, WORDS, CHUNKS, st.binary(max_size=600), st.booleans())
def test_answers_of_pymodbus_are_read_whatever_comes_before(unit, words, chunks, noise, has_echo):
    exchange = Exchange()
    echo = bytes(exchange.read(unit, 0x0604, len(words)))
    answer = framed(ReadHoldingRegistersResponse(registers=words, dev_id=unit))
    line = (echo if has_echo else b"") + noise + answer
    assert feed(exchange, line, chunks)
    try:
        registers = exchange.result()
    except ModbusError:
        return  # noise that happens to be an exception with a right CRC
    assert [u16(registers, i) for i in range(len(words))] == words


@given(UNITS, WORDS, CHUNKS, st.binary(max_size=100))
def test_acknowledgements_of_pymodbus_are_taken(unit, words, chunks, noise):
    exchange = Exchange()
    echo = bytes(exchange.write(unit, 0x1187, words))
    theirs = WriteMultipleRegistersResponse(address=0x1187, count=len(words), dev_id=unit)
    assert feed(exchange, echo + noise + framed(theirs), chunks)


@given(WORDS, CHUNKS, st.data())
def test_damaged_answer_is_never_another_value(words, chunks, data):
    exchange = Exchange()
    exchange.read(1, 0x0604, len(words))
    frame = bytearray(framed(ReadHoldingRegistersResponse(registers=words, dev_id=1)))
    first = data.draw(st.integers(0, 8 * len(frame) - 1))
    for bit in data.draw(st.sets(st.integers(first, first + 15), max_size=8)) | {first}:
        if bit < 8 * len(frame):
            frame[bit // 8] ^= 1 << bit % 8  # a burst of up to 16 bits: CRC-16 finds each
    if feed(exchange, bytes(frame), chunks):
        try:
            registers = exchange.result()
        except ModbusError:
            return
        assert [u16(registers, i) for i in range(len(words))] == words


@given(st.binary(max_size=400), CHUNKS, st.booleans())
def test_garbage_never_breaks_anything(line, chunks, is_write):
    exchange = Exchange()
    if is_write:
        exchange.write(1, 0x1187, [0] * 6)
    else:
        exchange.read(1, 0x0604, 7)
    if not feed(exchange, line, chunks):
        assert exchange.verdict() in ("timeout", "crc", "short", "address", "mismatch")
    assert 0 <= exchange.noise_bytes <= len(line)


@given(st.integers(-(2**31), 2**31 - 1))
def test_signed_values_are_those_of_python(value):
    assert s32(value.to_bytes(4, "big", signed=True), 0) == value
