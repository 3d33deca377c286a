"""Solis hybrid inverters of the S5 and S6 series, over RTU or a TCP gateway.

Sources: Solis RS485_MODBUS ESINV-33000ID as wills106/homeassistant-solax-modbus (plugin_solis) and
Pho3niX90/solis_modbus have it, evcc's solis-hybrid-s, openWB. The forced powers (43136, 43129)
take hold only once 43135 is on, which is why it is written first (Pho3niX90/solis_modbus#352).
Forcing ends by itself after 43282 minutes, 5 as it leaves the factory; its range is a guess of its
source, so it is not written. Set-points are whole tens of watts, so that what is read
back (`FORCED`) is shown and not compared. 33149 carries no sign on newer firmware: 33135 tells it.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import s32, text, u16

FAMILY = "solis"

_FORCE = const(43135)  # 0 off, 1 charge, 2 discharge
_CHARGE = const(43136)  # 10 W
_DISCHARGE = const(43129)  # 10 W

WRITABLE = ((6, _FORCE, 1), (6, _CHARGE, 1), (6, _DISCHARGE, 1))
STORED = ()
OBEYING = ()
FAULT_STATES = ()
DEADMAN_S = const(300)
REFRESH_MS = const(60000)
STEP_W = const(5)
GAP_MS = const(300)
KEEP_ALIVE = ()

_U16 = const(0)
_U32 = const(2)
_S32 = const(3)
_S16_PARTS = const(9)
_MOST_W = const(60000)

BATTERY = Block(
    "battery_at_ms",
    4,
    33133,
    18,
    1000,
    (
        (33133, _U16, 1, "battery_dv", 1, 10000),  # Battery voltage
        (33139, _U16, 1, "soc_pct", 0, 100),  # Battery SOC
        (33140, _U16, 1, "soh_pct", 0, 100),  # Battery SOH
        (33143, _U16, 10, "charge_limit_ca", 0, 65535),  # BMS charge limit, 0.1 A
        (33144, _U16, 10, "discharge_limit_ca", 0, 65535),  # BMS discharge limit
    ),
)
AC = Block(
    "ac_at_ms",
    4,
    33073,
    22,
    5000,
    (
        (33073, _U16, 1, "l1_dv", 0, 5000),  # A phase voltage
        (33079, _S32, 1, "inverter_w", -_MOST_W, _MOST_W),  # Active power
        (33093, _S16_PARTS, 10, "inverter_temp_c", -60, 150),  # Inverter temperature
        (33094, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
    ),
)
PV = Block(
    "pv_at_ms",
    4,
    33049,
    10,
    1000,
    (
        (33049, _U16, 1, "pv1_dv", 0, 15000),  # PV voltage 1
        (33051, _U16, 1, "pv2_dv", 0, 15000),  # PV voltage 2
        (33057, _U32, 1, "pv_w", 0, 2 * _MOST_W),  # Total DC output power
    ),
)
METER = Block(
    "pcc_at_ms",
    4,
    33263,
    2,
    5000,
    ((33263, _S32, -1, "pcc_w", -100000, 100000),),  # Meter total active power
)
FORCED = Block(
    "read_back_at_ms",
    3,
    _DISCHARGE,
    8,
    10000,
    ((_FORCE, _U16, 1, "mode", 0, 2),),  # RC Force battery charge/discharge
)
TIMEOUT = Block(
    "mode_at_ms",
    3,
    43282,
    1,
    60000,
    ((43282, _U16, 60, "timeout_s", 0, 1800),),  # RC timeout
)

LAST = BATTERY
FAST = (PV,)
SLOW = (AC, METER, FORCED, TIMEOUT)
IDENTITY = ((4, 33004, 16),)  # Inverter SN
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 16)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:
        magnitude_w = abs(s32(registers, 33149 - 33133))  # Battery power
        if magnitude_w > _MOST_W:
            record.battery_w = None
        else:
            record.battery_w = magnitude_w if u16(registers, 33135 - 33133) else -magnitude_w
    elif block is FORCED:
        force = u16(registers, _FORCE - _DISCHARGE)
        if force == 1:
            record.setpoint_w = -10 * u16(registers, _CHARGE - _DISCHARGE)
        else:
            record.setpoint_w = 10 * u16(registers, 0) if force == 2 else None


def limits(record):
    """Set how much the battery may take and give now: least of the configured and the BMS's, W."""
    charge_w, discharge_w = record.max_charge_w, record.max_discharge_w
    charge_ca, discharge_ca = record.charge_limit_ca, record.discharge_limit_ca
    if record.battery_dv and (charge_ca or discharge_ca):
        charge_w = min(charge_w, record.battery_dv * charge_ca // 1000)
        discharge_w = min(discharge_w, record.battery_dv * discharge_ca // 1000)
    discharge_w = min(discharge_w, max(record.rated_w - (record.pv_w or 0), 0))
    record.battery_max_charge_w = charge_w
    record.battery_max_discharge_w = discharge_w


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero), in steps of 10 W.

    Rest is a forced charge of 0 W (openWB). Raises ValueError beyond the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    tens = (abs(battery_w) + 5) // 10
    if battery_w > 0 and tens:
        return ((6, _FORCE, [2]), (6, _DISCHARGE, [tens]))
    return ((6, _FORCE, [1]), (6, _CHARGE, [tens]))


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself."""
    return ((6, _FORCE, [0]),)
