"""A Victron MultiPlus-II behind a Cerbo GX, unit 100.

From Victron's list of Modbus TCP registers and "ESS mode 2 and 3": battery charging +, grid
importing +. 2716 is the exchange with the grid that the GX's loop holds; it forgets it at a
restart.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter
from tools.house.plant import PASSIVE

SERIAL = 800
AC_PV_OUT, AC_PV_IN, LOAD, GRID = 808, 811, 817, 820
BATTERY_V, BATTERY_A, BATTERY_W, SOC, DC_PV = 840, 841, 842, 843, 850
SETPOINT, ESS_MODE = 2716, 2902
OPTIMISED, KEEP_CHARGED, EXTERNAL = 1, 2, 3
VOLT = 52.3


class VictronGX(Inverter):
    """The GX behind its registers."""

    NAME = "Victron GX MultiPlus-II 48/5000"
    SETPOINTS = (SETPOINT,)
    ADDRESS = 100
    HAS_SERIAL = False
    SERVED = tuple((f, 800, 870) for f in (HOLDING, INPUT)) + (
        (HOLDING, 2700, 2720),
        (HOLDING, 2900, 2905),
    )
    WRITABLE = {SETPOINT: (0, 0xFFFF), SETPOINT + 1: (0, 0xFFFF), ESS_MODE: (1, 3)}
    STORED = (ESS_MODE,)

    def __init__(self, plant, clock, *, address=None, mode=OPTIMISED):
        """As `Inverter`; `mode` is the stored ESS mode."""
        self._first_mode = mode or OPTIMISED
        super().__init__(plant, clock, address=address)

    def _start(self) -> None:
        self._put_32(HOLDING, SETPOINT, 0)
        self._put(HOLDING, ESS_MODE, self._first_mode)

    @property
    def mode(self) -> int:
        """ESS mode."""
        return self._get(ESS_MODE)

    def set_mode(self, mode: int) -> None:
        """Somebody chooses another ESS mode."""
        self._put(HOLDING, ESS_MODE, mode)

    def _drive(self) -> None:
        if self.mode == EXTERNAL:
            self._rest()
            return
        self.plant.mode = PASSIVE
        most_w = self.plant.max_discharge_w
        self.plant.command(-self.plant.max_charge_w, most_w, self._get_32(SETPOINT, signed=True))

    def _refresh(self) -> None:
        plant = self.plant
        for function in (HOLDING, INPUT):
            self._put_text(function, SERIAL, "c0619ab00001", 6)
            self._put(function, AC_PV_OUT, *[0] * 6)
            self._put(function, AC_PV_IN, plant.pv_w)
            self._put(function, LOAD, plant.load_w)
            self._put(function, GRID, plant.grid_w, 0, 0)
            power_w = -plant.battery_w
            self._put(function, BATTERY_V, VOLT * 10, power_w / VOLT * 10, power_w, plant.soc_pct)
            self._put(function, DC_PV, 0)
