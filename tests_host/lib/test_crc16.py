"""CRC-16: the catalogue's check values, and values from telegrams and the Modbus specification."""

from crc16 import TABLE, crc16_arc, crc16_modbus


def test_arc_of_the_check_string_is_bb3d():
    assert crc16_arc(b"123456789", 9) == 0xBB3D


def test_modbus_of_the_check_string_is_4b37():
    assert crc16_modbus(b"123456789", 9) == 0x4B37


def test_modbus_of_a_request_to_read_ten_registers():
    # Modbus over serial line V1.02, appendix B: 01 03 00 00 00 0A is followed by C5 CD.
    assert crc16_modbus(b"\x01\x03\x00\x00\x00\x0a", 6) == 0xCDC5


def test_nothing_gives_the_start_value():
    assert crc16_arc(b"", 0) == 0
    assert crc16_modbus(b"", 0) == 0xFFFF


def test_only_the_first_n_bytes_count():
    assert crc16_arc(b"123456789xyz", 9) == 0xBB3D


def test_can_be_continued_at_every_split():
    text = b"123456789"
    for split in range(10):
        first = crc16_arc(text, split)
        assert crc16_arc(text[split:], 9 - split, first) == 0xBB3D


def test_bytearray_and_memoryview_give_the_same():
    assert crc16_arc(bytearray(b"123456789"), 9) == 0xBB3D
    assert crc16_arc(memoryview(b"123456789"), 9) == 0xBB3D


def test_table_has_one_remainder_for_each_byte():
    assert len(TABLE) == 256
    assert (TABLE[0], TABLE[1], TABLE[255]) == (0x0000, 0xC0C1, 0x4040)
