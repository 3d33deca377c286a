"""Register tables: blocks of neighbouring registers that are read together, and what they mean.

A family is a module `inverter.family_<name>` with tables and a few functions; what it must hold is
in docs/add-an-inverter.md. A row of a block is

    (register, kind, factor, field, lowest, highest)

The raw number times `factor` is the value of `field` of an InverterState (divided by it for the
kinds of 8 and more): a scale is a factor, and a factor below zero turns the sign into ours, here
and nowhere else. Outside lowest..highest (in our unit) the value is unknown.

Kinds: 0 u16, 1 s16, 2 u32, 3 s32, 4 and 5 the same with the low word first, 6 float32, 7 float32
with the low word first; 8 more: divided by the factor. A family names them by
constants of its own.
"""

from collections import namedtuple

from modbus.values import f32, s16, s32, s32_low, u16, u32, u32_low

#: Registers that one request reads with `function` (3 or 4), every `period_ms`; `stamp` is the
#: field that takes the time.
Block = namedtuple("Block", ("stamp", "function", "address", "count", "period_ms", "rows"))

_READERS = (u16, s16, u32, s32, u32_low, s32_low)  # by kind


def decode(block: Block, registers: bytes, record, now_ms: int) -> int:
    """Fill `record` from a block's registers; returns how many values were impossible."""
    impossible = 0
    for register, kind, factor, field, lowest, highest in block.rows:
        value = scaled(registers, register - block.address, kind, factor)
        if not lowest <= value <= highest:
            impossible += 1
            value = None
        setattr(record, field, value)
    setattr(record, block.stamp, now_ms)
    return impossible


def scaled(registers: bytes, index: int, kind: int, factor: int) -> int:
    """The number of `kind` at register `index`, times `factor` or divided by it, rounded."""
    plain = kind & 7
    if plain > 5:
        return f32(registers, index, factor, plain == 7)
    value = _READERS[plain](registers, index)
    if kind < 8:
        return value * factor
    half = factor // 2 if factor > 0 else -(-factor // 2)
    return (value + half) // factor


def served(mask: bytes, register: int) -> "bool | None":
    """Whether a page's bitmap of served addresses holds `register`; None when it tells nothing.

    `mask` is the first four registers of a page of 64. Bit n of the last word is the page's
    register n. A usable mask has its own four bits set; all ones is none (Sofar Modbus protocol,
    address masks).
    """
    low = u32(mask, 2)
    high = u32(mask, 0)
    if low & 0xF != 0xF or (low == 0xFFFFFFFF and high == 0xFFFFFFFF):
        return None
    bit = register % 64
    return bool(low >> bit & 1 if bit < 32 else high >> (bit - 32) & 1)
