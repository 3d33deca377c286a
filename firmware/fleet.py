"""Further devices on the bus of the first inverter: battery inverters, PV inverters, meters.

Imported when the settings name one. Each has a task of its own, so that one which does not answer
holds up nobody: the bus asks it ever less. What the house sees is the sum (`sum`), what each
battery is told its share (`share_w`). They start one by one, as long as there is memory left for
the rest of the board.
"""

import asyncio
import gc

import ticks
from micropython import const

from firmware.inverter import Inverter
from inverter.record import InverterState
from inverter.share import mean_soc_pct, split

_RESTART_MS = const(5000)
_START_MS = const(4000)  # after which a device has taken what memory it needs
_ROOM = const(11000)  # bytes that must be free for one more,
_PIECE = const(4096)  # ... so many of them in one piece,
_AIR = const(2048)  # and so many in one piece once it runs
_SUMS = (
    "battery_w",
    "pv_w",
    "inverter_w",
    "battery_max_charge_w",
    "battery_max_discharge_w",
    "written_w",
    "setpoint_w",
    "max_charge_w",
    "max_discharge_w",
    "rated_w",
)
#: What the sum shows of the first inverter.
_FIRST = (
    "model",
    "serial",
    "software",
    "phase",
    "problem",
    "inverter_temp_c",
    "faults",
    "mode",
    "timeout_s",
    "running_state",
    "pcc_w",
    "grid_mhz",
    "l1_dv",
    "export_limit_w",
)


class Fleet:
    """The devices besides the first, and all of them as one."""

    def __init__(self, first, bus, state, settings, ticks_ms):
        """Run devices 2..8 beside `first`, an Inverter."""
        self._make = lambda slot: Inverter(
            bus, _Voiced(state, slot), settings, ticks_ms, slot=slot, fleet=self
        )
        self._state = state
        self._ticks_ms = ticks_ms
        self._tasks = {}
        self._wanted = []
        self._starting = None
        self._site = InverterState()
        self._shared_seq = None
        self._shares = {}
        self.members = [first]

    def follow(self, devices: list):
        """Serve the devices that are named: `devices` are the texts of slots 2..8."""
        self._wanted = [i + 2 for i in range(len(devices)) if devices[i]]
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())

    async def _start(self):
        """Start what is wanted and does not run, one after the other."""
        for slot in range(2, 9):
            if slot not in self._wanted or slot in self._tasks:
                continue
            if not _has_room():
                self._state.journal.raise_alarm("device", str(slot), "no_memory")
                continue
            self._state.journal.clear("device", str(slot))
            member = self._make(slot)
            self.members.append(member)
            self._tasks[slot] = asyncio.create_task(self._serve(member))
            await asyncio.sleep_ms(_START_MS)
            if slot in self._tasks and not _has_piece(_AIR):
                self._tasks[slot].cancel()
                self._give_up(member)
        self._starting = None

    async def _serve(self, member):
        while member in self.members:
            try:
                await member.run()
            except MemoryError:
                self._give_up(member)
            except Exception as error:
                self._state.journal.add("task_died", "device", type(error).__name__)
            await asyncio.sleep_ms(_RESTART_MS)

    def _give_up(self, member):
        """Let a device go for which there is no room after all: the others need what is left."""
        slot = member.slot
        self.members.remove(member)
        self._tasks.pop(slot, None)
        self._state.journal.raise_alarm("device", str(slot), "no_memory")

    async def hand_back(self):
        """End the tasks of all further devices and leave those that we command to themselves."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        for member in self.members[1:]:
            await member.leave()
        del self.members[1:]

    # All as one

    def share_w(self, member, total_w: int) -> int:
        """The share of `member` in the set-point `total_w` of the house."""
        if not member.record.ready:
            return 0
        seq = self._state.setpoint.seq
        if self._shared_seq != seq or member.slot not in self._shares:
            ready = self._ready()
            powers = split(total_w, [_battery(one) for one in ready])
            self._shares = {}
            for i in range(len(ready)):
                self._shares[ready[i].slot] = powers[i]
            self._shared_seq = seq
        return self._shares.get(member.slot, 0)

    def _ready(self) -> list:
        return [member for member in self.members if member.record.ready]

    def sum(self) -> InverterState:
        """What the house sees: sums of powers; ready when one battery is.

        The state of charge is the mean by capacity, the time that of the oldest value.
        """
        site, ready = self._site, self._ready()
        first = self.members[0].record
        for name in _FIRST:
            setattr(site, name, getattr(first, name))
        for name in _SUMS:
            members = self.members if name in ("pv_w", "inverter_w") else ready or self.members[:1]
            setattr(site, name, _sum(members, name))
        batteries = [_battery(member) for member in ready or self.members[:1]]
        site.soc_pct = mean_soc_pct(batteries)
        site.ready = bool(ready)
        if ready:
            site.problem = None
            site.phase = "run"
        site.battery_at_ms = self._oldest(ready or self.members[:1])
        return site

    def _oldest(self, members: list) -> "int | None":
        oldest_ms, most_ms, now_ms = None, -1, self._ticks_ms()
        for member in members:
            at_ms = member.record.battery_at_ms
            if at_ms is None:
                return None
            age_ms = ticks.diff(now_ms, at_ms)
            if age_ms > most_ms:
                oldest_ms, most_ms = at_ms, age_ms
        return oldest_ms

    def status(self) -> list:
        """One object for each further device, for the page."""
        found = []
        for member in self.members[1:]:
            record = member.record
            found.append(
                dict(
                    slot=member.slot,
                    model=record.model,
                    problem=record.problem,
                    ready=record.ready,
                    battery_w=record.battery_w,
                    soc_pct=record.soc_pct,
                    pv_w=record.pv_w,
                    inverter_w=record.inverter_w,
                    pcc_w=record.pcc_w,
                    written_w=record.written_w,
                )
            )
        return found


def _has_room() -> bool:
    """Whether one more device leaves room enough, and that in pieces of some size."""
    gc.collect()
    return gc.mem_free() >= _ROOM and _has_piece(_PIECE)


def _has_piece(size: int) -> bool:
    """Whether `size` bytes are free in one piece."""
    try:
        return len(bytearray(size)) > 0
    except MemoryError:
        return False


def _battery(member) -> tuple:
    record = member.record
    return (
        member.capacity_wh,
        record.soc_pct,
        record.battery_max_charge_w or 0,
        record.battery_max_discharge_w or 0,
    )


def _sum(members: list, name: str) -> "int | None":
    """Sum of what is known; None when nothing is, or when a battery's own value is missing."""
    total = None
    for member in members:
        value = getattr(member.record, name)
        if value is not None:
            total = value + (total or 0)
        elif name == "battery_w":
            return None
    return total


class _Voiced:
    """The state as a further device sees it: its alarms are told under its number."""

    def __init__(self, state, slot: int):
        self.setpoint = state.setpoint
        self.inverter = state.inverter
        self.journal = _Voice(state.journal, str(slot))
        self.count = state.count
        self.meter = state.meter
        self.latency_ms = None  # is that of the first


class _Voice:
    """A journal in which all alarms of one device are the alarm "device", with the newest code."""

    def __init__(self, journal, name: str):
        self._journal = journal
        self._name = name
        self._codes = []

    def add(self, code: str, *args):
        self._journal.add(code, *args)

    def raise_alarm(self, code: str, *args):
        if code not in self._codes:
            self._codes.append(code)
            self._journal.raise_alarm("device", self._name, code)

    def clear(self, code: str):
        if code in self._codes:
            self._codes.remove(code)
            if self._codes:
                self._journal.raise_alarm("device", self._name, self._codes[-1])
            else:
                self._journal.clear("device", self._name)
