"""Growatt MOD TL3-XH and MIN TL-XH by the VPP protocol.

Sources: Growatt VPP protocol V2.03 as 0xAHA/Growatt_ModbusTCP has it (docs/developer/protocol-vpp:
30407, 30408 and 30409 are not stored) and measured it on a MOD 10KTL3-XH (issue 373),
wills106/homeassistant-solax-modbus (plugin_growatt), evcc's growatt-hybrid-tlxh. The order of the
writes is the one measured: power, time, remote control, authority last; authority alone would
leave the battery idle and the house on the grid. Power is in percent, + when charging.

Not proven: of what it is a percentage (77.6 W for each on the machine measured; here of the
battery's most power, a setting, which must be right or the grid is never balanced), why 20 % once
gave nothing, what 0 % does, and the time after which it should end by itself (it did after 2 min,
it did not after 5), so there is no dead-man. A charge takes from the grid what the sun lacks, also
where the inverter is set not to.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import put_s16, s16, text, u16, u32

FAMILY = "growatt_vpp"

_AUTHORITY = const(30100)
_REMOTE = const(30407)
_MINUTES = const(30408)
_POWER = const(30409)  # percent
_MOST_W = const(40000)

WRITABLE = ((6, _AUTHORITY, 1), (6, _REMOTE, 1), (6, _MINUTES, 1), (6, _POWER, 1))
STORED = (_AUTHORITY,)
OBEYING = (1,)
HOME_MODE = 0
FAULT_STATES = (3,)
DEADMAN_S = const(0)
REFRESH_MS = const(30000)
STEP_W = const(30)
GAP_MS = const(0)
KEEP_ALIVE = ()

_U16 = const(0)
_S16 = const(1)
_U16_PARTS = const(8)
_U32_PARTS = const(10)

BATTERY = Block(
    "battery_at_ms",
    4,
    3169,
    13,
    1000,
    (
        (3169, _U16_PARTS, 10, "battery_dv", 1, 10000),  # Vbat, 0.01 V
        (3171, _U16, 1, "soc_pct", 0, 100),  # SOC
    ),
)
AC = Block(
    "ac_at_ms",
    4,
    3000,
    45,
    1000,
    (
        (3000, _U16, 1, "running_state", 0, 255),  # Inverter status
        (3001, _U32_PARTS, 10, "pv_w", 0, 2 * _MOST_W),  # PV total power
        (3003, _U16, 1, "pv1_dv", 0, 15000),  # PV1 voltage
        (3005, _U32_PARTS, 10, "pv1_w", 0, _MOST_W),  # PV1 power
        (3007, _U16, 1, "pv2_dv", 0, 15000),  # PV2 voltage
        (3009, _U32_PARTS, 10, "pv2_w", 0, _MOST_W),  # PV2 power
        (3023, _U32_PARTS + 1, 10, "inverter_w", -_MOST_W, _MOST_W),  # Output power
        (3025, _U16, 10, "grid_mhz", 0, 70000),  # Grid frequency
        (3026, _U16, 1, "l1_dv", 0, 5000),  # L1 voltage
    ),
)
MODE = Block(
    "mode_at_ms",
    3,
    _AUTHORITY,
    1,
    10000,
    ((_AUTHORITY, _U16, 1, "mode", 0, 1),),  # Control authority
)
REMOTE = Block(
    "read_back_at_ms",
    3,
    _REMOTE,
    3,
    10000,
    ((_MINUTES, _U16, 60, "timeout_s", 0, 86400),),  # Remote power control charging time
)

LAST = BATTERY
FAST = (AC,)
SLOW = (MODE, REMOTE)
STATUS = AC
IDENTITY = ((3, 3001, 5), (3, 30000, 1))  # Serial number, device type code
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index == 0:
        record.serial = text(registers, 0, 5)
    else:
        record.model_read = str(u16(registers, 0))


def derive(block: Block, registers: bytes, record):
    """Fill what follows from a block besides its rows."""
    if block is BATTERY:  # Pdischarge1, Pcharge1, 0.1 W
        power_w = (u32(registers, 3178 - 3169) - u32(registers, 3180 - 3169)) // 10
        record.battery_w = power_w if -_MOST_W <= power_w <= _MOST_W else None
    elif block is AC:  # power to user, power to grid, 0.1 W
        power_w = (u32(registers, 41) - u32(registers, 43)) // 10
        record.pcc_w = power_w if -100000 <= power_w <= 100000 else None
    elif block is REMOTE:
        percent = s16(registers, 2)
        most_w = record.max_charge_w if percent > 0 else record.max_discharge_w
        is_on = u16(registers, 0) == 1
        record.setpoint_w = -percent * most_w // 100 if is_on else None


def limits(record):
    """Set how much the battery may take and give now [W]: it tells no limits of its own."""
    sun_w = record.pv_w or 0
    record.battery_max_charge_w = record.max_charge_w
    record.battery_max_discharge_w = min(record.max_discharge_w, max(record.rated_w - sun_w, 0))


def command(battery_w: int, record) -> tuple:
    """The writes that make the battery give `battery_w` (charging below zero), in whole percent.

    Raises ValueError beyond the largest model.
    """
    if not -_MOST_W <= battery_w <= _MOST_W:
        raise ValueError(f"battery_w: {battery_w}")
    most_w = record.max_charge_w if battery_w < 0 else record.max_discharge_w
    percent = min(100, (abs(battery_w) * 100 + most_w // 2) // most_w) if most_w else 0
    words = [0]
    put_s16(words, 0, -percent if battery_w > 0 else percent)
    return ((6, _POWER, words), (6, _MINUTES, [2]), (6, _REMOTE, [1]))


def take(record) -> tuple:
    """The writes that let the remote power count."""
    return ((6, _AUTHORITY, [1]),)


def hand_back(mode: "int | None", record) -> tuple:
    """The writes that leave the inverter to itself: authority first, see above."""
    return ((6, _AUTHORITY, [0]), (6, _REMOTE, [0]))
