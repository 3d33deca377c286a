"""A Sofar HYD 4000-ES: the older protocol with commands in a function of its own.

From the protocol document of HYD-ES and ME3000SP as Sofar2mqtt and ha-solarman have it: function
0x42 commands, 0x49 is the heartbeat; without one for 60 s it goes to standby. The vendor counts
battery power + when charging and the grid + when exporting. Assumed, not measured: the answer to a
heartbeat has one word, and standby ends with the next accepted command.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

COMMAND, HEARTBEAT = 0x42, 0x49
STANDBY, DISCHARGE, CHARGE, AUTO = 0x0100, 0x0101, 0x0102, 0x0103
MODE = 0x1200
SELF_USE, PASSIVE = 0, 3
OK, WRONG_MODE, INVALID = 0, 1, 4
_MOST_W = 3000
_HEARTBEAT_S = 60.0


class SofarES(Inverter):
    """The inverter behind its registers."""

    NAME = "Sofar HYD 4000-ES"
    HAS_SERIAL = True
    TCP_PORT = 0
    FUNCTIONS = (3, 4, 16, COMMAND, HEARTBEAT)
    SETPOINTS = (DISCHARGE, CHARGE)
    MOST = 60
    SERVED = ((HOLDING, 0x0200, 0x0255), (HOLDING, MODE, MODE), (INPUT, 0x2000, 0x200B))
    WRITABLE = {MODE: (0, 3)}
    STORED = (MODE,)

    def _start(self) -> None:
        self._put_text(INPUT, 0x2001, "SM1ES140M00001", 7)
        self._put(HOLDING, MODE, SELF_USE)
        self.command = (AUTO, 0)
        self._beat_at_s = self.clock()
        self._stopped = False

    @property
    def mode(self) -> int:
        """Working mode, register 1200."""
        return self._get(MODE)

    @property
    def stopped(self) -> bool:
        """Whether the missing heartbeat has forced it into standby."""
        return self._stopped

    def set_mode(self, mode: int) -> None:
        """Somebody chooses another mode on the display."""
        self._put(HOLDING, MODE, mode)
        self._obey()

    def special(self, function: int, address: int, value: int) -> int:
        """Function 0x42 or 0x49; returns the word of its answer."""
        self.heard()
        if function == HEARTBEAT:
            self._beat_at_s = self.clock()
            return 0
        if self.mode != PASSIVE:
            return WRONG_MODE
        if address not in (STANDBY, DISCHARGE, CHARGE, AUTO):
            return INVALID
        if address in (DISCHARGE, CHARGE) and value > _MOST_W:
            return INVALID
        self.writes[address] = self.writes.get(address, 0) + 1
        self.command = (address, value)
        self._beat_at_s = self.clock()
        self._stopped = False
        self._obey()
        return 0x0300 | OK

    def tick(self) -> None:
        """Let time pass: the heartbeat's time-out too."""
        late = self.clock() - self._beat_at_s >= _HEARTBEAT_S
        if self.mode == PASSIVE and late and not self._stopped:
            self._stopped = True
            self.timeouts += 1
        super().tick()

    def _drive(self) -> None:
        what, value = self.command
        if self.mode != PASSIVE or what == AUTO:
            self._self_use()
        elif self._stopped or what == STANDBY:
            self._rest()
        else:
            self._force(value if what == DISCHARGE else -value)

    def _refresh(self) -> None:
        plant = self.plant
        volt = 50 + (plant.soc_pct - 50) * 0.05
        self._put(HOLDING, 0x0200, 0 if self._stopped else 2, 0, 0, 0, 0, 0, 2305)
        self._put(HOLDING, 0x020C, 5000, -plant.battery_w / 10, volt * 10)
        self._put(HOLDING, 0x020F, -plant.battery_w / volt * 100, plant.soc_pct, 24)
        self._put(HOLDING, 0x0212, -plant.grid_w / 10, plant.load_w / 10)
        self._put(HOLDING, 0x0214, plant.inverter_ac_w / 10, plant.pv_w / 10)
        self._put_32(HOLDING, 0x021C, 5321)
        self._put_32(HOLDING, 0x0226, 1244)
        self._put_32(HOLDING, 0x0228, 1130)
        self._put(HOLDING, 0x022C, 42)
        self._put(HOLDING, 0x0237, 99, 38, 41)
