"""Eastron SDM230, a meter of one phase on the bus: read only.

Sources: Eastron's SDM230-Modbus protocol as ilseh/Oppleo and merlokk/SmartHome have it, evcc's
eastron-sdm220_230: input registers, float32 with the high word first, import + as it is wired.
"""

from micropython import const

from inverter.profile import Block
from modbus.values import u32

FAMILY = "eastron_1p"
GAP_MS = const(0)

_F32 = const(6)

POWER = Block(
    "ac_at_ms",
    4,
    0x0000,
    14,
    1000,
    (
        (0x0000, _F32, 10, "l1_dv", 0, 5000),  # Voltage
        (0x0006, _F32, 100, "l1_ca", -20000, 20000),  # Current
        (0x000C, _F32, 1, "pcc_w", -100000, 100000),  # Active power
    ),
)
ENERGY = Block(
    "energy_at_ms",
    4,
    0x0046,
    6,
    60000,
    (
        (0x0046, _F32, 1000, "grid_mhz", 0, 70000),  # Frequency
        (0x0048, _F32, 1000, "import_wh", 0, 1 << 40),  # Total import kWh
        (0x004A, _F32, 1000, "export_wh", 0, 1 << 40),  # Total export kWh
    ),
)

LAST = POWER
FAST = ()
SLOW = (ENERGY,)
IDENTITY = ((4, 0x0046, 2), (3, 0xFC00, 2))  # Frequency: is it one; Serial number
NEEDED = ()


def identify(index: int, registers: bytes, record):
    """Put the answer to IDENTITY[index] into `record`."""
    if index:  # not every age of the meter tells it
        record.serial = str(u32(registers, 0))


def derive(block: Block, registers: bytes, record):
    """Nothing follows from a block besides its rows."""


def limits(record):
    """There is no battery."""
