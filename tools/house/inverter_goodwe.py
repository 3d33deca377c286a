"""A GoodWe GW10K-ET.

From marcelblijleven/goodwe (et.py) and OpenEMS (EmsPowerMode, table 8-16): battery discharging +,
meter exporting +. What it is told holds until it is told otherwise.
"""

from tools.house.inverter_base import HOLDING, Inverter

RATED, SERIAL, MODEL = 35001, 35003, 35011
PV1_V, PV1_W, PV2_V, PV2_W = 35103, 35105, 35107, 35109
GRID_V, GRID_HZ, TOTAL_W = 35121, 35123, 35137  # the total is 32 bits: 35137, 35138
BATTERY_V, BATTERY_A, BATTERY_W, WORK_MODE = 35180, 35181, 35182, 35187
METER = 36025
BMS_TEMPERATURE, BMS_CHARGE_A, BMS_DISCHARGE_A, BMS_SOC, BMS_SOH = (
    37003,
    37004,
    37005,
    37007,
    37008,
)
EMS_MODE, EMS_POWER = 47511, 47512
AUTO, CHARGE_PV, DISCHARGE_PV, STANDBY, CHARGE_BAT, DISCHARGE_BAT, STOP = 1, 2, 3, 8, 11, 12, 255


class GoodWe(Inverter):
    """The inverter behind its registers."""

    NAME = "GoodWe GW10K-ET"
    SETPOINTS = (EMS_MODE,)
    ADDRESS = 247
    FUNCTIONS = (3, 6, 16)
    SERVED = (
        (HOLDING, 35000, 35032),
        (HOLDING, 35100, 35224),
        (HOLDING, 36000, 36044),
        (HOLDING, 37000, 37023),
        (HOLDING, 47500, 47520),
    )
    WRITABLE = {EMS_MODE: (1, 255), EMS_POWER: (0, 10000)}

    def _start(self) -> None:
        self._put(HOLDING, RATED, 10000)
        self._put_text(HOLDING, SERIAL, "9010KETU21AW0001", 8)
        self._put_text(HOLDING, MODEL, "GW10K-ET", 5)
        self._put(HOLDING, EMS_MODE, AUTO, 0)

    @property
    def mode(self) -> int:
        """EMS power mode."""
        return self._get(EMS_MODE)

    def _drive(self) -> None:
        power_w = self._get(EMS_POWER)
        if self.mode == CHARGE_BAT:
            self._force(-power_w)
        elif self.mode == DISCHARGE_BAT:
            self._force(power_w)
        elif self.mode == STANDBY:
            self._rest()
        else:
            self._self_use()

    def _refresh(self) -> None:
        plant = self.plant
        first_w = round(plant.pv_w * 0.6)
        self._put(HOLDING, PV1_V, 5200)
        self._put_32(HOLDING, PV1_W, first_w)
        self._put(HOLDING, PV2_V, 4800)
        self._put_32(HOLDING, PV2_W, round(plant.pv_w) - first_w)
        self._put(HOLDING, GRID_V, 2333)
        self._put(HOLDING, GRID_HZ, 4999)
        self._put_32(HOLDING, TOTAL_W, plant.inverter_ac_w)
        self._put(HOLDING, BATTERY_V, self._volt * 10, plant.battery_w / self._volt * 10)
        self._put_32(HOLDING, BATTERY_W, plant.battery_w)
        self._put(HOLDING, WORK_MODE, 1)
        self._put_32(HOLDING, METER, -plant.grid_w)
        self._put(HOLDING, BMS_TEMPERATURE, 245)
        self._put(HOLDING, BMS_CHARGE_A, plant.charge_limit_w // self._volt)
        self._put(HOLDING, BMS_DISCHARGE_A, plant.discharge_limit_w // self._volt)
        self._put(HOLDING, BMS_SOC, plant.soc_pct, 98)
