"""Runs inside MicroPython: the supervisor with real tasks, on a clock that is made to jump.

Arguments: the folder of the compiled modules, a folder to write in. Prints one line of JSON.
"""

import asyncio
import asyncio.core
import gc
import json
import sys
import time

_MODULES, _FOLDER = sys.argv[1:3]
sys.path[:] = [_MODULES, _MODULES + "/lib", ".frozen"]

from firmware.journal import Journal  # noqa: E402
from firmware.supervisor import Supervisor, last_words  # noqa: E402

_PERIOD = 1 << 30


class _Board:
    """Ticks that run ahead of the real ones whenever the loop would wait."""

    def __init__(self):
        self.ahead_ms = 0
        self.start_ms = self.ticks_ms()
        self.fed_ms = []
        asyncio.core.ticks = self.ticks_ms
        asyncio.core._io_queue.wait_io_event = self._jump

    def ticks_ms(self):
        return (time.ticks_ms() + self.ahead_ms) % _PERIOD

    def _jump(self, ms):
        if ms < 0:
            raise RuntimeError("everything waits for something that never comes")
        self.ahead_ms += ms

    def ms(self):
        return time.ticks_diff(self.ticks_ms(), self.start_ms)

    def watchdog_feed(self):
        self.fed_ms.append(self.ms())

    def hunger_ms(self):
        longest = last = 0
        for fed_ms in self.fed_ms + [self.ms()]:
            longest = max(longest, fed_ms - last)
            last = fed_ms
        return longest


def _rig(words_path=""):
    asyncio.new_event_loop()
    board = _Board()
    journal = Journal(board.ticks_ms, _unknown)
    return board, journal, Supervisor(board, journal, words_path)


def _unknown():
    return None


def _run(supervisor, seconds):
    async def main():
        running = asyncio.create_task(supervisor.run())
        await asyncio.sleep(seconds)
        running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            pass

    asyncio.run(main())


def _beating(supervisor, name):
    async def run():
        while True:
            supervisor.beat(name)
            await asyncio.sleep(1)

    return run


def healthy():
    board, journal, supervisor = _rig()
    supervisor.add("meter", _beating(supervisor, "meter"), 5000)
    supervisor.add("governor", _beating(supervisor, "governor"), 5000)
    _run(supervisor, 120)
    return board.hunger_ms(), len(journal.alarms())


def raising():
    board, _, supervisor = _rig()
    starts = []

    async def raises():
        starts.append(board.ms() // 1000)
        raise ValueError("no such field")

    supervisor.add("web", raises)
    _run(supervisor, 40)
    trace = supervisor.status()[0][4]
    return starts, "no such field" in trace and "in raises" in trace, board.hunger_ms()


def hanging():
    path = _FOLDER + "/words"
    board, journal, supervisor = _rig(path)
    released = []

    async def hangs():
        try:
            await asyncio.Event().wait()
        finally:
            released.append(board.ms())

    supervisor.add("meter", hangs, 5000)
    supervisor.add("governor", _beating(supervisor, "governor"), 5000)
    _run(supervisor, 30)
    words = last_words(path)
    return board.fed_ms[-1], len(released), words[:2], "hangs" in words[2], journal.alarms()


def recovering():
    board, journal, supervisor = _rig()
    starts = []

    async def hangs_once():
        starts.append(1)
        if len(starts) == 1:
            await asyncio.Event().wait()
        await _beating(supervisor, "meter")()

    supervisor.add("meter", hangs_once, 5000)
    _run(supervisor, 30)
    return len(starts), board.hunger_ms(), len(journal.alarms())


def steady_heap():
    """Bytes that ten minutes of beating and watching leave behind, and one beat allocates."""
    board, _, supervisor = _rig()
    board.watchdog_feed = lambda: None
    supervisor.add("meter", _beating(supervisor, "meter"), 5000)
    _run(supervisor, 60)
    gc.collect()
    before = gc.mem_alloc()
    supervisor.beat("meter")
    beat = gc.mem_alloc() - before
    board, _, supervisor = _rig()
    board.watchdog_feed = lambda: None
    used = [0] * 10

    async def weighs():
        while True:
            supervisor.beat("meter")
            gc.collect()
            used[board.ms() // 60_000] = gc.mem_alloc()
            await asyncio.sleep(1)

    supervisor.add("meter", weighs, 5000)
    _run(supervisor, 599)
    return beat, used[9] - used[1]


def heap():
    """Bytes of heap of a journal, empty and full, and of a supervisor with ten tasks."""
    board, first, supervisor = _rig()
    gc.collect()
    before = gc.mem_alloc()
    journal = Journal(board.ticks_ms, _unknown)
    gc.collect()
    empty = gc.mem_alloc() - before
    for number in range(100):
        journal.add(f"code{number % 30}", f"task{number}", number)
    gc.collect()
    full = gc.mem_alloc() - before
    before = gc.mem_alloc()
    second = Supervisor(board, first)
    for number in range(10):
        second.add(f"task{number}", _unknown, 5000)
    gc.collect()
    return empty, full, gc.mem_alloc() - before, supervisor is second


found = {}
for case in (healthy, raising, hanging, recovering, steady_heap, heap):
    found[case.__name__] = case()
print(json.dumps(found))
