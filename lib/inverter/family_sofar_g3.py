"""Sofar G3: HYD-EP, HYD 3PH, ME 3PH, and (near-certain, not proven register by register) ESI S1.

Source: Sofar Inverter MODBUS protocol V1.39 (March 2025) with V1.38, V1.29 and V1.17 beside it;
names of registers, beside the rows, are the vendor's. The vendor counts battery power + when
charging and the grid + when selling; both are turned here. Unproven on an ESI S1, hence probed:
whether 0644 holds BMS limits (before V1.29 it was a voltage of pack 9) and whether 066C exists
(V1.39 only).
"""

from micropython import const

from inverter.profile import Block, served
from modbus.values import put_s32, put_u16, s32, text, u16

FAMILY = "sofar_g3"

# Energy_Storage_Mode_Control
SELF_USE = const(0)
PASSIVE = const(3)

#: Passive_Timeout_Action by the names of the setting `inverter.timeout_action`.
ACTIONS = {"standby": 0, "previous_mode": 1}

_EXPORT = const(0x1023)
_MODE = const(0x1110)
_TIMEOUT = const(0x1184)
_SETPOINT = const(0x1187)

#: What may be written, (function, first register, registers); all else is refused. This family
#: obeys function 0x10 alone, and a block in one piece.
WRITABLE = ((0x10, _MODE, 1), (0x10, _TIMEOUT, 2), (0x10, _SETPOINT, 6), (0x10, _EXPORT, 2))
#: First registers of what lies in EEPROM; 1187 is most probably RAM, yet written on change.
STORED = (_MODE, _TIMEOUT, _EXPORT)
#: Modes in which it does what it is told.
OBEYING = (PASSIVE,)
#: Mode that it is left in when nobody knows the one before.
HOME_MODE = SELF_USE
#: Running states that are faults, Fault and PermanentFault.
FAULT_STATES = (4, 5)

DEADMAN_S = None  # has a time-out that `arm` sets
REFRESH_MS = const(10000)
GAP_MS = const(0)  # the bus's own silence will do
STEP_W = const(0)
KEEP_ALIVE = ()

# Kinds of number in a row, see profile.py.
_U16 = const(0)
_S16 = const(1)
_U32 = const(2)

#: The largest model has 20 kW.
_MOST_W = const(24000)
_MOST_WH = const(1000000000)

BATTERY = Block(
    "battery_at_ms",
    3,
    0x0604,
    7,
    1000,
    (
        (0x0604, _U16, 1, "battery_dv", 1, 10000),  # Voltage_Bat1
        (0x0605, _S16, -1, "battery_ca", -20000, 20000),  # Current_Bat1
        (0x0606, _S16, -10, "battery_w", -_MOST_W, _MOST_W),  # Power_Bat1
        (0x0607, _S16, 1, "battery_temp_c", -60, 120),  # Temperature_Env_Bat1
        (0x0608, _U16, 1, "soc_pct", 0, 100),  # SOC_Bat1
        (0x0609, _U16, 1, "soh_pct", 0, 100),  # SOH_Bat1
        (0x060A, _U16, 1, "cycles", 0, 65535),  # ChargeCycle_Bat1
    ),
)
#: The second battery input of the larger models; on some of them it is the only one in use.
BATTERY_2 = Block(
    "battery2_at_ms",
    3,
    0x060B,
    8,
    1000,
    (
        (0x060B, _U16, 1, "battery2_dv", 1, 10000),  # Voltage_Bat2
        (0x060D, _S16, -10, "battery2_w", -_MOST_W, _MOST_W),  # Power_Bat2
        (0x060F, _U16, 1, "soc2_pct", 0, 100),  # SOC_Bat2
    ),
)
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
LIMITS = Block(
    "limits_at_ms",
    3,
    0x0644,
    3,
    10000,
    (
        (0x0644, _U16, 1, "charge_limit_ca", 0, 65535),  # of battery 1, by its BMS
        (0x0645, _U16, 1, "discharge_limit_ca", 0, 65535),  # of battery 1, by its BMS
    ),
)
POWER_LIMITS = Block(
    "power_limits_at_ms",
    3,
    0x066C,
    4,
    10000,
    (
        (0x066C, _U32, 1, "charge_limit_w", 0, 1000000),  # of all batteries
        (0x066E, _U32, 1, "discharge_limit_w", 0, 1000000),  # of all batteries
    ),
)
STATUS = Block(
    "status_at_ms",
    3,
    0x0404,
    29,
    10000,
    (
        (0x0404, _U16, 1, "running_state", 0, 11),  # SysState
        (0x0418, _S16, 1, "inverter_temp_c", -60, 150),  # Temperature_Env1
        (0x041A, _S16, 1, "heatsink_temp_c", -60, 200),  # Temperature_HeatSink1
        (0x0420, _S16, 1, "module_temp_c", -60, 200),  # Temperature_Inv1
    ),
)
ENERGY = Block(
    "energy_at_ms",
    3,
    0x0684,
    24,
    60000,
    (
        (0x0686, _U32, 100, "pv_wh", 0, _MOST_WH),  # PV_Generation_Total
        (0x068E, _U32, 100, "import_wh", 0, _MOST_WH),  # Energy_Purchase_Total
        (0x0692, _U32, 100, "export_wh", 0, _MOST_WH),  # Energy_Selling_Total
        (0x0696, _U32, 100, "charged_wh", 0, _MOST_WH),  # Bat_Charge_Total
        (0x069A, _U32, 100, "discharged_wh", 0, _MOST_WH),  # Bat_Discharge_Total
    ),
)
EXPORT = Block(
    "export_at_ms",
    3,
    _EXPORT,
    2,
    60000,
    (
        (0x1024, _U16, 100, "export_limit_w", 0, 3276700),  # AntiReflux_Power
    ),
)
MODE = Block(
    "mode_at_ms",
    3,
    _MODE,
    1,
    10000,
    (
        (_MODE, _U16, 1, "mode", 0, 7),  # Energy_Storage_Mode_Control
    ),
)
READ_BACK = Block(
    "read_back_at_ms",
    3,
    _TIMEOUT,
    9,
    10000,
    (
        (_TIMEOUT, _U16, 1, "timeout_s", 0, 65534),  # Passive_Timeout
        (0x1185, _U16, 1, "timeout_action", 0, 1),  # Passive_Timeout_Action
    ),
)

#: Read every second, the battery last: right before the next telegram it is worth most.
LAST = BATTERY
FAST = (PV, AC, BATTERY_2)
#: Read every ten seconds, spread.
SLOW = (MODE, READ_BACK, STATUS, LIMITS, POWER_LIMITS, ENERGY, EXPORT)
#: Blocks that not every model serves: (page, register in its mask, block).
OPTIONAL = (
    (0x0580, 0x0584, PV),
    (0x0600, 0x060B, BATTERY_2),
    (0x0640, 0x0644, LIMITS),
    (0x0640, 0x066C, POWER_LIMITS),
    (0x0680, 0x0686, ENERGY),
    (0x1000, 0x1023, EXPORT),
)

_FAULT1 = const(0x0405)  # Fault1..Fault18
_FAULT_WORDS = const(18)
_SERIAL = (3, 0x0445, 8)  # Serial_Number0..7
_SERIAL_REST = (3, 0x0470, 2)  # Serial_Number8..9, zero on units with 14 characters
_VERSIONS = (3, 0x044D, 14)  # Hardware_Version0..1, Software_Version of COM, master, slave

#: What is read once to know who is there: (function, first register, registers).
IDENTITY = (_SERIAL, _SERIAL_REST, _VERSIONS)
#: Registers without which this driver cannot work, looked up in the masks of their pages.
NEEDED = ((0x0600, 0x0606), (0x1180, 0x1187), (0x1180, 0x1184))


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 0:
        record.serial = text(registers, 0, 8)
    elif index == 1:
        record.serial = (record.serial or "") + text(registers, 0, 2)
    else:
        record.hardware = text(registers, 0, 2)
        record.software = text(registers, 2, 4)


def is_served(mask: bytes, register: int) -> bool:
    """Whether the page whose mask this is holds `register`; a mask that tells nothing says yes."""
    return served(mask, register) is not False


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:
        _derive_battery(record)
    elif block is EXPORT:
        if u16(registers, 0) in (0, 0xFFFF):
            record.export_limit_w = -1
    elif block is PV:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None
    elif block is STATUS:
        record.faults = _faults(registers)
    elif block is READ_BACK:
        _derive_setpoint(registers, record)


def _derive_battery(record):
    """Without a voltage there is no battery on an input: its zeros mean nothing."""
    has_2 = record.battery2_dv is not None
    if record.battery_dv is None:
        record.battery_dv = record.battery2_dv
        record.battery_w = record.battery2_w if has_2 else None
        record.soc_pct = record.soc2_pct if has_2 else None
    elif has_2:
        known = record.battery_w is not None and record.battery2_w is not None
        record.battery_w = record.battery_w + record.battery2_w if known else None
        known = record.soc_pct is not None and record.soc2_pct is not None
        record.soc_pct = (record.soc_pct + record.soc2_pct) // 2 if known else None


def _faults(registers: bytes) -> tuple:
    """Fault numbers: bit b of Fault n is number 16 (n - 1) + b + 1."""
    found = []
    for n in range(_FAULT_WORDS):
        word = u16(registers, _FAULT1 - STATUS.address + n)
        if word:
            for b in range(16):
                if word >> b & 1:
                    found.append(16 * n + b + 1)
    return tuple(found)


def _derive_setpoint(registers: bytes, record):
    """A battery power is commanded when both ends of the window are the same."""
    low_w = -s32(registers, 0x118B - _TIMEOUT)  # Passive_Manual_Bup
    high_w = -s32(registers, 0x1189 - _TIMEOUT)  # Passive_Manual_Blo
    record.setpoint_w = low_w if low_w == high_w else None


def limits(record):
    """Set how much the battery may take and give now: least of the configured and the BMS's, W.

    The BMS's current limits count unless both are 0 (a register of older firmware, or not served);
    its power limits, newest firmware only, count when they are not 0. What the sun delivers takes
    its share of the inverter's rated power.
    """
    charge_w, discharge_w = record.max_charge_w, record.max_discharge_w
    charge_ca, discharge_ca = record.charge_limit_ca, record.discharge_limit_ca
    if record.battery_dv and (charge_ca or discharge_ca):
        charge_w = min(charge_w, record.battery_dv * charge_ca // 1000)
        discharge_w = min(discharge_w, record.battery_dv * discharge_ca // 1000)
    if record.charge_limit_w:
        charge_w = min(charge_w, record.charge_limit_w)
    if record.discharge_limit_w:
        discharge_w = min(discharge_w, record.discharge_limit_w)
    discharge_w = min(discharge_w, max(record.rated_w - (record.pv_w or 0), 0))
    record.battery_max_charge_w = charge_w
    record.battery_max_discharge_w = discharge_w


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    Passive_Manual_Gdes 0, Blo = Bup: the window of battery power is one point, so the wish for
    grid power has no say. Raises ValueError beyond twice the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    words = [0, 0, 0, 0, 0, 0]
    put_s32(words, 2, -battery_w)
    put_s32(words, 4, -battery_w)
    return ((0x10, _SETPOINT, words),)


def limit_export(limit_w: "int | None") -> tuple:
    """The writes that let the house feed so much into the grid at most, by its own meter.

    In steps of 100 W, None: no limit (AntiReflux_Control, AntiReflux_Power).
    """
    words = [0, 0]
    if limit_w is not None:
        words[0] = 1
        put_u16(words, 1, limit_w // 100)
    return ((0x10, _EXPORT, words),)


def arm(timeout_s: int, action: int) -> tuple:
    """The writes that set the inverter's own time-out; both numbers must go in one."""
    words = [0, 0]
    put_u16(words, 0, timeout_s)
    put_u16(words, 1, action)
    return ((0x10, _TIMEOUT, words),)


def take(record) -> tuple:
    """The writes that choose the mode that obeys."""
    return _set_mode(PASSIVE)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself, in `mode`; None: the mode stays."""
    return command(0, record) + (_set_mode(mode) if mode is not None else ())


def _set_mode(mode: int) -> tuple:
    words = [0]
    put_u16(words, 0, mode)
    return ((0x10, _MODE, words),)
