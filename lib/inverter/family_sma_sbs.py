"""SMA Sunny Boy Storage (SBS), a battery inverter beside the sun's, over TCP.

Sources: SMA Modbus Interface, Technical Information 1.5, section 5.4.3 (system control for charge
and discharge set-points in battery inverters: 40236 and the five from 40793 on are sent together,
within 60 s), evcc's sma-sbs-modbus, openWB (sma_sunny_boy), evcc#15881 for the field. A window of
one point holds the battery's power, as with Sofar. The inverter falls back after minutes that its
installer sets: no dead-man. What cannot be told reads 0x80000000 or 0xFFFFFFFF.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_u32, u32

FAMILY = "sma_sbs"

_MODE = const(40236)  # CmpBMS.OpMod
_WINDOW = const(40793)  # BatChaMinW, BatChaMaxW, BatDschMinW, BatDschMaxW, GridWSpt
_CHARGE = const(2289)
_DISCHARGE = const(2290)
_DEFAULT = const(2424)

WRITABLE = ((0x10, _MODE, 2), (0x10, _WINDOW, 10))
STORED = ()
OBEYING = ()
FAULT_STATES = ()
DEADMAN_S = const(0)
REFRESH_MS = const(10000)
STEP_W = const(0)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U32 = const(2)
_S32 = const(3)
_U32_PARTS = const(10)
_S32_PARTS = const(11)
_MOST_W = const(20000)

BATTERY = Block(
    "battery_at_ms",
    3,
    31391,
    6,
    1000,
    (),  # power is derived
)
STATE = Block(
    "limits_at_ms",
    3,
    30843,
    10,
    1000,
    (
        (30843, _S32_PARTS, 10, "battery_ca", -20000, 20000),  # Bat.Amp, 0.001 A
        (30845, _U32, 1, "soc_pct", 0, 100),  # Bat.ChaStt
        (30849, _S32_PARTS, 10, "battery_temp_c", -60, 120),  # Bat.TmpVal
        (30851, _U32_PARTS, 10, "battery_dv", 1, 10000),  # Bat.Vol, 0.01 V
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    30775,
    30,
    1000,
    (
        (30775, _S32, 1, "inverter_w", -_MOST_W, _MOST_W),  # GridMs.TotW
        (30783, _U32_PARTS, 10, "l1_dv", 0, 5000),  # GridMs.PhV.phsA, 0.01 V
        (30803, _U32, 10, "grid_mhz", 0, 70000),  # GridMs.Hz
    ),
)

LAST = BATTERY
FAST = (AC, STATE)
SLOW = ()
IDENTITY = ((3, 30057, 2),)  # Nameplate.SerNum
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = str(u32(registers, 0))


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:  # BatChrg.CurBatCha, BatDsch.CurBatDsch
        charge_w, discharge_w = u32(registers, 2), u32(registers, 4)
        known = charge_w <= _MOST_W and discharge_w <= _MOST_W
        record.battery_w = discharge_w - charge_w if known else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = min(record.max_discharge_w, record.rated_w)


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    Raises ValueError beyond twice the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    charge_w, discharge_w = max(-battery_w, 0), max(battery_w, 0)
    mode = _DEFAULT
    if battery_w:
        mode = _CHARGE if charge_w else _DISCHARGE
    return _writes(mode, charge_w, charge_w, discharge_w, discharge_w)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself."""
    return _writes(_DEFAULT, 0, record.max_charge_w, 0, record.max_discharge_w)


def _writes(mode: int, *window_w) -> tuple:
    words = [0] * 10
    for i, power_w in enumerate(window_w):
        put_u32(words, 2 * i, power_w)
    return ((0x10, _MODE, [0, mode]), (0x10, _WINDOW, words))
