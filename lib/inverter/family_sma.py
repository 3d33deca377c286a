"""SMA Sunny Tripower Smart Energy (STP SE), over TCP.

Sources: SMA Modbus Interface, Technical Information 1.5, sections 5.2 and 5.4 (40149, 40151: grid
management services, which may be written cyclically), OpenEMS (io.openems.edge.sma, stpxx3se),
openWB (sma_sunny_boy), evcc#15442 for the sign: + delivers. What is commanded is the power on the
AC side, sun included; so the sun is taken into account here, and the set-point is written again
every two seconds. evcc's way, limits of the battery's charge and discharge (40793 and on), is
without effect or fragile on this series (evcc#11580, #17115). The inverter falls back by itself
only after a time that its installer sets, ten minutes or more as it leaves the factory: that is no
dead-man. What cannot be told reads 0x80000000 or 0xFFFFFFFF. Some newer firmware is reported not
to charge by 40149 (evcc#15881, SBS): the task's comparison with what the battery does finds it.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_s32, u32

FAMILY = "sma"

_SETPOINT = const(40149)  # Active power setpoint, then 40151: system control
_ACTIVE = const(802)
_INACTIVE = const(803)

WRITABLE = ((0x10, _SETPOINT, 4),)
STORED = ()
OBEYING = ()
FAULT_STATES = ()
DEADMAN_S = const(0)
REFRESH_MS = const(2000)
STEP_W = const(0)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U32 = const(2)
_S32 = const(3)
_U32_PARTS = const(10)
_S32_PARTS = const(11)
_MOST_W = const(30000)

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
    30773,
    32,
    1000,
    (
        (30773, _S32, 1, "pv1_w", 0, 2 * _MOST_W),  # DcMs.Watt, input 1
        (30775, _S32, 1, "inverter_w", -_MOST_W, _MOST_W),  # GridMs.TotW
        (30783, _U32_PARTS, 10, "l1_dv", 0, 5000),  # GridMs.PhV.phsA, 0.01 V
        (30803, _U32, 10, "grid_mhz", 0, 70000),  # GridMs.Hz
    ),
)
PV = Block(
    "pv_at_ms",
    3,
    30961,
    8,
    1000,
    ((30961, _S32, 1, "pv2_w", 0, 2 * _MOST_W),),  # DcMs.Watt, input 2
)
METER = Block(
    "pcc_at_ms",
    3,
    30865,
    4,
    1000,
    (),  # power is derived
)

LAST = BATTERY
FAST = (AC, PV, STATE)
SLOW = (METER,)
IDENTITY = ((3, 30057, 2),)  # Nameplate.SerNum
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    record.serial = str(u32(registers, 0))


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:  # BatChrg.CurBatCha, BatDsch.CurBatDsch
        record.battery_w = _difference(u32(registers, 4), u32(registers, 2))
    elif block is METER:  # Metering.GridMs.TotWIn, TotWOut
        record.pcc_w = _difference(u32(registers, 0), u32(registers, 2))
    elif block is PV:
        sun = [record.pv1_w, record.pv2_w]
        third_w = u32(registers, 6)  # DcMs.Watt, input 3: not on every model
        sun.append(third_w if third_w <= 2 * _MOST_W else 0)
        record.pv_w = None if None in sun else sum(sun)


def _difference(plus_w: int, minus_w: int) -> "int | None":
    """Of two powers one of which is 0; None when one is not a number."""
    if plus_w > 100000 or minus_w > 100000:
        return None
    return plus_w - minus_w


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
    return _write(battery_w + (record.pv_w or 0), _ACTIVE)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself."""
    return _write(0, _INACTIVE)


def _write(ac_w: int, control: int) -> tuple:
    words = [0, 0, 0, control]
    put_s32(words, 0, ac_w)
    return ((0x10, _SETPOINT, words),)
