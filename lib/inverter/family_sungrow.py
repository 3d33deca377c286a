"""Sungrow SH hybrid inverters, RTU or TCP.

Sources: Sungrow's Modbus table for hybrid inverters as
mkaiser/Sungrow-SHx-Inverter-Modbus-Home-Assistant has it, evcc's sungrow-hybrid, openWB
(sungrow_sh). Addresses are the table's less one; 32 bits come low word first. The battery's power
has no sign on older firmware: 13000 tells whether it charges. The forced power is in W on the
machines seen, though an older table says percent for SH-RT, and 5000 W at most (openWB). No
time-out is known, so there is no dead-man; nor is it known whether these registers wear out.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import s16, text, u16

FAMILY = "sungrow"

_EMS = const(13049)  # EMS mode: 0 self-consumption, 2 forced
_ORDER = const(13050)
_POWER = const(13051)
_FORCED = const(2)
_CHARGE = const(0xAA)
_DISCHARGE = const(0xBB)
_STOP = const(0xCC)
_MOST_W = const(5000)

WRITABLE = ((6, _EMS, 1), (6, _ORDER, 1), (6, _POWER, 1))
STORED = ()
OBEYING = ()
FAULT_STATES = ()
DEADMAN_S = const(0)
REFRESH_MS = const(30000)
STEP_W = const(20)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_U32_LOW = const(4)
_S32_LOW = const(5)
_U16_PARTS = const(8)
_S16_PARTS = const(9)
_NONSENSE_W = const(60000)

BATTERY = Block(
    "battery_at_ms",
    4,
    13000,
    35,
    1000,
    (
        (13009, _S32_LOW, -1, "pcc_w", -100000, 100000),  # Export power
        (13019, _U16, 1, "battery_dv", 1, 10000),  # Battery voltage
        (13022, _U16_PARTS, 10, "soc_pct", 0, 100),  # Battery level
        (13023, _U16_PARTS, 10, "soh_pct", 0, 100),  # Battery state of health
        (13024, _S16_PARTS, 10, "battery_temp_c", -60, 120),  # Battery temperature
        (13033, _S32_LOW, 1, "inverter_w", -_NONSENSE_W, _NONSENSE_W),  # Total active power
    ),
)
PV = Block(
    "pv_at_ms",
    4,
    5010,
    9,
    1000,
    (
        (5010, _U16, 1, "pv1_dv", 0, 15000),  # MPPT1 voltage
        (5012, _U16, 1, "pv2_dv", 0, 15000),  # MPPT2 voltage
        (5016, _U32_LOW, 1, "pv_w", 0, _NONSENSE_W),  # Total DC power
        (5018, _U16, 1, "l1_dv", 0, 5000),  # Phase A voltage
    ),
)
READ_BACK = Block(
    "read_back_at_ms",
    3,
    _EMS,
    3,
    10000,
    ((_EMS, _U16, 1, "mode", 0, 255),),  # EMS mode selection
)

LAST = BATTERY
FAST = (PV,)
SLOW = (READ_BACK,)
IDENTITY = ((4, 4989, 10),)  # Serial number
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 10)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:
        _derive_battery(registers, record)
    elif block is READ_BACK:
        record.setpoint_w = None
        if u16(registers, 0) == _FORCED:
            signs = {_CHARGE: -1, _DISCHARGE: 1, _STOP: 0}
            sign = signs.get(u16(registers, 1))
            record.setpoint_w = None if sign is None else sign * u16(registers, 2)


def _derive_battery(registers: bytes, record):
    """Running state: bit 1 charging, bit 2 discharging."""
    power_w = abs(s16(registers, 13021 - 13000))  # Battery power
    state = u16(registers, 0) & 6
    if state == 2:
        power_w = -power_w
    if (power_w and state in (0, 6)) or abs(power_w) > _NONSENSE_W:
        power_w = None
    record.battery_w = power_w


def limits(record):
    """Set how much the battery may take and give now: least of the configured and 5000 W."""
    discharge_w = min(record.max_discharge_w, max(record.rated_w - (record.pv_w or 0), 0))
    record.battery_max_charge_w = min(record.max_charge_w, _MOST_W)
    record.battery_max_discharge_w = min(discharge_w, _MOST_W)


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    Raises ValueError beyond what the register takes.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    order = _STOP
    if battery_w:
        order = _DISCHARGE if battery_w > 0 else _CHARGE
    return ((6, _EMS, [_FORCED]), (6, _ORDER, [order]), (6, _POWER, [abs(battery_w)]))


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself."""
    return ((6, _ORDER, [_STOP]), (6, _EMS, [0]))
