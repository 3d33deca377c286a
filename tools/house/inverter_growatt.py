"""A Growatt MOD 5000TL3-XH by the VPP protocol.

From 0xAHA/Growatt_ModbusTCP (docs/developer/protocol-vpp.md, profiles/mod.py): charging +, in
percent of the battery's power; nothing obeys without authority (30100) and remote control (30407)
together; authority alone leaves the battery idle. Discharging and charging, importing and
exporting have a register each. 30408 is stored and does not act: in the field it is not to be
relied upon.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

SERIAL, TYPE_CODE = 3001, 30000
STATUS, PV_W, PV1_V, PV1_W, PV2_V, PV2_W = 3000, 3001, 3003, 3005, 3007, 3009
OUT_W, FREQUENCY, VOLTAGE, TO_USER, TO_GRID = 3023, 3025, 3026, 3041, 3043
BATTERY_V, SOC, DISCHARGE_W, CHARGE_W = 3169, 3171, 3178, 3180
AUTHORITY, REMOTE, MINUTES, PERCENT = 30100, 30407, 30408, 30409


class Growatt(Inverter):
    """The inverter behind its registers."""

    NAME = "Growatt MOD 5000TL3-XH"
    SETPOINTS = (PERCENT,)
    SERVED = (
        (INPUT, 3000, 3124),
        (INPUT, 3125, 3249),
        (HOLDING, 3000, 3124),
        (HOLDING, 30000, 30110),
        (HOLDING, 30400, 30480),
    )
    WRITABLE = {
        AUTHORITY: (0, 1),
        REMOTE: (0, 1),
        MINUTES: (0, 1440),
        PERCENT: (0, 0xFFFF),
    }
    STORED = (AUTHORITY,)

    def _start(self) -> None:
        self._put_text(HOLDING, SERIAL, "GWT0000001", 5)
        self._put(HOLDING, TYPE_CODE, 5400)
        self._put(HOLDING, AUTHORITY, 0)
        self._put(HOLDING, REMOTE, 0, 0, 0)

    @property
    def mode(self) -> int:
        """Authority and remote control: 0..3."""
        return self._get(AUTHORITY) + 2 * self._get(REMOTE)

    def write(self, address: int, words: list[int], function: int = 16) -> None:
        """Percent lie between -100 and 100. Raises RefusedError for what it refuses."""
        if address == PERCENT and 100 < words[0] < 0x10000 - 100:
            self.heard()
            self._refuse(3)
        super().write(address, words, function)

    def _drive(self) -> None:
        if not self._get(AUTHORITY):
            self._self_use()
        elif not self._get(REMOTE):
            self._rest()
        else:
            percent = self._get_s16(PERCENT)
            plant = self.plant
            most_w = plant.max_charge_w if percent > 0 else plant.max_discharge_w
            self._force(-percent * most_w / 100)

    def _refresh(self) -> None:
        plant = self.plant
        first_w = plant.pv_w * 0.45
        self._put(INPUT, STATUS, 5)
        self._put_32(INPUT, PV_W, plant.pv_w * 10)
        self._put(INPUT, PV1_V, 4500)
        self._put_32(INPUT, PV1_W, first_w * 10)
        self._put(INPUT, PV2_V, 4700)
        self._put_32(INPUT, PV2_W, (plant.pv_w - first_w) * 10)
        self._put_32(INPUT, OUT_W, plant.inverter_ac_w * 10)
        self._put(INPUT, FREQUENCY, 5003, 2301)
        self._put_32(INPUT, TO_USER, max(0, plant.grid_w) * 10)
        self._put_32(INPUT, TO_GRID, max(0, -plant.grid_w) * 10)
        self._put(INPUT, BATTERY_V, self._volt * 100)
        self._put(INPUT, SOC, plant.soc_pct)
        self._put_32(INPUT, DISCHARGE_W, max(0, plant.battery_w) * 10)
        self._put_32(INPUT, CHARGE_W, max(0, -plant.battery_w) * 10)
