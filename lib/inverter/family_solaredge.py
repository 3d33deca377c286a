"""SolarEdge Home Hybrid and StorEdge, over TCP (port 1502): read only.

Sources: SolarEdge's SunSpec implementation (the inverter's model at 40069) and evcc's
solaredge-hybrid and openWB (solaredge) for the battery: float32, low word first, + when charging.
Both command a charge (E00D = 3) and a limit on the discharge of the inverter's own loop (7);
neither makes it discharge at a power, so there is nothing to hold a set-point with. When the
battery charges from the grid the AC power is told as 0 (evcc#11663).
"""

from micropython import const

from inverter.profile import Block
from modbus.values import s16, text, u16

FAMILY = "solaredge"
GAP_MS = const(0)

_F32_LOW = const(7)
_MOST_W = const(60000)

BATTERY = Block(
    "battery_at_ms",
    3,
    0xE170,
    22,
    1000,
    (
        (0xE170, _F32_LOW, 10, "battery_dv", 1, 10000),  # Battery 1 Instantaneous Voltage
        (0xE172, _F32_LOW, -100, "battery_ca", -20000, 20000),  # ... Current
        (0xE174, _F32_LOW, -1, "battery_w", -_MOST_W, _MOST_W),  # ... Power
        (0xE184, _F32_LOW, 1, "soc_pct", 0, 100),  # Battery 1 State of Energy (SOE)
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    40069,
    42,
    1000,
    (),  # all have scale factors
)

LAST = BATTERY
FAST = (AC,)
SLOW = ()
IDENTITY = ((3, 40020, 16), (3, 40052, 16))  # C_Model, C_SerialNumber
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 0:
        record.model_read = text(registers, 0, 16)
    else:
        record.serial = text(registers, 0, 16)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows: SunSpec models 101 to 103."""
    if block is AC:
        known = 101 <= u16(registers, 0) <= 103
        ac_w = _scaled(s16(registers, 14), s16(registers, 15)) if known else None  # I_AC_Power
        dc_w = _scaled(s16(registers, 31), s16(registers, 32)) if known else None  # I_DC_Power
        record.inverter_w = ac_w
        if dc_w is None or record.battery_w is None:
            record.pv_w = None
        else:
            record.pv_w = max(0, dc_w - record.battery_w)  # the sun's and the battery's meet


def _scaled(value: int, exponent: int) -> "int | None":
    """`value` times 10 ** exponent in W, None where that cannot be."""
    if not -10 <= exponent <= 4 or value == -0x8000:
        return None
    value = value * 10**exponent if exponent >= 0 else value // 10**-exponent
    return value if -_MOST_W <= value <= _MOST_W else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = record.max_discharge_w
