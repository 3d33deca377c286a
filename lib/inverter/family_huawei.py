"""Huawei SUN2000 with a LUNA2000 battery, RTU or TCP.

Sources: Huawei Solar Inverter Modbus Interface Definitions as wlcrs/huawei-solar-lib has them and
evcc's huawei-sun2000-hybrid; that a forced discharge of 0 W lets the battery rest: evcc#12302.
Battery power is + when charging there, the meter + when exporting. A forced charge or discharge
ends by itself after a period of whole minutes, counted from the last command (evcc writes it again
every 30 s of 2 min). Not proven: whether the powers are kept in flash, hence `STEP_W`; whether a
battery charges from the grid without 47087 = 1, which is left to the installer. Period and kind of
end (47083, 47246) are read, and written only where they differ.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_u32, text, u32

FAMILY = "huawei"

_PERIOD = const(47083)
_FORCE = const(47100)
_BY = const(47246)  # what ends a forced period: 0 time, 1 state of charge
_CHARGE = const(47247)
_DISCHARGE = const(47249)
_STOP = const(0)

WRITABLE = (
    (6, _PERIOD, 1),
    (6, _FORCE, 1),
    (6, _BY, 1),
    (0x10, _CHARGE, 2),
    (0x10, _DISCHARGE, 2),
)
STORED = ()
OBEYING = ()
FAULT_STATES = (0x0300,)  # Shutdown: fault
_PERIOD_S = const(120)
DEADMAN_S = _PERIOD_S
REFRESH_MS = const(30000)
STEP_W = const(50)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_S16 = const(1)
_U32 = const(2)
_S32 = const(3)
_U16_PARTS = const(8)
_S16_PARTS = const(9)
_MOST_W = const(30000)

BATTERY = Block(
    "battery_at_ms",
    3,
    37760,
    7,
    1000,
    (
        (37760, _U16_PARTS, 10, "soc_pct", 0, 100),  # [ESS] State of charge, 0.1 %
        (37763, _U16, 1, "battery_dv", 1, 10000),  # [ESS] Bus voltage
        (37764, _S16, -10, "battery_ca", -20000, 20000),  # [ESS] Bus current, 0.1 A
        (37765, _S32, -1, "battery_w", -_MOST_W, _MOST_W),  # [ESS] Charge and discharge power
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    32064,
    26,
    1000,
    (
        (32064, _S32, 1, "pv_w", 0, 2 * _MOST_W),  # Input power
        (32069, _U16, 1, "l1_dv", 0, 5000),  # Phase A voltage
        (32080, _S32, 1, "inverter_w", -_MOST_W, _MOST_W),  # Active power
        (32085, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
        (32087, _S16_PARTS, 10, "inverter_temp_c", -60, 150),  # Internal temperature
        (32089, _U16, 1, "running_state", 0, 0xFFFE),  # Device status
    ),
)
METER = Block(
    "pcc_at_ms",
    3,
    37113,
    2,
    1000,
    ((37113, _S32, -1, "pcc_w", -100000, 100000),),  # Power meter: active power
)
LIMITS = Block(
    "power_limits_at_ms",
    3,
    37046,
    4,
    10000,
    (
        (37046, _U32, 1, "charge_limit_w", 0, 100000),  # [ESS1] Maximum charge power
        (37048, _U32, 1, "discharge_limit_w", 0, 100000),  # [ESS1] Maximum discharge power
    ),
)
MODE = Block(
    "mode_at_ms",
    3,
    _PERIOD,
    6,
    60000,
    (
        (_PERIOD, _U16, 60, "timeout_s", 0, 86400),  # Forced charging and discharging period
        (47086, _U16, 1, "mode", 0, 255),  # Working mode
    ),
)
READ_BACK = Block(
    "read_back_at_ms",
    3,
    _BY,
    5,
    10000,
    ((_BY, _U16, 1, "timeout_action", 0, 255),),  # Forcible charge/discharge setting mode
)

LAST = BATTERY
FAST = (AC, METER)
SLOW = (READ_BACK, LIMITS, MODE)
STATUS = AC
IDENTITY = ((3, 30000, 15), (3, 30015, 10))  # Model, SN
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 0:
        record.model_read = text(registers, 0, 15)
    else:
        record.serial = text(registers, 0, 10)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is READ_BACK:
        record.setpoint_w = u32(registers, 3) - u32(registers, 1)


def limits(record):
    """Set how much the battery may take and give now: least of the configured and the ESS's, W."""
    charge_w, discharge_w = record.max_charge_w, record.max_discharge_w
    if record.charge_limit_w is not None:
        charge_w = min(charge_w, record.charge_limit_w)
    if record.discharge_limit_w is not None:
        discharge_w = min(discharge_w, record.discharge_limit_w)
    discharge_w = min(discharge_w, max(record.rated_w - (record.pv_w or 0), 0))
    record.battery_max_charge_w = charge_w
    record.battery_max_discharge_w = discharge_w


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    The power that does not count is 0, so that both together read back as one set-point. Raises
    ValueError beyond the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    charge, discharge = [0, 0], [0, 0]
    put_u32(charge, 0, max(-battery_w, 0))
    put_u32(discharge, 0, max(battery_w, 0))
    writes = [(0x10, _CHARGE, charge), (0x10, _DISCHARGE, discharge)]
    if record.timeout_s not in (None, _PERIOD_S):
        writes.append((6, _PERIOD, [_PERIOD_S // 60]))
    if record.timeout_action not in (None, 0):
        writes.append((6, _BY, [0]))
    writes.append((6, _FORCE, [1 if battery_w < 0 else 2]))
    return tuple(writes)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that end the forced charge or discharge."""
    return ((6, _FORCE, [_STOP]),)
