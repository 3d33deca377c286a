"""A Sungrow SH10RT.

From mkaiser/Sungrow-SHx-Inverter-Modbus-Home-Assistant and evcc's sungrow-hybrid; addresses are
the table's less one, 32 bits come low word first. Battery power is a magnitude, 13000 its
direction; `export` is + when exporting. What it is told holds until it is told otherwise.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

SERIAL, TYPE_CODE, RATED = 4989, 4999, 5000
MPPT1_V, MPPT2_V, DC_POWER, PHASE_A_V = 5010, 5012, 5016, 5018
STATE, EXPORT = 13000, 13009
BATTERY_V, BATTERY_A, BATTERY_W, LEVEL, HEALTH, TEMPERATURE = range(13019, 13025)
ACTIVE_POWER = 13033
EMS, ORDER, POWER = 13049, 13050, 13051
CHARGING, DISCHARGING = 0b010, 0b100
SELF, FORCED = 0, 2
CHARGE, DISCHARGE, STOP = 0xAA, 0xBB, 0xCC


class Sungrow(Inverter):
    """The inverter behind its registers."""

    NAME = "Sungrow SH10RT"
    SETPOINTS = (EMS, POWER)
    LOW_FIRST = True
    SERVED = ((INPUT, 4950, 5040), (INPUT, 13000, 13048), (HOLDING, 13049, 13100))
    WRITABLE = {EMS: (0, 4), ORDER: (0xAA, 0xCC), POWER: (0, 5000)}

    def _start(self) -> None:
        self._put_text(INPUT, SERIAL, "A2150000001", 10)
        self._put(INPUT, TYPE_CODE, 0x0E03, 100)
        self._put(HOLDING, EMS, SELF, STOP, 5000)

    @property
    def mode(self) -> int:
        """EMS mode."""
        return self._get(EMS)

    def _drive(self) -> None:
        power_w = self._get(POWER)
        if self.mode != FORCED:
            self._self_use()
        elif self._get(ORDER) == CHARGE:
            self._force(-power_w)
        elif self._get(ORDER) == DISCHARGE:
            self._force(power_w)
        else:
            self._force(0)

    def _refresh(self) -> None:
        plant = self.plant
        self._put(INPUT, MPPT1_V, 4100, 12, 3900, 11)
        self._put_32(INPUT, DC_POWER, plant.pv_w)
        self._put(INPUT, PHASE_A_V, 2311)
        power_w = round(plant.battery_w)
        state = CHARGING if power_w < 0 else DISCHARGING if power_w > 0 else 0
        self._put(INPUT, STATE, state)
        self._put_32(INPUT, EXPORT, -plant.grid_w)
        self._put(INPUT, BATTERY_V, self._volt * 10, abs(power_w) / self._volt * 10, abs(power_w))
        self._put(INPUT, LEVEL, plant.soc_pct * 10, 990, 231)
        self._put_32(INPUT, ACTIVE_POWER, plant.inverter_ac_w)
