"""GoodWe ET and EH, RTU (address 247) or TCP.

Sources: the ARM 205 Modbus table as marcelblijleven/goodwe (et.py) has it, OpenEMS
(io.openems.edge.goodwe: EmsPowerMode, AbstractGoodWe), evcc's goodwe-hybrid; discharge by mode 12
in the field: mletenay/home-assistant-goodwe-inverter#348. Battery power is + when discharging, the
meter + when exporting. Rest is a charge of 0 W, as OpenEMS commands it: the battery's standby
(mode 8) may cost time to leave. No time-out is known, so there is no dead-man. LIMIT: newest
firmware has these registers at 42000 (mode, then power in two); it refuses the ones here.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import s16, text, u16

FAMILY = "goodwe"

_EMS = const(47511)  # EMSPowerMode, EMSPowerSet
_AUTO = const(1)
_CHARGE = const(11)
_DISCHARGE = const(12)
_MOST_W = const(10000)  # of EMSPowerSet

WRITABLE = ((0x10, _EMS, 2),)
STORED = ()
OBEYING = ()
FAULT_STATES = (3,)  # work mode: fault
DEADMAN_S = const(0)
REFRESH_MS = const(10000)
STEP_W = const(0)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_U32 = const(2)
_S32 = const(3)
_S16 = const(1)
_S16_PARTS = const(9)
_NONSENSE_W = const(40000)

BATTERY = Block(
    "battery_at_ms",
    3,
    35180,
    8,
    1000,
    (
        (35180, _U16, 1, "battery_dv", 1, 10000),  # Vbattery1
        (35181, _S16, 10, "battery_ca", -20000, 20000),  # Ibattery1, 0.1 A
        (35182, _S32, 1, "battery_w", -_NONSENSE_W, _NONSENSE_W),  # Pbattery1
        (35187, _U16, 1, "running_state", 0, 255),  # work mode
    ),
)
BMS = Block(
    "limits_at_ms",
    3,
    37002,
    7,
    1000,
    (
        (37003, _S16_PARTS, 10, "battery_temp_c", -60, 120),  # BMS pack temperature
        (37004, _U16, 100, "charge_limit_ca", 0, 65500),  # BMS charge I max, 1 A
        (37005, _U16, 100, "discharge_limit_ca", 0, 65500),  # BMS discharge I max
        (37007, _U16, 1, "soc_pct", 0, 100),  # BMS SOC
        (37008, _U16, 1, "soh_pct", 0, 100),  # BMS SOH
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    35103,
    38,
    1000,
    (
        (35103, _U16, 1, "pv1_dv", 0, 15000),  # Vpv1
        (35105, _U32, 1, "pv1_w", 0, _NONSENSE_W),  # Ppv1
        (35107, _U16, 1, "pv2_dv", 0, 15000),  # Vpv2
        (35109, _U32, 1, "pv2_w", 0, _NONSENSE_W),  # Ppv2
        (35121, _U16, 1, "l1_dv", 0, 5000),  # Vgrid L1
        (35123, _U16, 10, "grid_mhz", 0, 70000),  # Fgrid L1
        (35138, _S16, 1, "inverter_w", -_NONSENSE_W, _NONSENSE_W),  # Total inverter power
    ),
)
METER = Block(
    "pcc_at_ms",
    3,
    36025,
    2,
    1000,
    ((36025, _S32, -1, "pcc_w", -100000, 100000),),  # MTTotalActivePower
)
READ_BACK = Block(
    "read_back_at_ms",
    3,
    _EMS,
    3,
    10000,
    ((_EMS, _U16, 1, "mode", 0, 255),),  # EMSPowerMode
)

LAST = BATTERY
FAST = (AC, BMS)
SLOW = (METER, READ_BACK)
STATUS = BATTERY
IDENTITY = ((3, 35000, 16),)
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 3, 8)
    record.model_read = text(registers, 11, 5)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is AC:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None
    elif block is READ_BACK:
        mode, power_w = u16(registers, 0), s16(registers, 1)
        if mode in (_CHARGE, _DISCHARGE):
            record.setpoint_w = power_w if mode == _DISCHARGE else -power_w
        else:
            record.setpoint_w = None


def limits(record):
    """Set how much the battery may take and give now: least of the configured and the BMS's, W."""
    charge_w, discharge_w = record.max_charge_w, record.max_discharge_w
    charge_ca, discharge_ca = record.charge_limit_ca, record.discharge_limit_ca
    if record.battery_dv and (charge_ca or discharge_ca):
        charge_w = min(charge_w, record.battery_dv * charge_ca // 1000)
        discharge_w = min(discharge_w, record.battery_dv * discharge_ca // 1000)
    discharge_w = min(discharge_w, max(record.rated_w - (record.pv_w or 0), 0))
    record.battery_max_charge_w = min(charge_w, _MOST_W)
    record.battery_max_discharge_w = min(discharge_w, _MOST_W)


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    Raises ValueError beyond what the register takes.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    mode = _DISCHARGE if battery_w > 0 else _CHARGE
    return ((0x10, _EMS, [mode, abs(battery_w)]),)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself."""
    return ((0x10, _EMS, [_AUTO, 0]),)
