"""A SOFAR ESI 3K-S1: its registers coupled to the plant, its write rules and its time-out.

It answers `read` and `write` as the inverter would and knows no wire; `rtu_port` puts it on one.
Signs on the registers are SOFAR's: battery charge +, grid export +, except the passive grid target
(import +). They are turned here, once. Sources: `sofar_map`.

LIMIT: feed-in limit, power limits and the timed modes are stored but do not act; every mode but
passive runs as self-use.
"""

import datetime
import struct

from tools.house import sofar_map
from tools.house.meter import TIMEZONE, local_time
from tools.house.plant import OFF, PASSIVE, SELF_USE, STANDBY, Plant

ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3

_SPACE = 0x2000
_FIRST_STRING = 340 / 640  # share of the solar power on the first string
_BATTERY_V = (400.0, 57.0, 0.5)  # voltage, at this SoC [%], rise per percent
_MODULE_WH = 5000
_PASSIVE_MODE = 3
_WAIT, _CHECK, _ON_GRID, _STANDBY_MONITORING = 0, 1, 2, 11
_CHARGING, _DISCHARGING, _SLEEPING = 1, 2, 3


class RefusedError(Exception):
    """The inverter answers with an exception; the code is the only argument."""


class Sofar:
    """The inverter behind its registers."""

    ADDRESS = 1
    BAUD = 9600
    HAS_SERIAL = True
    TCP_PORT = 0
    SETPOINTS = (0x1187, 0x1189)  # first registers of what commands the battery

    def __init__(self, plant: Plant, clock, *, address: int = 1, mode: int = 0):
        """Couple registers to `plant`; `clock()` gives house time [Unix s].

        `mode` is the stored storage mode (register 1110) at power-up; set-points start at zero and
        the passive time-out disabled, as in a fresh unit.
        """
        self.plant = plant
        self.clock = clock
        self.writes = {}  # frames that wrote a register, by address
        self.eeprom_writes = {}  # the same, for registers that are kept in EEPROM
        self.timeouts = 0
        self.refusals = 0
        self._words = [0] * _SPACE
        self._previous_mode = SELF_USE
        self._stopped = False  # forced standby by the time-out
        self._clock_offset_s = 0.0
        self._heard_at_s = self._started_s = clock()
        self._silent_until_s = self._ready_at_s = 0.0
        self._today = local_time(self._started_s).date()
        self._today_base = {row[0]: -10.0 * row[2] for row in sofar_map.ENERGIES}
        for base, mask in sofar_map.PAGES.items():
            self._put(base, mask or ())
        for base, words in sofar_map.START:
            self._put(base, words)
        self._words[0x100B] = address
        self._words[0x104D] = round(100 - plant.soc_min_pct)
        self._words[0x1110] = mode
        self._drive()

    @property
    def address(self) -> int:
        """Bus address [1..247]."""
        return self._words[0x100B]

    @property
    def mode(self) -> int:
        """Storage mode, register 1110."""
        return self._words[0x1110]

    @property
    def listening(self) -> bool:
        """Whether it hears the bus at all: not while it has no power."""
        return self.clock() >= self._silent_until_s

    @property
    def stopped(self) -> bool:
        """Whether the passive time-out has forced it into standby.

        Assumed, not measured: a new set-point or storage mode takes it out again.
        """
        return self._stopped

    def heard(self) -> None:
        """Any communication counts for the passive time-out, reads and refused requests too."""
        self._heard_at_s = self.clock()

    def read(self, address: int, count: int) -> list[int]:
        """The words of a read. Raises RefusedError for what the inverter refuses."""
        self.heard()
        self._check_page(address)
        if address < sofar_map.CONFIG and count > sofar_map.MOST_REALTIME:
            self._refuse(ILLEGAL_VALUE)
        if address // sofar_map.PAGE != (address + count - 1) // sofar_map.PAGE:
            self._refuse(ILLEGAL_ADDRESS)
        self._refresh()
        return self._words[address : address + count]

    def write(self, address: int, words: list[int]) -> None:
        """Write a block, all or nothing. Raises RefusedError for what the inverter refuses."""
        self.heard()
        self._check_page(address)
        rule = sofar_map.rule_for(address)
        if rule is None:
            self._refuse(ILLEGAL_ADDRESS)
        start, counts, wrong_count, inside, stored = rule
        if address != start:
            self._refuse(inside)
        if len(words) not in counts:
            self._refuse(wrong_count)
        if not self._acceptable(address, words):
            self._refuse(ILLEGAL_VALUE)
        self._store(address, words, stored)

    def tick(self) -> None:
        """Let time pass: passive time-out, start-up, midnight. Call it several times a second."""
        now_s = self.clock()
        timeout_s = self._words[0x1184]
        passive = self.mode == _PASSIVE_MODE and not self._stopped
        if passive and timeout_s and now_s - self._heard_at_s >= timeout_s:
            self._time_out()
        if self.plant.mode == OFF and now_s >= self._ready_at_s:
            self._drive()
        today = local_time(now_s).date()
        if today != self._today:
            self._today = today
            self._today_base = dict(self.plant.energy_wh)

    def set_mode(self, mode: int) -> None:
        """Somebody chooses another storage mode on the display."""
        self._store(0x1110, [mode], True)

    def power_cycle(self, off_s: float = 20.0, connect_s: float = 60.0) -> None:
        """Power fails for `off_s` [s]; `connect_s` [s] later it delivers again."""
        now_s = self.clock()
        self._silent_until_s = now_s + off_s
        self._ready_at_s = now_s + off_s + connect_s
        for base, words in sofar_map.VOLATILE:
            self._put(base, words)
        self._stopped = False
        self._heard_at_s = self._silent_until_s
        self._apply_setpoints()
        self._drive()

    def _check_page(self, address: int) -> None:
        if address in sofar_map.NO_FUNCTION:
            self._refuse(1)
        if address & ~(sofar_map.PAGE - 1) not in sofar_map.PAGES:
            self._refuse(ILLEGAL_ADDRESS)

    def _refuse(self, code: int) -> None:
        self.refusals += 1
        raise RefusedError(code)

    def _acceptable(self, address: int, words: list[int]) -> bool:
        for at, word in enumerate(words, address):
            low, high = sofar_map.RANGES.get(at, (0, 0xFFFF))
            if not low <= word <= high or word not in sofar_map.APPLY.get(at, (word,)):
                return False
        if address == 0x1004:
            return _date_of(words) is not None
        if address == 0x1111:
            return self.mode not in (1, 2)
        if address == 0x1044 and len(words) == 16:
            return words[9] <= words[10]  # DOD may not exceed EOD
        if address in (0x1187, 0x1189):
            lowest = 0x1189 - address
            return _s32(words, lowest) <= _s32(words, lowest + 2)
        return True

    def _store(self, address: int, words: list[int], stored: bool) -> None:
        if address == 0x1110 and self.mode != _PASSIVE_MODE:
            self._previous_mode = self.mode
        self._put(address, words)
        for at in range(address, address + len(words)):
            self.writes[at] = self.writes.get(at, 0) + 1
            if stored:
                self.eeprom_writes[at] = self.eeprom_writes.get(at, 0) + 1
            if at in sofar_map.APPLY:
                self._words[at] = 0  # result: ok
        if address == 0x1004:
            self._clock_offset_s = _date_of(words).timestamp() - self.clock()
        elif address in (0x1187, 0x1189):
            self._stopped = False
            self._apply_setpoints()
        elif address in (0x1104, 0x1110):
            self._stopped = False
        self.plant.soc_min_pct = 100 - self._words[0x104D]
        self.plant.soc_max_pct = self._words[0x105B]
        self._drive()

    def _apply_setpoints(self) -> None:
        grid_w, low_w, high_w = (_s32(self._words, at) for at in (0x1187, 0x1189, 0x118B))
        self.plant.command(-high_w, -low_w, grid_w)

    def _drive(self) -> None:
        """Make the plant do what mode, switch and time-out say."""
        if not self._words[0x1104] or self.clock() < self._ready_at_s:
            self.plant.mode = OFF
        elif self._stopped:
            self.plant.mode = STANDBY
        else:
            self.plant.mode = PASSIVE if self.mode == _PASSIVE_MODE else SELF_USE

    def _time_out(self) -> None:
        self.timeouts += 1
        if self._words[0x1185]:
            self._words[0x1110] = self._previous_mode
        else:
            self._stopped = True
        self._drive()

    def _put(self, address: int, words) -> None:
        self._words[address : address + len(words)] = words

    def _refresh(self) -> None:
        """Bring the live registers up to date."""
        now_s = self.clock()
        clock = local_time(now_s + self._clock_offset_s)
        moment = (clock.year % 100, *clock.timetuple()[1:6])
        self._put(0x042C, moment)
        self._put(0x1004, moment)
        self._put(0x0404, (self._running_state(),))
        self._put(0x0417, (max(0, min(999, int(self._ready_at_s - now_s))),))
        minutes = int(now_s - self._started_s) // 60
        since_midnight = clock.hour * 60 + clock.minute
        same_day = local_time(self._started_s).date() == self._today
        self._put(0x0426, (512 + minutes if same_day else since_midnight,))
        self._put(0x0427, _u32(0x4B5A + minutes) + _u32(0x6C31 + minutes))
        self._refresh_powers()
        self._refresh_battery()
        for name, today_at, _, total_at, total in sofar_map.ENERGIES:
            energy_wh = self.plant.energy_wh[name]
            self._put(today_at, _u32(int((energy_wh - self._today_base[name]) / 10 + 1e-6)))
            self._put(total_at, _u32(int(total + energy_wh / 100 + 1e-6)))

    def _running_state(self) -> int:
        if not self._words[0x1104]:
            return _WAIT
        if self.plant.mode == OFF:
            return _CHECK
        return _STANDBY_MONITORING if self._stopped else _ON_GRID

    def _refresh_powers(self) -> None:
        plant = self.plant
        out = round(plant.inverter_ac_w / 10)
        pcc = round(-plant.grid_w / 10)
        volt = self._words[0x048D] / 10
        self._put(0x0485, (_s16(out), 0, abs(out), _s16(pcc)))
        self._put(0x048B, (_s16(round(-plant.grid_w / 100)),))
        self._put(0x048E, (round(abs(out) * 1000 / volt), _s16(out)))
        self._put(0x0492, (round(abs(pcc) * 1000 / volt), _s16(pcc)))
        self._put(0x04AF, (max(0, out - pcc),))
        pv = round(plant.pv_w / 10)
        first = round(plant.pv_w * _FIRST_STRING / 10)
        for base, volt, power in ((0x0584, 310.0, first), (0x0587, 300.0, pv - first)):
            lit = power > 0
            self._put(base, (round(volt * 10) * lit, round(power * 1000 / volt), power))
        self._put(0x05C4, (round(plant.pv_w / 100),))

    def _refresh_battery(self) -> None:
        plant = self.plant
        volt = _BATTERY_V[0] + (plant.soc_pct - _BATTERY_V[1]) * _BATTERY_V[2]
        power = round(-plant.battery_w / 10)
        soc = round(plant.soc_pct)
        cycles = 42 + int(plant.throughput_wh / 2 / plant.capacity_wh)
        state = _CHARGING if power > 0 else _DISCHARGING if power < 0 else _SLEEPING
        charge_w, discharge_w = round(plant.charge_limit_w), round(plant.discharge_limit_w)
        self._put(0x0604, (round(volt * 10), _s16(round(power * 1000 / volt)), _s16(power)))
        self._put(0x0608, (soc,))
        self._put(0x060A, (cycles,))
        self._put(0x0644, (round(charge_w * 100 / volt), round(discharge_w * 100 / volt), state))
        self._put(0x0667, (_s16(round(-plant.battery_w / 100)), soc))
        modules = max(1, round(plant.capacity_wh / _MODULE_WH))
        self._put(0x066A, (modules, round(plant.capacity_wh / _BATTERY_V[0])))
        self._put(0x066C, _u32(charge_w) + _u32(discharge_w))


def _s16(value: int) -> int:
    return max(-0x8000, min(value, 0x7FFF)) & 0xFFFF


def _u32(value: int) -> tuple[int, int]:
    return value >> 16 & 0xFFFF, value & 0xFFFF


def _s32(words: list[int], at: int) -> int:
    return struct.unpack(">i", struct.pack(">HH", words[at], words[at + 1]))[0]


def _date_of(words: list[int]) -> datetime.datetime | None:
    year, month, day, hour, minute, second = words[:6]
    try:
        return datetime.datetime(2000 + year, month, day, hour, minute, second, tzinfo=TIMEZONE)
    except ValueError:
        return None
