"""Solis RHI hybrid inverters: read only.

Their registers are those of the S series (see `family_solis`); that they obey the forced powers is
told by one source alone (wills106/homeassistant-solax-modbus), and openWB keeps them from it.
"""

from inverter.family_solis import (  # noqa: F401 what a family holds
    AC,
    BATTERY,
    GAP_MS,
    IDENTITY,
    LAST,
    METER,
    NEEDED,
    PV,
    derive,
    identify,
    limits,
)

FAMILY = "solis_rhi"
FAST = (PV,)
SLOW = (AC, METER)
