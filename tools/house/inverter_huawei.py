"""A Huawei SUN2000-5KTL-L1 with a LUNA2000.

From wlcrs/huawei-solar-lib (registers.py) and evcc's huawei-sun2000-hybrid: battery charging +,
meter exporting +. A forced charge or discharge ends after the period, counted from the last
command.
"""

from tools.house.inverter_base import HOLDING, Inverter

MODEL, SERIAL = 30000, 30015
PV_POWER, VOLTAGE, AC_POWER, FREQUENCY, TEMPERATURE, STATUS = (
    32064,
    32069,
    32080,
    32085,
    32087,
    32089,
)
MAX_CHARGE, MAX_DISCHARGE = 37046, 37048
METER = 37113
SOC, BATTERY_STATE, BUS_VOLTAGE, BUS_CURRENT, BATTERY_POWER = 37760, 37762, 37763, 37764, 37765
PERIOD_MIN, WORKING_MODE, GRID_CHARGE = 47083, 47086, 47087
FORCIBLE, BY, CHARGE_W, DISCHARGE_W = 47100, 47246, 47247, 47249
STOP, CHARGE, DISCHARGE = 0, 1, 2
ON_GRID = 0x0200


class Huawei(Inverter):
    """The inverter behind its registers."""

    NAME = "Huawei SUN2000-5KTL-L1"
    SETPOINTS = (CHARGE_W, DISCHARGE_W)
    SERVED = (
        (HOLDING, 30000, 30040),
        (HOLDING, 32000, 32120),
        (HOLDING, 37000, 37140),
        (HOLDING, 37750, 37800),
        (HOLDING, 47075, 47110),
        (HOLDING, 47240, 47260),
    )
    WRITABLE = {
        PERIOD_MIN: (0, 1440),
        GRID_CHARGE: (0, 1),
        FORCIBLE: (0, 2),
        BY: (0, 1),
        **dict.fromkeys(range(CHARGE_W, DISCHARGE_W + 2), (0, 0xFFFF)),
    }
    STORED = (PERIOD_MIN, GRID_CHARGE, BY)

    def _start(self) -> None:
        self._put_text(HOLDING, MODEL, "SUN2000-5KTL-L1", 15)
        self._put_text(HOLDING, SERIAL, "HV2150000001", 10)
        self._put(HOLDING, PERIOD_MIN, 0)
        self._put(HOLDING, WORKING_MODE, 2, 1)
        self._put(HOLDING, FORCIBLE, STOP)
        self._put(HOLDING, BY, 1)
        self._put_32(HOLDING, CHARGE_W, 0)
        self._put_32(HOLDING, DISCHARGE_W, 0)

    @property
    def mode(self) -> int:
        """Forcible charge (1), discharge (2) or neither (0)."""
        return self._get(FORCIBLE)

    def _wrote(self, address: int, words: list[int]) -> None:
        if CHARGE_W <= address <= DISCHARGE_W and self._power_w(address) > self.plant.bms_w:
            self._put_32(HOLDING, address, self.plant.bms_w)

    def _power_w(self, address: int) -> int:
        return self._get_32(address)

    def _drive(self) -> None:
        period_s = 60 * self._get(PERIOD_MIN)
        if self.mode and self._get(BY) == 0 and self.clock() - self._told_at_s >= period_s:
            self._put(HOLDING, FORCIBLE, STOP)
            self.timeouts += 1
        if self.mode == CHARGE:
            self._force(-self._power_w(CHARGE_W))
        elif self.mode == DISCHARGE:
            self._force(self._power_w(DISCHARGE_W))
        else:
            self._self_use()

    def _refresh(self) -> None:
        plant = self.plant
        self._put_32(HOLDING, PV_POWER, plant.pv_w)
        self._put(HOLDING, VOLTAGE, 2321)
        self._put_32(HOLDING, AC_POWER, plant.inverter_ac_w)
        self._put(HOLDING, FREQUENCY, 5000)
        self._put(HOLDING, TEMPERATURE, 385)
        self._put(HOLDING, STATUS, ON_GRID)
        self._put_32(HOLDING, MAX_CHARGE, plant.charge_limit_w)
        self._put_32(HOLDING, MAX_DISCHARGE, plant.discharge_limit_w)
        self._put_32(HOLDING, METER, -plant.grid_w)
        self._put(HOLDING, SOC, plant.soc_pct * 10)
        self._put(HOLDING, BATTERY_STATE, 2)
        self._put(HOLDING, BUS_VOLTAGE, self._volt * 10)
        self._put(HOLDING, BUS_CURRENT, -plant.battery_w / self._volt * 10)
        self._put_32(HOLDING, BATTERY_POWER, -plant.battery_w)
