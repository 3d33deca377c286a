"""Victron MultiPlus-II or Quattro with ESS, through a GX over TCP (unit 100).

Sources: Victron's CCGX Modbus TCP register list 3 and "ESS mode 2 and 3" (register 2716 from Venus
OS 3.50 on: volatile, + takes power from the grid), openWB (victron), OpenEMS
(io.openems.edge.victron). What is commanded is the exchange with the grid, which the GX's own loop
holds; so the set-point is the exchange measured, plus the battery's power measured, less the
battery's power wanted. It is written again every second. Battery power is + when charging there.
It needs the GX's own grid meter and ESS; with mode 3 (external control) nothing obeys, then mode 2
is chosen. What the GX does when the writing ends is not told: no dead-man.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_s32, s16, text, u16

FAMILY = "victron"

_SETPOINT = const(2716)
_ESS_MODE = const(2902)
_MOST_W = const(60000)

WRITABLE = ((0x10, _SETPOINT, 2), (6, _ESS_MODE, 1))
STORED = (_ESS_MODE,)
OBEYING = (1, 2)
HOME_MODE = 3
FAULT_STATES = ()
DEADMAN_S = const(0)
REFRESH_MS = const(1000)
STEP_W = const(0)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_S16 = const(1)

BATTERY = Block(
    "battery_at_ms",
    3,
    840,
    4,
    1000,
    (
        (840, _U16, 1, "battery_dv", 1, 10000),  # Battery Voltage (System)
        (841, _S16, -10, "battery_ca", -200000, 200000),  # Battery Current (System), 0.1 A
        (842, _S16, -1, "battery_w", -_MOST_W, _MOST_W),  # Battery Power (System)
        (843, _U16, 1, "soc_pct", 0, 100),  # Battery State of Charge (System)
    ),
)
AC = Block(
    "ac_at_ms",
    3,
    808,
    15,
    1000,
    (),  # sums of phases are derived
)
PV = Block(
    "pv_at_ms",
    3,
    850,
    1,
    1000,
    ((850, _U16, 1, "pv2_w", 0, _MOST_W),),  # PV - DC-coupled power
)
MODE = Block(
    "mode_at_ms",
    3,
    _ESS_MODE,
    2,
    10000,
    ((_ESS_MODE, _U16, 1, "mode", 0, 3),),  # ESS Mode
)

LAST = BATTERY
FAST = (AC, PV)
SLOW = (MODE,)
IDENTITY = ((3, 800, 6),)  # Serial (System)
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = text(registers, 0, 6)


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows: sums of the phases."""
    if block is AC:
        record.pcc_w = sum(s16(registers, i) for i in (12, 13, 14))  # Grid L1..L3
        record.pv1_w = sum(_sun_w(registers, i) for i in range(6))  # AC-coupled on output, input
    elif block is PV:
        sun_w = [record.pv1_w, record.pv2_w or 0]
        record.pv_w = None if None in sun_w else sum(sun_w)


def _sun_w(registers: bytes, index: int) -> int:
    """0 for what the GX does not know."""
    power_w = u16(registers, index)
    return power_w if power_w <= _MOST_W else 0


def limits(record):
    """Set how much the battery may take and give now, W: the GX tells no limits of its own."""
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = min(record.max_discharge_w, record.rated_w)


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero).

    While grid or battery are unknown the exchange with the grid is to be 0. Raises ValueError
    beyond the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    grid_w = 0
    if record.pcc_w is not None and record.battery_w is not None:
        grid_w = record.pcc_w + record.battery_w - battery_w
    return _write(grid_w)


def take(record) -> tuple:
    """The writes that let the GX's own loop work."""
    return ((6, _ESS_MODE, [2]),)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the GX to its own ways: no exchange with the grid."""
    return _write(0) + (((6, _ESS_MODE, [mode]),) if mode is not None else ())


def _write(grid_w: int) -> tuple:
    words = [0, 0]
    put_s32(words, 0, grid_w)
    return ((0x10, _SETPOINT, words),)
