"""A Solis S6-EH1P5K.

From Pho3niX90/solis_modbus (hybrid_sensors.py, issue 352) and wills106's plugin_solis: forced
powers hold only when written while forcing is on; forcing ends after 43282 minutes. 33149 is a
magnitude, 33135 its direction.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

SERIAL = 33004
PV_V1, PV_V2, PV_POWER = 33049, 33051, 33057
AC_V, AC_POWER, TEMPERATURE, FREQUENCY = 33073, 33079, 33093, 33094
BATTERY_V, BATTERY_A, DIRECTION, SOC, SOH = 33133, 33134, 33135, 33139, 33140
BMS_CHARGE_A, BMS_DISCHARGE_A, BATTERY_POWER = 33143, 33144, 33149
METER = 33263
RC_DISCHARGE, RC_FORCE, RC_CHARGE, RC_TIMEOUT_MIN = 43129, 43135, 43136, 43282
FACTORY_W = 1500


class Solis(Inverter):
    """The inverter behind its registers."""

    NAME = "Solis S6-EH1P5K"
    SETPOINTS = (RC_FORCE, RC_CHARGE, RC_DISCHARGE)
    SERVED = (
        (INPUT, 33000, 33150),
        (INPUT, 33250, 33290),
        (HOLDING, 43000, 43140),
        (HOLDING, 43282, 43282),
    )
    WRITABLE = {
        RC_DISCHARGE: (0, 6000),
        RC_FORCE: (0, 2),
        RC_CHARGE: (0, 6000),
        RC_TIMEOUT_MIN: (1, 30),
    }

    def _start(self) -> None:
        self._put_text(INPUT, SERIAL, "6031123456789012", 16)
        self._put(HOLDING, RC_FORCE, 0)
        self._put(HOLDING, RC_CHARGE, FACTORY_W // 10)
        self._put(HOLDING, RC_DISCHARGE, FACTORY_W // 10)
        self._put(HOLDING, RC_TIMEOUT_MIN, 5)

    @property
    def mode(self) -> int:
        """Forced charge (1), discharge (2) or neither (0)."""
        return self._get(RC_FORCE)

    def _wrote(self, address: int, words: list[int]) -> None:
        if address in (RC_CHARGE, RC_DISCHARGE) and not self.mode:
            self._put(HOLDING, address, FACTORY_W // 10)  # does not hold

    def _drive(self) -> None:
        timeout_s = 60 * self._get(RC_TIMEOUT_MIN)
        if self.mode and self.clock() - self._told_at_s >= timeout_s:
            self._put(HOLDING, RC_FORCE, 0)
            self.timeouts += 1
        if self.mode == 1:
            self._force(-10 * self._get(RC_CHARGE))
        elif self.mode == 2:
            self._force(10 * self._get(RC_DISCHARGE))
        else:
            self._self_use()

    def _refresh(self) -> None:
        plant = self.plant
        self._put(INPUT, PV_V1, 3100, 11, 3000, 10)
        self._put_32(INPUT, PV_POWER, plant.pv_w)
        self._put(INPUT, AC_V, 2318)
        self._put_32(INPUT, AC_POWER, plant.inverter_ac_w)
        self._put(INPUT, TEMPERATURE, 412)
        self._put(INPUT, FREQUENCY, 5001)
        power_w = round(plant.battery_w)
        self._put(INPUT, BATTERY_V, self._volt * 10, abs(power_w) / self._volt * 10)
        self._put(INPUT, DIRECTION, 1 if power_w > 0 else 0)
        self._put(INPUT, SOC, plant.soc_pct, 99)
        self._put(INPUT, BMS_CHARGE_A, plant.charge_limit_w / self._volt * 10)
        self._put(INPUT, BMS_DISCHARGE_A, plant.discharge_limit_w / self._volt * 10)
        self._put_32(INPUT, BATTERY_POWER, abs(power_w))
        self._put_32(INPUT, METER, -plant.grid_w)
