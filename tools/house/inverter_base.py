"""What the virtual inverters of all brands but Sofar share: registers, write rules, time.

A brand is a subclass in `inverter_<brand>.py` with the registers that it serves, what may be
written, and two methods: `_refresh` brings the live registers up to date, `_drive` makes the plant
do what the registers say. They are written from the makers' tables as public projects have them,
apart from the drivers in lib/inverter, so that they can judge those.

LIMIT: only what a driver of ours may meet is modelled; energies, schedules and backup are not.
"""

from tools.house.plant import OFF, PASSIVE, SELF_USE, STANDBY, Plant
from tools.house.sofar import RefusedError

HOLDING, INPUT = 3, 4
ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3


class Inverter:
    """An inverter behind its registers; `read` and `write` answer as it would on any wire."""

    NAME = "?"  # as its type plate has it
    ADDRESS = 1
    BAUD = 9600
    HAS_SERIAL = True
    TCP_PORT = 502
    FUNCTIONS = (3, 4, 6, 16)
    SETPOINTS = ()  # first registers of what commands the battery
    MOST = 125  # registers in one read
    #: What is served: (function, first, last register).
    SERVED = ()
    #: What may be written: register -> (lowest, highest), as words.
    WRITABLE = {}
    STORED = ()  # of those, kept over a power failure
    LOW_FIRST = False  # 32 bits come low word first

    def __init__(self, plant: Plant, clock, *, address: int | None = None, mode: int = 0):
        """Couple registers to `plant`; `clock()` gives house time [Unix s]."""
        self.plant = plant
        self.clock = clock
        self.address = self.ADDRESS if address is None else address
        self.writes = {}  # frames that wrote a register, by address
        self.eeprom_writes = {}
        self.timeouts = 0
        self.refusals = 0
        self._words = {HOLDING: {}, INPUT: {}}
        self._heard_at_s = self._told_at_s = clock()
        self._silent_until_s = self._ready_at_s = 0.0
        self._start()
        self._drive()

    # What a brand fills in

    def _start(self) -> None:
        """Put what stands in the registers at power-up."""

    def _refresh(self) -> None:
        """Bring the live registers up to date."""
        raise NotImplementedError

    def _drive(self) -> None:
        """Make the plant do what the registers say; called at each write and each tick."""
        raise NotImplementedError

    # What a port uses

    @property
    def mode(self) -> int:
        """A number that tells what it obeys; the brand's own."""
        return 0

    @property
    def stopped(self) -> bool:
        """Never forced into standby: that is Sofar's way."""
        return False

    @property
    def listening(self) -> bool:
        """Whether it has power."""
        return self.clock() >= self._silent_until_s

    def heard(self) -> None:
        """Something was said to it."""
        self._heard_at_s = self.clock()

    def read(self, address: int, count: int, function: int = HOLDING) -> list[int]:
        """The words of a read. Raises RefusedError for what it refuses."""
        self.heard()
        if not 1 <= count <= self.MOST:
            self._refuse(ILLEGAL_VALUE)
        if not self._serves(function, address, count):
            self._refuse(ILLEGAL_ADDRESS)
        self._refresh()
        words = self._words[function]
        return [words.get(at, 0) for at in range(address, address + count)]

    def write(self, address: int, words: list[int], function: int = 16) -> None:
        """Write registers, all or nothing. Raises RefusedError for what it refuses."""
        self.heard()
        for at, word in enumerate(words, address):
            if at not in self.WRITABLE:
                self._refuse(ILLEGAL_ADDRESS)
            low, high = self.WRITABLE[at]
            if not low <= word <= high:
                self._refuse(ILLEGAL_VALUE)
        for at, word in enumerate(words, address):
            self._words[HOLDING][at] = word
            self.writes[at] = self.writes.get(at, 0) + 1
            if at in self.STORED:
                self.eeprom_writes[at] = self.eeprom_writes.get(at, 0) + 1
        self._told_at_s = self.clock()
        self._wrote(address, words)
        self._obey()

    def tick(self) -> None:
        """Let time pass. Call it several times a second."""
        self._obey()

    def set_mode(self, mode: int) -> None:
        """Somebody chooses another mode on the display: the brand's own number."""
        raise ValueError(f"{self.NAME}: no mode to choose")

    def power_cycle(self, off_s: float = 20.0, connect_s: float = 60.0) -> None:
        """Power fails for `off_s` [s]; `connect_s` [s] later it delivers again."""
        now_s = self.clock()
        self._silent_until_s = now_s + off_s
        self._ready_at_s = now_s + off_s + connect_s
        kept = {at: self._words[HOLDING].get(at, 0) for at in self.STORED}
        self._start()
        self._words[HOLDING].update(kept)
        self._obey()

    # For the brands

    def _wrote(self, address: int, words: list[int]) -> None:
        """Called after each write, before `_drive`."""

    def _obey(self) -> None:
        if self.clock() < self._ready_at_s:
            self.plant.mode = OFF
        else:
            self._drive()

    def _serves(self, function: int, address: int, count: int) -> bool:
        for served, first, last in self.SERVED:
            if served == function and first <= address and address + count - 1 <= last:
                return True
        return False

    def _refuse(self, code: int) -> None:
        self.refusals += 1
        raise RefusedError(code)

    def _get(self, address: int) -> int:
        return self._words[HOLDING].get(address, 0)

    def _get_s16(self, address: int) -> int:
        word = self._get(address)
        return word - 0x10000 if word & 0x8000 else word

    def _get_32(self, address: int, signed: bool = False) -> int:
        high, low = self._get(address), self._get(address + 1)
        if self.LOW_FIRST:
            high, low = low, high
        value = high << 16 | low
        return value - (1 << 32) if signed and value >> 31 else value

    def _put(self, function: int, address: int, *values) -> None:
        """Store whole numbers one register each, below zero as two's complement."""
        for at, value in enumerate(values, address):
            self._words[function][at] = round(value) & 0xFFFF

    def _put_32(self, function: int, address: int, value: float) -> None:
        value = round(value) & 0xFFFFFFFF
        high, low = value >> 16, value & 0xFFFF
        pair = (low, high) if self.LOW_FIRST else (high, low)
        self._put(function, address, *pair)

    def _put_text(self, function: int, address: int, text: str, count: int) -> None:
        raw = text.encode().ljust(2 * count, b"\0")
        for i in range(count):
            self._put(function, address + i, raw[2 * i] << 8 | raw[2 * i + 1])

    def _force(self, battery_w: float) -> None:
        """Hold the battery at that power."""
        self.plant.mode = PASSIVE
        self.plant.command(battery_w, battery_w)

    def _self_use(self) -> None:
        """Let the inverter's own loop work."""
        self.plant.mode = SELF_USE

    def _rest(self) -> None:
        """Keep the battery out."""
        self.plant.mode = STANDBY

    @property
    def _volt(self) -> float:
        """Battery voltage: 400 V at 57 %, half a volt for each percent."""
        return 400 + (self.plant.soc_pct - 57) * 0.5
