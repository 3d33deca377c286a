"""SolaX X1 and X3 Hybrid of the fourth generation, RTU or TCP.

Sources: SolaX's Modbus power control (mode 1) as wills106/homeassistant-solax-modbus has it
(plugin_solax, docs/solax-mode1-modbus-power-control), openWB for the same block of registers and
its word order, evcc's solax. Mode 1 commands what flows into the AC side less the sun, that is
charging power - solar power; so the sun is taken into account here, and the set-point is written
again every two seconds. It is not kept in EEPROM and ends by itself after its duration. Battery
power is + when charging there, the meter + when exporting; 32 bits come low word first. LIMIT:
older firmware may refuse writes until the inverter is unlocked at its display.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_s32, text

FAMILY = "solax"

_CONTROL = const(0x7C)  # mode, set, active power, reactive power, duration, five more, time-out
_WORDS = const(13)
_DURATION_S = const(30)

WRITABLE = ((0x10, _CONTROL, _WORDS),)
STORED = ()
OBEYING = ()
FAULT_STATES = (3, 4)  # fault, permanent fault
DEADMAN_S = _DURATION_S
REFRESH_MS = const(2000)
STEP_W = const(0)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_S16 = const(1)
_S32_LOW = const(5)
_MOST_W = const(30000)

BATTERY = Block(
    "battery_at_ms",
    4,
    0x14,
    9,
    1000,
    (
        (0x14, _S16, 1, "battery_dv", 1, 10000),  # BatVoltage_Charge1
        (0x15, _S16, -10, "battery_ca", -20000, 20000),  # BatCurrent_Charge1, 0.1 A
        (0x16, _S16, -1, "battery_w", -_MOST_W, _MOST_W),  # Batpower_Charge1
        (0x18, _S16, 1, "battery_temp_c", -60, 120),  # TemperatureBat
        (0x1C, _U16, 1, "soc_pct", 0, 100),  # Battery capacity
    ),
)
AC = Block(
    "ac_at_ms",
    4,
    0x00,
    12,
    1000,
    (
        (0x00, _U16, 1, "l1_dv", 0, 5000),  # GridVoltage
        (0x02, _S16, 1, "inverter_w", -_MOST_W, _MOST_W),  # GridPower
        (0x03, _U16, 1, "pv1_dv", 0, 15000),  # PvVoltage1
        (0x04, _U16, 1, "pv2_dv", 0, 15000),  # PvVoltage2
        (0x07, _U16, 10, "grid_mhz", 0, 70000),  # GridFrequency
        (0x08, _S16, 1, "inverter_temp_c", -60, 150),  # Temperature
        (0x09, _U16, 1, "running_state", 0, 255),  # RunMode
        (0x0A, _U16, 1, "pv1_w", 0, _MOST_W),  # Powerdc1
        (0x0B, _U16, 1, "pv2_w", 0, _MOST_W),  # Powerdc2
    ),
)
METER = Block(
    "pcc_at_ms",
    4,
    0x46,
    2,
    5000,
    ((0x46, _S32_LOW, -1, "pcc_w", -100000, 100000),),  # feedin_power
)

LAST = BATTERY
FAST = (AC,)
SLOW = (METER,)
STATUS = AC
IDENTITY = ((3, 0, 7), (3, 7, 7))  # SeriesNumber, FactoryName
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 0:
        record.serial = text(registers, 0, 7)
    else:
        record.model_read = text(registers, 0, 7)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is AC:
        known = record.pv1_w is not None and record.pv2_w is not None
        record.pv_w = record.pv1_w + record.pv2_w if known else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    sun_w = record.pv_w or 0
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = min(record.max_discharge_w, max(record.rated_w - sun_w, 0))


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero) with today's sun.

    Raises ValueError beyond twice the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    return ((0x10, _CONTROL, _words(1, -battery_w - (record.pv_w or 0), _DURATION_S)),)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that end the remote control."""
    return ((0x10, _CONTROL, _words(0, 0, 0)),)


def _words(mode: int, active_w: int, duration_s: int) -> list:
    words = [0] * _WORDS
    words[0] = mode
    words[1] = 1  # set
    put_s32(words, 2, active_w)
    words[2], words[3] = words[3], words[2]
    words[6] = duration_s
    return words
