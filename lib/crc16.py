"""CRC-16 with polynomial 0x8005 (reflected 0xA001), as P1 telegrams and Modbus RTU use it.

The two differ in the start value alone: 0 for P1 (CRC-16/ARC, DSMR 5.0.2 P1 section 5.2) and
0xFFFF for Modbus (MODBUS over serial line V1.02, section 6.2.2).
"""

from array import array


def _table() -> array:
    table = array("H", bytes(512))
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table[byte] = crc
    return table


#: 256 remainders, one per byte value; shared by every user.
TABLE = _table()


def crc16_arc(buf, n: int, crc: int = 0) -> int:
    """CRC of the first `n` bytes of `buf`, continuing from `crc`. Does not allocate."""
    table = TABLE
    for i in range(n):
        crc = (crc >> 8) ^ table[(crc ^ buf[i]) & 0xFF]
    return crc


def crc16_modbus(buf, n: int, crc: int = 0xFFFF) -> int:
    """Modbus CRC of the first `n` bytes of `buf`; it is sent low byte first. Does not allocate."""
    return crc16_arc(buf, n, crc)
