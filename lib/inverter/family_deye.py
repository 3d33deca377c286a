"""Deye and Sunsynk hybrid inverters of one phase: read only.

Sources: davidrapan/ha-solarman's deye_hybrid, evcc's deye-storage. They take a schedule of six
times with power, state of charge and grid charge, and currents, all kept in flash; there is no
register that tells the battery's power of this moment (githubDante/deye-controller#20). Battery
power is + when discharging, the grid + when importing.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import text

FAMILY = "deye"
GAP_MS = const(0)

_U16 = const(0)
_S16 = const(1)
_U16_PARTS = const(8)
_MOST_W = const(32000)

BATTERY = Block(
    "battery_at_ms",
    3,
    150,
    42,
    1000,
    (
        (150, _U16, 1, "l1_dv", 0, 5000),  # Grid L1 voltage
        (169, _S16, 1, "pcc_w", -_MOST_W, _MOST_W),  # Total grid power
        (175, _S16, 1, "inverter_w", -_MOST_W, _MOST_W),  # Power
        (183, _U16_PARTS, 10, "battery_dv", 1, 10000),  # Battery voltage, 0.01 V
        (184, _U16, 1, "soc_pct", 0, 100),  # Battery
        (186, _U16, 1, "pv1_w", 0, _MOST_W),  # PV1 power
        (187, _U16, 1, "pv2_w", 0, _MOST_W),  # PV2 power
        (190, _S16, 1, "battery_w", -_MOST_W, _MOST_W),  # Battery power
        (191, _S16, 1, "battery_ca", -32000, 32000),  # Battery current, 0.01 A
    ),
)
STATE = Block(
    "status_at_ms",
    3,
    59,
    21,
    10000,
    (
        (59, _U16, 1, "running_state", 0, 255),  # Device state
        (79, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
    ),
)

LAST = BATTERY
FAST = ()
SLOW = (STATE,)
IDENTITY = ((3, 3, 5),)  # SN byte 1..10
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 5)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = record.max_discharge_w
