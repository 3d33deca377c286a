"""Sofar KTLX-G3, PV inverters without a battery: production, and the writes that curtail it.

Source: Sofar Inverter MODBUS protocol V1.39, the same map as the hybrids' (family_sofar_g3), as
wills106/homeassistant-solax-modbus and sofar-modbus read it on a 4.4 KTLX-G3. `curtail` is
measured on a HYD 20KTL only (anton4/homeassistant-solax-modbus), moving about 2 % a second; it is
volatile and has no time-out. No task calls it yet.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import text

FAMILY = "sofar_ktl"
GAP_MS = const(0)

_LIMIT = const(0x1105)  # Remote_Control bits, active export cap, active import cap
_FULL = const(1000)  # 0.1 %

_U16 = const(0)
_S16 = const(1)
_U32 = const(2)
_MOST_W = const(60000)

AC = Block(
    "ac_at_ms",
    3,
    0x0484,
    10,
    1000,
    (
        (0x0484, _U16, 10, "grid_mhz", 0, 70000),  # Frequency_Grid
        (0x0485, _S16, 10, "inverter_w", -_MOST_W, _MOST_W),  # ActivePower_Output_Total
        (0x0488, _S16, -10, "pcc_w", -100000, 100000),  # ActivePower_PCC_Total
        (0x048D, _U16, 1, "l1_dv", 0, 5000),  # Voltage_Phase_R
    ),
)
PV = Block(
    "pv_at_ms",
    3,
    0x0584,
    6,
    1000,
    (
        (0x0584, _U16, 1, "pv1_dv", 0, 15000),  # Voltage_PV1
        (0x0586, _U16, 10, "pv1_w", 0, _MOST_W),  # Power_PV1
        (0x0587, _U16, 1, "pv2_dv", 0, 15000),  # Voltage_PV2
        (0x0589, _U16, 10, "pv2_w", 0, _MOST_W),  # Power_PV2
    ),
)
ENERGY = Block(
    "energy_at_ms",
    3,
    0x0686,
    2,
    60000,
    ((0x0686, _U32, 100, "pv_wh", 0, 1 << 40),),  # PV_Generation_Total, 0.1 kWh
)
STATUS = Block(
    "status_at_ms",
    3,
    0x0404,
    1,
    10000,
    ((0x0404, _U16, 1, "running_state", 0, 11),),  # SysState
)

LAST = AC
FAST = (PV,)
SLOW = (STATUS, ENERGY)
IDENTITY = ((3, 0x0445, 8),)  # Serial_Number0..7
NEEDED = ()
FAULT_STATES = (4, 5)


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 8)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is PV:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None


def limits(record):
    """There is no battery."""


def curtail(limit_w: "int | None", record) -> tuple:
    """The writes that let it deliver no more than `limit_w`; None lifts the limit."""
    if limit_w is None or not record.rated_w:
        return ((0x10, _LIMIT, [0, _FULL, _FULL]),)
    share = max(0, min(limit_w * _FULL // record.rated_w, _FULL))
    return ((0x10, _LIMIT, [1, share, _FULL]),)
