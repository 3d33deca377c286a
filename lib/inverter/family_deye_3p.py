"""Deye and Sunsynk hybrid inverters of three phases on 48 V: read only.

Sources: davidrapan/ha-solarman's deye_p3, evcc's deye-hybrid-3p. They take a schedule, kept in
flash, and no power of this moment (githubDante/deye-controller#20). Battery power is + when
discharging, the grid + when importing. LIMIT: those on high voltage count powers in 10 W, which is
not read here.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import text

FAMILY = "deye_3p"
GAP_MS = const(0)

_U16 = const(0)
_S16 = const(1)
_U16_PARTS = const(8)
_MOST_W = const(32000)

BATTERY = Block(
    "battery_at_ms",
    3,
    587,
    5,
    1000,
    (
        (587, _U16_PARTS, 10, "battery_dv", 1, 10000),  # Battery voltage, 0.01 V
        (588, _U16, 1, "soc_pct", 0, 100),  # Battery
        (590, _S16, 1, "battery_w", -_MOST_W, _MOST_W),  # Battery power
        (591, _S16, 1, "battery_ca", -32000, 32000),  # Battery current, 0.01 A
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    598,
    39,
    1000,
    (
        (598, _U16, 1, "l1_dv", 0, 5000),  # Grid L1 voltage
        (609, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
        (625, _S16, 1, "pcc_w", -_MOST_W, _MOST_W),  # Grid power, low word
        (636, _S16, 1, "inverter_w", -_MOST_W, _MOST_W),  # Power, low word
    ),
)
PV = Block(
    "pv_at_ms",
    3,
    672,
    2,
    1000,
    (
        (672, _U16, 1, "pv1_w", 0, _MOST_W),  # PV1 power
        (673, _U16, 1, "pv2_w", 0, _MOST_W),  # PV2 power
    ),
)
STATE = Block(
    "status_at_ms",
    3,
    500,
    1,
    10000,
    ((500, _U16, 1, "running_state", 0, 255),),  # Device state
)

LAST = BATTERY
FAST = (AC, PV)
SLOW = (STATE,)
IDENTITY = ((3, 3, 5),)  # SN byte 1..10
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 5)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is PV:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = record.max_discharge_w
