"""Register values, on CPython and MicroPython alike."""

from modbus import values

REGISTERS = bytes.fromhex("1388 ff88 0000 4b5a ffff fb50 8000 0000 5348 3130")


def raises(call, *arguments):
    try:
        call(*arguments)
    except ValueError:
        return True
    return False


def test_registers_are_read_with_their_sign_and_high_word_first():
    for read, index, expected in (
        (values.u16, 0, 5000),
        (values.u16, 1, 65416),
        (values.s16, 0, 5000),
        (values.s16, 1, -120),
        (values.s16, 6, -32768),
        (values.u32, 2, 19290),
        (values.s32, 2, 19290),
        (values.u32, 4, 4294966096),
        (values.s32, 4, -1200),
        (values.s32, 6, -2147483648),
    ):
        assert read(REGISTERS, index) == expected, (read, index)


def test_words_are_made_high_word_first():
    words = [0, 0, 0, 0]
    values.put_s32(words, 0, -1200)
    assert words == [0xFFFF, 0xFB50, 0, 0]
    values.put_u32(words, 2, 5000)
    assert words == [0xFFFF, 0xFB50, 0, 5000]
    values.put_s16(words, 0, -1)
    values.put_u16(words, 1, 65535)
    assert words == [0xFFFF, 0xFFFF, 0, 5000]


def test_ends_of_each_range_pass_and_one_beyond_is_refused():
    for put, low, high in (
        (values.put_u16, 0, 65535),
        (values.put_s16, -32768, 32767),
        (values.put_u32, 0, 4294967295),
        (values.put_s32, -2147483648, 2147483647),
    ):
        words = [7, 7]
        put(words, 0, low)
        put(words, 0, high)
        kept = list(words)
        assert raises(put, words, 0, low - 1)
        assert raises(put, words, 0, high + 1)
        assert words == kept


def test_packed_values_come_back_as_they_went():
    for value in (-2147483648, -65537, -65536, -32769, -1, 0, 1, 65535, 65536, 2147483647):
        words = [0, 0]
        values.put_s32(words, 0, value)
        registers = bytes([words[0] >> 8, words[0] & 255, words[1] >> 8, words[1] & 255])
        assert values.s32(registers, 0) == value


def test_text_ends_at_nul_and_shows_no_odd_bytes():
    assert values.text(REGISTERS, 8, 2) == "SH10"
    assert values.text(b"AB\x00C", 0, 2) == "AB"
    assert values.text(b"A\xff\x07B", 0, 2) == "A??B"
    assert values.text(b"\x00\x00", 0, 1) == ""


def test_low_word_first():
    raw = bytes.fromhex("5678 1234 FFFE FFFF")
    assert values.u32_low(raw, 0) == 0x12345678
    assert values.s32_low(raw, 2) == -2
    assert values.s32_low(raw, 0) == 0x12345678


def test_singles_become_whole_numbers():
    for bits, factor, expected in (
        ("43660000", 1, 230),  # 230.0
        ("43663333", 10, 2302),  # 230.2
        ("C49A5000", 1, -1234),  # -1234.5, half goes up
        ("42480000", 1000, 50000),
        ("3F800000", -1, -1),
        ("3EFFFFFF", 1, 0),
        ("3F000000", 1, 1),
        ("00000000", 10, 0),
        ("80000000", 10, 0),
        ("00000001", 1000, 0),
        ("4B800001", 1, 16777218),
        ("4E6E6B28", 1, 1000000000),
    ):
        raw = bytes.fromhex(bits)
        assert values.f32(raw, 0, factor, False) == expected, bits
        assert values.f32(raw[2:] + raw[:2], 0, factor, True) == expected, bits


def test_what_is_no_number_is_beyond_every_range():
    for bits in ("7F800000", "FF800000", "7FC00000", "7F7FFFFF"):
        assert abs(values.f32(bytes.fromhex(bits), 0, 1, False)) >= 1 << 62
