"""Sofar's older protocol: HYD 3000..6000-ES and ME3000SP.

Source: Sofar HYD-ES and ME3000SP Modbus protocol, as Sofar2mqtt, ha-solarman and evcc have it on
real machines. Commands are a function of its own, 0x42, and last as long as a heartbeat, function
0x49, comes: after 60 s without the inverter goes to standby. A set-point of 0 W is a discharge of
0 W: standby would cost a countdown at the grid before the next one. The vendor counts battery
power + when charging and the grid + when exporting; both are turned here. Not proven: the voltage
is in 0.1 V or, by some firmware, in 0.01 V; no low battery has more than 100 V.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import text, u16

FAMILY = "sofar_es"

_MODE = const(0x1200)
_PASSIVE = const(3)
_DISCHARGE = const(0x0101)
_CHARGE = const(0x0102)
_AUTO = const(0x0103)
_MOST_W = const(3000)  # all models, by the protocol

GAP_MS = const(0)
WRITABLE = (
    (0x10, _MODE, 1),
    (0x42, _DISCHARGE, 1),
    (0x42, _CHARGE, 1),
    (0x42, _AUTO, 1),
    (0x49, 0x2201, 1),
)
STORED = (_MODE,)
OBEYING = (_PASSIVE,)
HOME_MODE = const(0)  # auto
MODE_FIRST = True  # it refuses set-points in any other
#: Of ME3000SP; other faults are told by the fault words, for the numbers of the states differ.
FAULT_STATES = (7,)
DEADMAN_S = const(60)
REFRESH_MS = const(10000)
STEP_W = const(0)
KEEP_ALIVE = ((0x49, 0x2201, (0x2202,)),)

_U16 = const(0)
_S16 = const(1)
_U32 = const(2)
_MOST_WH = const(1000000000)

MAIN = Block(
    "battery_at_ms",
    3,
    0x020C,
    10,
    1000,
    (
        (0x020C, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
        (0x020D, _S16, -10, "battery_w", -12000, 12000),  # Battery power
        (0x020E, _U16, 1, "battery_dv", 1, 10000),  # Battery voltage
        (0x020F, _S16, -1, "battery_ca", -20000, 20000),  # Battery current
        (0x0210, _U16, 1, "soc_pct", 0, 100),  # Battery SoC
        (0x0211, _S16, 1, "battery_temp_c", -60, 120),  # Battery temperature
        (0x0212, _S16, -10, "pcc_w", -100000, 100000),  # Grid power
        (0x0214, _S16, 10, "inverter_w", -12000, 12000),  # Inverter power
        (0x0215, _U16, 10, "pv_w", 0, 12000),  # Generation power
    ),
)
STATUS = Block(
    "status_at_ms",
    3,
    0x0200,
    7,
    10000,
    (
        (0x0200, _U16, 1, "running_state", 0, 7),  # Running state
        (0x0206, _U16, 1, "l1_dv", 0, 5000),  # Grid voltage
    ),
)
TEMPERATURES = Block(
    "temperatures_at_ms",
    3,
    0x0237,
    3,
    10000,
    (
        (0x0237, _U16, 1, "soh_pct", 0, 100),  # SoH
        (0x0238, _S16, 1, "inverter_temp_c", -60, 150),  # Inner temperature
        (0x0239, _S16, 1, "heatsink_temp_c", -60, 200),  # Heatsink temperature
    ),
)
ENERGY = Block(
    "energy_at_ms",
    3,
    0x021C,
    17,
    60000,
    (
        (0x021C, _U32, 1000, "pv_wh", 0, _MOST_WH),  # Total generation
        (0x021E, _U32, 1000, "export_wh", 0, _MOST_WH),  # Total export
        (0x0220, _U32, 1000, "import_wh", 0, _MOST_WH),  # Total import
        (0x0226, _U32, 1000, "charged_wh", 0, _MOST_WH),  # Total charge
        (0x0228, _U32, 1000, "discharged_wh", 0, _MOST_WH),  # Total discharge
        (0x022C, _U16, 1, "cycles", 0, 65535),  # Battery cycles
    ),
)
MODE = Block(
    "mode_at_ms",
    3,
    _MODE,
    1,
    10000,
    (
        (_MODE, _U16, 1, "mode", 0, 4),  # Working mode
    ),
)

LAST = MAIN
FAST = ()
SLOW = (MODE, STATUS, TEMPERATURES, ENERGY)

IDENTITY = ((4, 0x2001, 7),)
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the serial number into `record`."""
    record.serial = text(registers, 0, 7)


def is_served(mask: bytes, register: int) -> bool:
    """There are no masks."""
    return True


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is MAIN:
        if record.battery_dv is None:
            record.battery_w = record.soc_pct = None  # no battery: its zeros mean nothing
        elif record.battery_dv > 1000:
            record.battery_dv //= 10
        record.ac_at_ms = record.pv_at_ms = record.battery_at_ms
    elif block is STATUS:
        found = []
        for n in range(5):
            word = u16(registers, 1 + n)
            for b in range(16):
                if word >> b & 1:
                    found.append(16 * n + b + 1)
        record.faults = tuple(found)


def limits(record):
    """Set how much the battery may take and give now: what is configured; no register tells."""
    record.battery_max_charge_w = min(record.max_charge_w, _MOST_W)
    left_w = max(record.rated_w - (record.pv_w or 0), 0)
    record.battery_max_discharge_w = min(record.max_discharge_w, left_w, _MOST_W)


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    Raises ValueError beyond 3000 W.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    return ((0x42, _CHARGE if battery_w < 0 else _DISCHARGE, (abs(battery_w),)),)


def take(record) -> tuple:
    """The writes that choose the mode that obeys."""
    return ((0x10, _MODE, (_PASSIVE,)),)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself: its own loop, then `mode`, None: it stays."""
    return ((0x42, _AUTO, (0x5555,)),) + (((0x10, _MODE, (mode,)),) if mode is not None else ())
