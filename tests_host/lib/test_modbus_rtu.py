"""RTU frames and their answers, on CPython and MicroPython alike.

Reference frames: recorded on real Sofar inverters (01 90 02 CD C1, 01 83 02 C0 F1, and
01 10 11 10 00 01 05 30 from Sofar's own cloud document); the others follow from the CRC of Modbus.
"""

from crc16 import crc16_modbus

from modbus.rtu import MAX_READ, READ_INPUT, Exchange, ModbusError

REQUESTS = (  # (first register, registers, request)
    (0x0445, 8, "01 03 04 45 00 08 54 E9"),
    (0x0484, 44, "01 03 04 84 00 2C 05 0E"),
    (0x0584, 6, "01 03 05 84 00 06 85 2D"),
    (0x0604, 7, "01 03 06 04 00 07 45 41"),
    (0x0667, 5, "01 03 06 67 00 05 34 9E"),
    (0x0684, 24, "01 03 06 84 00 18 05 61"),
    (0x0404, 46, "01 03 04 04 00 2E 85 27"),
    (0x1184, 13, "01 03 11 84 00 0D C1 1A"),
)
WRITES = (  # (first register, words, request, answer)
    (0x1110, "0003", "01 10 11 10 00 01 02 00 03 E5 C0", "01 10 11 10 00 01 05 30"),
    (0x1110, "0000", "01 10 11 10 00 01 02 00 00 A5 C1", "01 10 11 10 00 01 05 30"),
    (0x1184, "003C0001", "01 10 11 84 00 02 04 00 3C 00 01 3B A0", "01 10 11 84 00 02 04 DD"),
    (
        0x1187,
        "00000000FFFFFB50FFFFFB50",
        "01 10 11 87 00 06 0C 00 00 00 00 FF FF FB 50 FF FF FB 50 A3 B4",
        "01 10 11 87 00 06 F5 1E",
    ),
    (
        0x1187,
        "000000000000000000000000",
        "01 10 11 87 00 06 0C 00 00 00 00 00 00 00 00 00 00 00 00 75 10",
        "01 10 11 87 00 06 F5 1E",
    ),
)
BATTERY = bytes.fromhex("0FA0 FED4 FF88 0018 0039 0064 002A")
NOISE = bytes.fromhex("00 FF 01 83 A5 01 03 0E 55 01")


def octets(text):
    return bytes.fromhex(text)


def words_of(text):
    return [int(text[i : i + 4], 16) for i in range(0, len(text), 4)]


def sealed(frame):
    crc = crc16_modbus(frame, len(frame))
    return frame + bytes([crc & 255, crc >> 8])


def answer(registers, unit=1, function=3):
    return sealed(bytes([unit, function, len(registers)]) + registers)


def battery_read():
    exchange = Exchange()
    exchange.read(1, 0x0604, 7)
    return exchange


def code_of(exchange):
    try:
        exchange.result()
    except ModbusError as error:
        return error.code
    return None


def raises(call, *arguments):
    try:
        call(*arguments)
    except ValueError:
        return True
    return False


def test_read_requests_are_the_reference_frames():
    exchange = Exchange()
    for address, count, frame in REQUESTS:
        assert bytes(exchange.read(1, address, count)) == octets(frame)
        assert exchange.request_length == 8
        assert exchange.reply_length == 5 + 2 * count


def test_write_requests_and_answers_are_the_reference_frames():
    exchange = Exchange()
    for address, words, frame, reply in WRITES:
        assert bytes(exchange.write(1, address, words_of(words))) == octets(frame)
        assert exchange.feed(octets(reply), 8)
        assert exchange.result() == b""


def test_input_registers_are_read_with_function_four():
    exchange = Exchange()
    assert bytes(exchange.read(1, 1, 2, READ_INPUT))[1] == 4
    frame = answer(bytes(4), function=4)
    assert exchange.feed(frame, len(frame))
    assert exchange.result() == bytes(4)


def test_what_cannot_be_asked_is_refused_before_anything_is_sent():
    exchange = Exchange()
    for unit, address, count in ((0, 1, 1), (248, 1, 1), (1, -1, 1), (1, 65535, 2), (1, 1, 0)):
        assert raises(exchange.read, unit, address, count), (unit, address, count)
    assert raises(exchange.read, 1, 0, MAX_READ + 1)
    for words in ([], [65536], [-1], [0] * 124):
        assert raises(exchange.write, 1, 0x1187, words), words


def test_answer_is_known_at_its_last_byte():
    frame = answer(BATTERY)
    exchange = battery_read()
    for i in range(len(frame) - 1):
        assert not exchange.feed(frame[i : i + 1], 1), i
    assert exchange.feed(frame[-1:], 1)
    assert exchange.result() == BATTERY
    assert exchange.noise_bytes == 0


def test_answer_split_at_each_place_is_the_same():
    frame = NOISE + answer(BATTERY)
    for split in range(len(frame) + 1):
        exchange = battery_read()
        exchange.feed(frame, split)
        assert exchange.feed(frame[split:], len(frame) - split)
        assert exchange.result() == BATTERY
        assert exchange.noise_bytes == len(NOISE)


def test_every_cut_answer_is_short_and_gives_no_value():
    frame = answer(BATTERY)
    for length in range(1, len(frame)):
        exchange = battery_read()
        assert not exchange.feed(frame, length)
        assert not exchange.finish()
        assert exchange.verdict() == "short"


def test_every_flipped_bit_is_refused():
    frame = answer(BATTERY)
    for bit in range(8 * len(frame)):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        exchange = battery_read()
        assert not exchange.feed(damaged, len(damaged)), bit
        assert not exchange.finish(), bit
        assert exchange.verdict() in ("crc", "short"), bit


def test_silence_is_a_timeout():
    exchange = battery_read()
    assert not exchange.finish()
    assert exchange.verdict() == "timeout"


def test_echo_of_the_request_is_skipped_and_not_an_answer():
    exchange = Exchange()
    for address, words, frame, reply in WRITES:
        echo = bytes(exchange.write(1, address, words_of(words)))
        for i in range(len(echo)):
            assert not exchange.feed(echo[i : i + 1], 1), frame
        assert not exchange.finish()
        assert exchange.verdict() == "timeout"
        exchange.write(1, address, words_of(words))
        both = echo + octets(reply)
        assert exchange.feed(both, len(both))
        assert exchange.result() == b""
        assert exchange.echo_bytes == len(echo)
        assert exchange.noise_bytes == 0


def test_echo_before_the_answer_to_a_read_is_skipped():
    exchange = battery_read()
    both = octets("01 03 06 04 00 07 45 41") + answer(BATTERY)
    assert exchange.feed(both, len(both))
    assert exchange.result() == BATTERY
    assert (exchange.echo_bytes, exchange.noise_bytes, exchange.late_frames) == (8, 0, 0)


def test_damaged_echo_is_noise():
    exchange = Exchange()
    echo = bytearray(exchange.write(1, 0x1187, [0] * 6))
    echo[15] ^= 4
    both = bytes(echo) + octets("01 10 11 87 00 06 F5 1E")
    assert exchange.feed(both, len(both))
    assert exchange.result() == b""
    assert exchange.noise_bytes == 21


def test_late_answers_of_other_requests_are_skipped_and_counted():
    for late in (
        answer(bytes(12)),
        answer(bytes(20)),
        octets("01 10 11 87 00 06 F5 1E"),
        octets("01 10 11 10 00 01 05 30"),
    ):
        exchange = battery_read()
        assert not exchange.feed(late, len(late))
        frame = answer(BATTERY)
        assert exchange.feed(frame, len(frame))
        assert exchange.result() == BATTERY
        assert (exchange.late_frames, exchange.noise_bytes) == (1, 0)


def test_late_answer_alone_is_a_mismatch():
    exchange = battery_read()
    late = answer(bytes(12))
    assert not exchange.feed(late, len(late))
    assert not exchange.finish()
    assert exchange.verdict() == "mismatch"


def test_acknowledgement_of_another_block_is_not_ours():
    exchange = Exchange()
    exchange.write(1, 0x1187, [0] * 6)
    for other in ("01 10 11 84 00 02 04 DD", "01 10 11 10 00 01 05 30"):
        assert not exchange.feed(octets(other), 8)
    wrong_count = sealed(octets("01 10 11 87 00 05"))
    assert not exchange.feed(wrong_count, 8)
    assert not exchange.finish()
    assert exchange.late_frames == 3
    assert exchange.verdict() == "mismatch"


def test_answer_of_another_unit_is_refused():
    exchange = battery_read()
    frame = answer(BATTERY, unit=2)
    assert not exchange.feed(frame, len(frame))
    assert not exchange.finish()
    assert exchange.foreign_frames == 1
    assert exchange.verdict() == "address"


def test_exceptions_one_to_six_are_told_apart():
    for number in range(1, 7):
        for function in (0x83, 0x90):
            exchange = battery_read()
            frame = sealed(bytes([1, function, number]))
            assert exchange.feed(frame, 5)
            assert code_of(exchange) == f"exception_{number}"
        for function in (0x90, 0x86):
            exchange = Exchange()
            exchange.write(1, 0x1110, [3])
            frame = sealed(bytes([1, function, number]))
            assert exchange.feed(frame, 5)
            assert code_of(exchange) == f"exception_{number}"


def test_recorded_exceptions_are_understood():
    exchange = battery_read()
    assert exchange.feed(octets("01 83 02 C0 F1"), 5)
    assert code_of(exchange) == "exception_2"
    exchange.write(1, 0x1187, [0])
    assert exchange.feed(octets("01 90 02 CD C1"), 5)
    assert code_of(exchange) == "exception_2"


def test_exception_behind_a_false_head_is_found_when_the_wire_goes_quiet():
    exchange = battery_read()
    frame = octets("01 03 0E 01 83 02 C0 F1")
    assert not exchange.feed(frame, len(frame))
    assert exchange.is_cut_when_quiet()
    assert exchange.finish()
    assert code_of(exchange) == "exception_2"


def test_exception_inside_an_unfinished_answer_is_not_taken():
    inner = octets("01 83 02 C0 F1 00 00 00 00 00 00 00 00 00")
    frame = answer(inner)
    exchange = battery_read()
    for i in range(len(frame)):
        over = exchange.feed(frame[i : i + 1], 1)
    assert over
    assert exchange.result() == inner


def test_endless_noise_does_not_overflow_and_the_answer_is_found():
    exchange = battery_read()
    for _ in range(300):
        assert not exchange.feed(NOISE, len(NOISE))
    frame = answer(BATTERY)
    assert exchange.feed(frame, len(frame))
    assert exchange.result() == BATTERY
    assert exchange.noise_bytes == 3000


def test_one_large_chunk_is_taken_whole():
    exchange = battery_read()
    chunk = b"\x55" * 2000 + answer(BATTERY)
    assert exchange.feed(chunk, len(chunk))
    assert exchange.result() == BATTERY


def test_wrong_byte_count_is_refused_though_length_and_crc_are_right():
    exchange = battery_read()
    frame = sealed(bytes([1, 3, 12]) + BATTERY)
    assert not exchange.feed(frame, len(frame))
    assert not exchange.finish()


def test_exception_numbers_outside_one_to_fifteen_are_noise():
    for number in (0, 16, 255):
        exchange = battery_read()
        assert not exchange.feed(sealed(bytes([1, 0x83, number])), 5)
        assert not exchange.finish()


def test_longest_answer_fits():
    exchange = Exchange()
    exchange.read(1, 0, MAX_READ)
    frame = answer(bytes(2 * MAX_READ))
    assert exchange.feed(NOISE + frame, len(NOISE) + len(frame))
    assert len(exchange.result()) == 2 * MAX_READ


def test_bytes_after_the_answer_are_noise():
    exchange = battery_read()
    frame = answer(BATTERY) + b"\x00\x00"
    assert exchange.feed(frame, len(frame))
    assert exchange.noise_bytes == 2


def test_object_is_reused_without_memory_of_the_last_exchange():
    exchange = battery_read()
    exchange.feed(octets("01 83 02 C0 F1"), 5)
    exchange.read(1, 0x0604, 7)
    assert not exchange.finish()
    assert exchange.verdict() == "timeout"
    frame = answer(BATTERY)
    exchange.read(1, 0x0604, 7)
    assert exchange.feed(frame, len(frame))
    assert exchange.result() == BATTERY


def test_feeding_does_not_allocate():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return  # CPython has no heap to lock
    exchange = battery_read()
    frame = NOISE + answer(BATTERY)
    heap_lock()
    over = exchange.feed(frame, len(frame))
    heap_unlock()
    assert over
