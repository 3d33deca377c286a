"""Register tables: blocks of neighbouring registers that are read together, and what they mean.

A family is a module (see `sofar`) with tables and a few functions; what it must hold is in
docs/add-an-inverter.md. A row of a block is

    (register, kind, factor, field, lowest, highest)

The raw number times `factor` is the value of `field` of an InverterState: a scale is a factor, and
a factor below zero turns the sign into ours, here and nowhere else. Outside lowest..highest (in
our unit) the value is unknown.
"""

from collections import namedtuple

from modbus.values import s16, s32, u16, u32

PAGE = 64  # registers; no read may cross a multiple of it (Sofar Modbus protocol V1.39)
MAX_READ = 60  # registers in one read of the real-time area (the same)

#: Registers that one request reads, every `period_ms`; `stamp` is the field that takes the time.
Block = namedtuple("Block", ("stamp", "address", "count", "period_ms", "rows"))

_READERS = (u16, s16, u32, s32)  # by kind; a family names the kinds by constants of its own


def decode(block: Block, registers: bytes, record, now_ms: int) -> int:
    """Fill `record` from a block's registers; returns how many values were impossible."""
    impossible = 0
    for register, kind, factor, field, lowest, highest in block.rows:
        value = _READERS[kind](registers, register - block.address) * factor
        if not lowest <= value <= highest:
            impossible += 1
            value = None
        setattr(record, field, value)
    setattr(record, block.stamp, now_ms)
    return impossible


def served(mask: bytes, register: int) -> "bool | None":
    """Whether a page's bitmap of served addresses holds `register`; None when it tells nothing.

    `mask` is the first four registers of the page. Bit n of the last word is the page's register
    n. A usable mask has its own four bits set; all ones is none (Sofar Modbus protocol, address
    masks).
    """
    low = u32(mask, 2)
    high = u32(mask, 0)
    if low & 0xF != 0xF or (low == 0xFFFFFFFF and high == 0xFFFFFFFF):
        return None
    bit = register % PAGE
    return bool(low >> bit & 1 if bit < 32 else high >> (bit - 32) & 1)
