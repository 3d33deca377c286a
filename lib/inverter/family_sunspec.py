"""PV inverters by SunSpec, integers and scale factors, laid out as Fronius does: base 40000.

Sources: SunSpec models 1, 101..103 and 123, in the order and the lengths of Fronius's register
map: the inverter's model at 40069 (40070 counted from one), immediate controls at 40227. Scale
factors are read along with their values. What is not known reads 0x8000 or 0xFFFF. `curtail` ends
by itself after WMaxLimPct_RvrtTms, 60 s here. No task calls it yet.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import s16, text, u16, u32

FAMILY = "sunspec"
GAP_MS = const(0)

_CURTAIL = const(40232)  # WMaxLimPct, then its window, reversion and ramp times, and WMaxLim_Ena
_CURTAIL_S = const(60)
_MOST_W = const(200000)

AC = Block(
    "ac_at_ms",
    3,
    40069,
    42,
    1000,
    (),  # all have scale factors
)
CONTROLS = Block(
    "limits_at_ms",
    3,
    40227,
    26,
    10000,
    (),
)

LAST = AC
FAST = ()
SLOW = (CONTROLS,)
IDENTITY = ((3, 40004, 15), (3, 40020, 17), (3, 40052, 16))  # Mn, Md, SN
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 1:
        record.model_read = text(registers, 0, 16)
    elif index == 2:
        record.serial = text(registers, 0, 16)
    else:
        record.hardware = text(registers, 0, 15)


def derive(block: Block, registers: bytes, record):
    """Fill what is in a block: nothing of it has a scale of its own."""
    if block is AC:
        _derive_model(registers, record)


def _derive_model(registers: bytes, record):
    """Models 101 to 103: each value with its own scale factor."""
    known = 101 <= u16(registers, 0) <= 103  # the model stands where it is looked for
    power_w = _scaled(s16(registers, 14), s16(registers, 15), 0, _MOST_W)  # W
    record.inverter_w = power_w if known else None
    record.pv_w = max(power_w, 0) if known and power_w is not None else None
    if known:
        record.l1_dv = _scaled(u16(registers, 10), s16(registers, 13), 1, 5000)  # PhVphA
        record.grid_mhz = _scaled(u16(registers, 16), s16(registers, 17), 3, 70000)  # Hz
        record.pv_wh = _scaled(u32(registers, 24), s16(registers, 26), 0, 1 << 40)  # WH
        record.running_state = u16(registers, 38) & 0xFF  # St


def _scaled(value: int, exponent: int, digits: int, most: int) -> "int | None":
    """`value` times 10 ** (exponent + digits), None where that cannot be."""
    exponent += digits
    if not -10 <= exponent <= 10:
        return None
    if exponent >= 0:
        value *= 10**exponent
    else:
        value //= 10**-exponent
    return value if -most <= value <= most else None


def limits(record):
    """There is no battery."""


def curtail(limit_w: "int | None", record) -> tuple:
    """The writes that let it deliver no more than `limit_w`; None lifts the limit.

    WMaxLimPct has a scale factor of -2 on the machines of this layout.
    """
    if limit_w is None or not record.rated_w:
        return ((0x10, _CURTAIL, [10000, 0, 0, 0, 0]),)
    share = max(0, min(limit_w * 10000 // record.rated_w, 10000))
    return ((0x10, _CURTAIL, [share, 0, _CURTAIL_S, 0, 1]),)
