"""Solis RHI hybrid inverters: read only.

Their registers are those of the S series (see `family_solis`); that they obey the forced powers is
told by one source alone (wills106/homeassistant-solax-modbus), and openWB keeps them from it.
"""

from inverter.family_solis import (
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

__all__ = ("AC", "BATTERY", "FAST", "GAP_MS", "IDENTITY", "LAST", "NEEDED", "SLOW")
__all__ += ("derive", "identify", "limits")

FAMILY = "solis_rhi"
FAST = (PV,)
SLOW = (AC, METER)
