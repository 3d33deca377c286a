"""A SolaX X1-Hybrid-5.0-D (G4).

From wills106/homeassistant-solax-modbus (plugin_solax; docs on mode 1) and openWB: battery
charging +, feed-in exporting +, low word first. Mode 1 holds the power into the AC side less the
sun, `active power = charge - pv`, for its duration; then the inverter's own mode is back.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

SERIAL, FACTORY = 0x00, 0x07
GRID_V, GRID_A, GRID_W, PV1_V, PV2_V = 0x00, 0x01, 0x02, 0x03, 0x04
GRID_HZ, TEMPERATURE, RUN_MODE, PV1_W, PV2_W = 0x07, 0x08, 0x09, 0x0A, 0x0B
BATTERY_V, BATTERY_A, BATTERY_W, BATTERY_TEMPERATURE, SOC = 0x14, 0x15, 0x16, 0x18, 0x1C
FEED_IN = 0x46
CONTROL, SET_TYPE, ACTIVE_W, DURATION = 0x7C, 0x7D, 0x7E, 0x82
CONTROL_WORDS = 13
POWER_CONTROL = 1


class SolaX(Inverter):
    """The inverter behind its registers."""

    NAME = "SolaX X1-Hybrid-5.0-D"
    SETPOINTS = (CONTROL,)
    BAUD = 19200
    LOW_FIRST = True
    SERVED = ((HOLDING, 0x00, 0x12F), (INPUT, 0x00, 0x12F))
    WRITABLE = dict.fromkeys(range(CONTROL, CONTROL + CONTROL_WORDS), (0, 0xFFFF))

    def _start(self) -> None:
        self._put_text(HOLDING, SERIAL, "H450TEST000001", 7)
        self._put_text(HOLDING, FACTORY, "solax", 7)
        self._put(HOLDING, CONTROL, *[0] * CONTROL_WORDS)

    @property
    def mode(self) -> int:
        """Mode of the remote control, 0 for none."""
        return self._get(CONTROL)

    def write(self, address: int, words: list[int], function: int = 16) -> None:
        """Remote control goes in one piece. Raises RefusedError for what it refuses."""
        if address == CONTROL and len(words) != CONTROL_WORDS:
            self.heard()
            self._refuse(3)
        super().write(address, words, function)

    def _drive(self) -> None:
        if self.mode and self.clock() - self._told_at_s >= self._get(DURATION):
            self._put(HOLDING, CONTROL, 0)
            self.timeouts += 1
        if self.mode == POWER_CONTROL:
            self._force(-self._get_32(ACTIVE_W, signed=True) - self.plant.pv_w)
        else:
            self._self_use()

    def _refresh(self) -> None:
        plant = self.plant
        first_w = round(plant.pv_w / 3)
        self._put(INPUT, GRID_V, 2329, abs(plant.inverter_ac_w) / 23.29, plant.inverter_ac_w)
        self._put(INPUT, PV1_V, 2950, 3050)
        self._put(INPUT, GRID_HZ, 4998, 41, 2, first_w, round(plant.pv_w) - first_w)
        power_w = -plant.battery_w
        self._put(INPUT, BATTERY_V, self._volt * 10, power_w / self._volt * 10, power_w)
        self._put(INPUT, BATTERY_TEMPERATURE, 22)
        self._put(INPUT, SOC, plant.soc_pct)
        self._put_32(INPUT, FEED_IN, -plant.grid_w)
