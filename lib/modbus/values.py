"""Register contents to integers and back: 16 and 32 bit, high word first unless it says low.

A reply's registers come as bytes, big-endian; a request takes them as words. Packing checks the
range, for MicroPython's `struct` wraps silently where CPython raises. Nothing here is a float.
Word order: Sofar Modbus protocol V1.39 section 4.1, as recorded on real inverters (its table 4.8
has it reversed); some makers send the low word first.
"""

from micropython import const

_S16_MAX = const(0x7FFF)
_U16_MAX = const(0xFFFF)


def u16(registers, index: int) -> int:
    """Register number `index` (0 = the first that was read), 0..65535."""
    at = 2 * index
    return registers[at] << 8 | registers[at + 1]


def s16(registers, index: int) -> int:
    """Register number `index` as two's complement, -32768..32767."""
    value = u16(registers, index)
    return value - 0x10000 if value > _S16_MAX else value


def u32(registers, index: int) -> int:
    """The two registers from `index`, high word first, 0..2**32-1."""
    return u16(registers, index) << 16 | u16(registers, index + 1)


def s32(registers, index: int) -> int:
    """The two registers from `index` as two's complement, high word first."""
    return s16(registers, index) << 16 | u16(registers, index + 1)


def u32_low(registers, index: int) -> int:
    """The two registers from `index`, low word first, 0..2**32-1."""
    return u16(registers, index + 1) << 16 | u16(registers, index)


def s32_low(registers, index: int) -> int:
    """The two registers from `index` as two's complement, low word first."""
    return s16(registers, index + 1) << 16 | u16(registers, index)


def f32(registers, index: int, factor: int, is_low_first: bool) -> int:
    """The IEEE 754 single from `index` on times `factor`, rounded; 2**62 when it is no number.

    Computed in integers: a board's floats hold fewer digits than this has.
    """
    bits = u32_low(registers, index) if is_low_first else u32(registers, index)
    exponent = bits >> 23 & 0xFF
    if exponent == 0xFF:
        return 1 << 62
    value = (bits & 0x7FFFFF | (0x800000 if exponent else 0)) * factor
    if bits >> 31:
        value = -value
    shift = 150 - (exponent or 1)
    if shift <= 0:
        return value << min(-shift, 62)
    return (value + (1 << shift - 1)) >> shift if shift < 62 else 0


def put_u16(words: list, index: int, value: int):
    """Store `value` in `words[index]`; raises ValueError outside 0..65535."""
    if not 0 <= value <= _U16_MAX:
        raise ValueError(f"u16: {value}")
    words[index] = value


def put_s16(words: list, index: int, value: int):
    """Store `value` in `words[index]`; raises ValueError outside -32768..32767."""
    if not -0x8000 <= value <= _S16_MAX:
        raise ValueError(f"s16: {value}")
    words[index] = value & _U16_MAX


def put_u32(words: list, index: int, value: int):
    """Store `value` in two words from `index`, high first; raises ValueError outside 32 bits."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError(f"u32: {value}")
    words[index] = value >> 16
    words[index + 1] = value & _U16_MAX


def put_s32(words: list, index: int, value: int):
    """Store `value` in two words from `index`, high first; raises ValueError outside 32 bits."""
    if not -0x80000000 <= value <= 0x7FFFFFFF:
        raise ValueError(f"s32: {value}")
    words[index] = value >> 16 & _U16_MAX
    words[index + 1] = value & _U16_MAX


def text(registers, index: int, count: int) -> str:
    """`count` registers of two ASCII characters each, up to a NUL; odd bytes become '?'."""
    letters = []
    for at in range(2 * index, 2 * (index + count)):
        byte = registers[at]
        if not byte:
            break
        letters.append(chr(byte) if 0x20 <= byte < 0x7F else "?")
    return "".join(letters).strip()
