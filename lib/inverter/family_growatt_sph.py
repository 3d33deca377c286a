"""Growatt SPH and SPH TL3: read only.

Sources: Growatt inverter Modbus RTU protocol V1.24 as wills106/homeassistant-solax-modbus has it
(plugin_growatt, GEN3), evcc's growatt-hybrid. What these inverters take are time slots with a rate
in percent, kept in flash; a set-point every second would wear that out. Some newer ones know the
VPP protocol as well (0xAHA/Growatt_ModbusTCP#286); none of ours was measured.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import text, u32

FAMILY = "growatt_sph"
GAP_MS = const(0)

_U16 = const(0)
_U32_PARTS = const(10)
_MOST_W = const(40000)

BATTERY = Block(
    "battery_at_ms",
    4,
    1009,
    22,
    1000,
    (
        (1013, _U16, 1, "battery_dv", 1, 10000),  # Vbat
        (1014, _U16, 1, "soc_pct", 0, 100),  # SOC
    ),
)
AC = Block(
    "ac_at_ms",
    4,
    0,
    39,
    1000,
    (
        (0, _U16, 1, "running_state", 0, 255),  # Inverter Status
        (1, _U32_PARTS, 10, "pv_w", 0, 2 * _MOST_W),  # Ppv
        (3, _U16, 1, "pv1_dv", 0, 15000),  # Vpv1
        (5, _U32_PARTS, 10, "pv1_w", 0, _MOST_W),  # Ppv1
        (7, _U16, 1, "pv2_dv", 0, 15000),  # Vpv2
        (9, _U32_PARTS, 10, "pv2_w", 0, _MOST_W),  # Ppv2
        (35, _U32_PARTS + 1, 10, "inverter_w", -_MOST_W, _MOST_W),  # Pac
        (37, _U16, 10, "grid_mhz", 0, 70000),  # Fac
        (38, _U16, 1, "l1_dv", 0, 5000),  # Vac1
    ),
)

LAST = BATTERY
FAST = (AC,)
SLOW = ()
IDENTITY = ((3, 23, 5),)  # Serial NO.
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 5)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows: pairs of powers, 0.1 W."""
    if block is BATTERY:  # Pdischarge1, Pcharge1; Pactouser Total, Pactogrid Total
        record.battery_w = _difference(registers, 0, 2, _MOST_W)
        record.pcc_w = _difference(registers, 12, 20, 100000)


def _difference(registers: bytes, plus: int, minus: int, most_w: int) -> "int | None":
    power_w = (u32(registers, plus) - u32(registers, minus)) // 10
    return power_w if -most_w <= power_w <= most_w else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = record.max_discharge_w
