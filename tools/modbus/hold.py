"""`write`: a battery power that is held as the firmware holds it, or registers as they are.

The firmware's own task does the work: it takes over as the driver says, refreshes, reads back and
hands back. Here somebody decides once a second what a meter would let the governor decide.
"""

import asyncio
import signal
import sys
import time

from firmware.state import Setpoint
from modbus.rtu import WRITE_MULTIPLE, ModbusError
from tools.modbus import show
from tools.modbus.link import Link, PortError, ticks_ms
from tools.modbus.session import Session

_VALID_MS = 5000
_TRIES = 3  # to hand back
_FOR_GOOD = ("read_only", "no_deadman", "inverter_model")  # waiting does not help
PROBLEMS = {
    "starting": "it has not answered everything in time; check the line",
    "inverter_silent": "it does not answer any more; check the line",
    "inverter_unknown": "it does not serve what the family needs; `identify` tells more",
    "deadman_not_armed": "its own time-out cannot be set; set it on its display",
    "no_deadman": "it has no time-out of its own: if this computer fails it holds the last order. "
    "If you stay beside it, say --accept-no-deadman",
    "setpoint_not_taken": "it does not take the set-point; allow remote control in its menu",
    "not_passive": "it does not enter the mode that obeys; choose it on its display",
}


async def hold(session: Session, battery_w: int, options) -> int:
    """Hold `battery_w` (charging below zero) until Ctrl-C or `options.seconds` are over."""
    await session.identify()
    await session.look()
    for block in session.blocks():
        if block not in session.access.absent:
            await session.read_block(block)
    try:
        _print_plan(session, battery_w)
    except ValueError:
        print(f"{battery_w} W is more than this family can be told", file=sys.stderr)
        return 2
    if not options.yes:
        print("nothing was written; say --yes to write", file=sys.stderr)
        return 2
    _heed_signals()
    holder = Holder(session, battery_w)
    try:
        await holder.run(options.seconds, options.patience)
    except asyncio.CancelledError:
        pass  # Ctrl-C: what follows is the same
    finally:
        is_back = await holder.hand_back()
    return int(not (holder.was_ready and is_back))


def _print_plan(session: Session, battery_w: int) -> None:
    driver, record = session.driver, session.record
    what = "rest" if not battery_w else f"{'charge' if battery_w < 0 else 'discharge'} at"
    power = f" {abs(battery_w)} W" if battery_w else ""
    print(f"{record.model}, number {record.serial or 'unknown'}: let the battery {what}{power}")
    for words, writes in (
        ("its time-out", driver.arm(30, driver.ACTIONS["previous_mode"]))
        if driver.DEADMAN_S is None
        else ("", ()),
        ("the set-point", driver.command(battery_w, record)),
        ("the mode that obeys", driver.take(record) if hasattr(driver, "take") else ()),
        ("at the end", driver.hand_back(record.mode, record)),
    ):
        if writes:
            print(f"{words}:")
        for one in writes:
            print(show.write(*one))


def _heed_signals() -> None:
    """Hand back also when the terminal is closed or the process is told to end."""
    task = asyncio.current_task()
    for name in ("SIGTERM", "SIGHUP"):
        try:
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), task.cancel)
        except (AttributeError, NotImplementedError):  # not on this system
            pass


class Holder:
    """The firmware's inverter task, and who decides for it."""

    def __init__(self, session: Session, battery_w: int):
        """Nothing is sent yet."""
        self._session = session
        self._battery_w = battery_w
        self._task = None
        self.was_ready = False
        self._is_touched = False

    async def run(self, seconds: float, patience_s: float) -> None:
        """Hold for `seconds` once it obeys (0: until cancelled); it may take `patience_s`."""
        session = self._session
        began = time.monotonic()
        self._decide()
        self._task = asyncio.create_task(session.inverter.run())
        while not seconds or time.monotonic() < began + seconds or not self.was_ready:
            await asyncio.wait({self._task}, timeout=1)
            if self._task.done():
                self._task.result()
            self._decide()
            if session.record.ready and not self.was_ready:
                self.was_ready, began = True, time.monotonic()
            if not self.was_ready and self._is_hopeless(time.monotonic() - began > patience_s):
                return
            if self.was_ready:
                self._report()

    def _decide(self) -> None:
        setpoint = Setpoint()
        setpoint.value_w = self._battery_w
        setpoint.valid_ms = _VALID_MS
        self._session.state.setpoint.put(setpoint, ticks_ms())

    def _is_hopeless(self, is_late: bool) -> bool:
        problem = self._session.record.problem
        if not (is_late or problem in _FOR_GOOD):
            return False
        print(f"not under control: {PROBLEMS.get(problem, problem)}", file=sys.stderr)
        return True

    def _report(self) -> None:
        record = self._session.record
        parts = [time.strftime("%H:%M:%S")]
        if record.ready:
            parts.append(f"in force {show.value('_w', record.written_w)}")
        else:
            parts.append(f"not under control: {PROBLEMS.get(record.problem, record.problem)}")
        parts.append(f"battery {show.value('_w', record.battery_w)}")
        parts.append(f"soc {show.value('_pct', record.soc_pct)}")
        print("  ".join(parts), flush=True)

    async def hand_back(self) -> bool:
        """Leave the inverter to itself; tells how that went."""
        session = self._session
        if self._task is None:
            return True
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
        session.link.bus.keep_open(None)
        takeover = session.inverter.takeover
        if session.record.phase in ("stop", "mode") or takeover.mode_before is not None:
            takeover.commanded = True  # perhaps broken off half way
        self._is_touched = takeover.commanded
        problem = ""
        for _ in range(_TRIES):
            try:
                await self._hand_back_once()
            except ModbusError as error:
                problem = await session.link.explain(error)
            except PortError as error:
                problem = str(error)
            else:
                print(
                    "handed back" if self._is_touched else "nothing was changed", file=sys.stderr
                )
                return True
        print(
            f"NOT handed back: {problem}. The inverter may hold {self._battery_w} W; look at its "
            "display, and choose its usual mode there",
            file=sys.stderr,
        )
        return False

    async def _hand_back_once(self) -> None:
        session, takeover = self._session, self._session.inverter.takeover
        mode = session.access.block("MODE")
        if mode and takeover.commanded and takeover.mode_before is None:
            await session.access.read_block(mode)  # it may obey though we have not seen it
        await session.inverter.hand_back()


async def raw(link: Link, address: int, words: list, options) -> int:
    """Write `words` from `address` on with one request, and read them back."""
    print(f"address {link.unit} on {link.name}:")
    print(show.write(options.function, address, words))
    if not options.yes:
        print("nothing was written; say --yes to write", file=sys.stderr)
        return 2
    await link.bus.write(link.unit, address, words, function=options.function)
    try:
        answer = await link.bus.read(link.unit, address, len(words))
    except ModbusError as error:
        print(f"written; it cannot be read back ({error.code})")
        return 0
    there = [int.from_bytes(answer[i : i + 2], "big") for i in range(0, len(answer), 2)]
    print("reads back: " + " ".join(f"{word:04X}" for word in there))
    if there != list(words):
        print("that is not what was written", file=sys.stderr)
        return 1
    return 0


def is_raw(function: int, words: list) -> bool:
    """Whether one request of `function` can carry `words`."""
    return len(words) <= (123 if function == WRITE_MULTIPLE else 1)
