"""Starts the tasks, restarts those that die or hang, and feeds the watchdog while all is well.

    supervisor = Supervisor(board, journal)
    supervisor.add("meter", meter.run, deadline_ms=8000)
    supervisor.add("saver", settings.run)
    await supervisor.run()

A task with a deadline is critical: it calls `beat` at least that often. The watchdog is fed here
and nowhere else, and only while every critical task has beaten within its deadline. One that has
not is cancelled and started anew; when that does not make it beat before the watchdog bites, the
board restarts, and a small file tells the next run which task it was.
"""

import asyncio
import io
import sys

import ticks
from micropython import const

_WATCH_S = 0.5  # how often the beats are looked at and the watchdog is fed
_BACKOFF_MS = const(1000)  # before the first restart; doubles with each further one
_BACKOFF_MAX_MS = const(60000)
_HEALTHY_S = const(60)  # a run that lasted so long starts the back-off from the beginning
_TRACE = const(600)  # characters that are kept of a trace: its end, where the cause stands


# A task under supervision is a list; an object would take twice the memory.
_START = const(0)  # the coroutine function
_DEADLINE_MS = const(1)  # 0: not critical
_BEAT_MS = const(2)
_LATE = const(3)  # from a missed deadline until the next beat, however long that takes
_CANCELLED_MS = const(4)  # when it was last cancelled for being late
_HUNG = const(5)  # cancelled for being late, and the keeper has not seen it yet
_RUNS = const(6)
_KEEPER = const(7)  # the asyncio task that runs it again and again
_RESTARTS = const(8)
_PAUSE_MS = const(9)  # before the next restart
_LAST_TRACE = const(10)


class Supervisor:
    """Keeps the tasks of a board alive. Made once, by the application."""

    def __init__(self, board, journal, words_path: str = ""):
        """`board` has ticks_ms() and watchdog_feed(); the journal takes deaths and alarms.

        `words_path` is the file for the last words before the watchdog bites, "" for none.
        """
        #: Times that the watchdog was fed.
        self.feeds = 0
        #: Times that something went wrong in here, such as no memory left for a report.
        self.faults = 0
        self._board = board
        self._journal = journal
        self._words_path = words_path
        self._tasks = {}
        self._running = False

    def add(self, name: str, start, deadline_ms: int = 0):
        """Supervise what the coroutine function `start` does; before `run` or while it runs.

        `deadline_ms`: longest time between two beats and until the first; 0 for a task that need
        not beat. The time-out of the watchdog comes on top; both are well above 1 s.
        """
        if name in self._tasks:
            raise ValueError("supervised already: " + name)
        now_ms = self._board.ticks_ms()
        row = [start, deadline_ms, now_ms, False, now_ms, False, False, None, 0, _BACKOFF_MS, ""]
        self._tasks[name] = row
        if self._running:
            row[_KEEPER] = asyncio.create_task(self._keep(name, row))

    def beat(self, name: str):
        """Say that the task `name` has done its work once more."""
        task = self._tasks[name]
        task[_BEAT_MS] = self._board.ticks_ms()
        if task[_LATE]:
            task[_LATE] = False
            self._journal.clear("task_late", name)

    def status(self) -> list:
        """(name, running, late, restarts, trace of the last death) of each task, in no order."""
        rows = []
        for name, task in self._tasks.items():
            rows.append((name, task[_RUNS], task[_LATE], task[_RESTARTS], task[_LAST_TRACE]))
        return rows

    async def run(self):
        """Start all tasks and watch over them for ever; cancelled, it takes them down with it."""
        self._running = True
        for name, task in self._tasks.items():
            task[_BEAT_MS] = self._board.ticks_ms()
            task[_KEEPER] = asyncio.create_task(self._keep(name, task))
        try:
            while True:
                self._watch()
                await asyncio.sleep(_WATCH_S)
        finally:
            self._running = False
            await self._stop()

    async def _stop(self):
        for task in self._tasks.values():
            task[_KEEPER].cancel()
        for task in self._tasks.values():
            try:
                await task[_KEEPER]
            except asyncio.CancelledError:
                pass

    # Keeping a task alive

    async def _keep(self, name: str, task: list):
        """Run one task again and again."""
        while True:
            started_s = self._journal.uptime_s()
            error: BaseException | None = None
            reason = "ended"
            task[_RUNS] = True
            try:
                await task[_START]()
            except asyncio.CancelledError as cancelled:
                if not self._running:
                    raise
                error, reason = cancelled, "hung" if task[_HUNG] else "cancelled"
            except Exception as failure:
                error, reason = failure, type(failure).__name__
            task[_RUNS] = False
            self._report(name, task, reason, error)
            error = None  # it holds the frames that it came through
            if task[_HUNG]:
                task[_HUNG] = False  # its deadline has passed: no time to lose
            else:
                lasted_s = self._journal.uptime_s() - started_s
                await asyncio.sleep(_pause_ms(task, lasted_s) / 1000)
            task[_RESTARTS] += 1

    def _report(self, name: str, task: list, reason: str, error):
        try:
            task[_LAST_TRACE] = ""  # makes room first
            if error is not None:
                task[_LAST_TRACE] = _trace_of(error)
            self._journal.add("task_died", name, reason, str(error or ""))
        except Exception:
            self.faults += 1

    # Watching

    def _watch(self):
        """Look at all beats once, and feed the watchdog if there is nothing against it."""
        try:
            self._journal.uptime_s()  # it must be asked now and then, or it misses the wrap
            now_ms = self._board.ticks_ms()
            late = False
            for name, task in self._tasks.items():
                if task[_DEADLINE_MS] and self._is_late(name, task, now_ms):
                    late = True
        except Exception:
            self.faults += 1
            return
        if not late:
            self._board.watchdog_feed()
            self.feeds += 1

    def _is_late(self, name: str, task: list, now_ms: int) -> bool:
        if task[_LATE]:
            if self._words_path:  # cancelling has not helped at once: the end may be near
                self._leave_words(name, task)
            if ticks.diff(now_ms, task[_CANCELLED_MS]) > task[_DEADLINE_MS]:
                self._cancel(task, now_ms)
            return True
        silent_ms = ticks.diff(now_ms, task[_BEAT_MS])
        if silent_ms <= task[_DEADLINE_MS]:
            return False
        task[_LATE] = True
        self._cancel(task, now_ms)
        self._journal.raise_alarm("task_late", name, silent_ms // 1000)
        return True

    def _cancel(self, task: list, now_ms: int):
        task[_CANCELLED_MS] = now_ms
        if task[_RUNS]:
            task[_HUNG] = True
            task[_KEEPER].cancel()

    def _leave_words(self, name: str, task: list):
        """Write down, once in a run of the board, which task is late and where it stood."""
        path, self._words_path = self._words_path, ""
        try:
            with open(path, "w") as file:
                file.write(f"{name}\n{self._journal.uptime_s()}\n{task[_LAST_TRACE]}")
        except OSError:
            self.faults += 1


def last_words(path: str) -> "tuple | None":
    """(task, uptime_s, trace) that an earlier run left when a critical task was late, or None.

    They explain a restart by the watchdog; the board may have recovered and been switched off
    later. The file is removed.
    """
    import os

    try:
        with open(path) as file:
            name, uptime_s, trace = (file.read(2 * _TRACE) + "\n\n").split("\n", 2)
        os.remove(path)
        return name[:40], int(uptime_s), trace.strip()
    except (OSError, ValueError):
        return None


def _pause_ms(task: list, lasted_s: int) -> int:
    """Time to wait before the next start of a task that lasted so long.

    A critical one has several tries within its deadline, before the watchdog bites.
    """
    if lasted_s >= _HEALTHY_S:
        task[_PAUSE_MS] = _BACKOFF_MS
    pause_ms = task[_PAUSE_MS]
    task[_PAUSE_MS] = min(2 * pause_ms, _BACKOFF_MAX_MS)
    return min(pause_ms, task[_DEADLINE_MS] // 4) if task[_DEADLINE_MS] else pause_ms


def _trace_of(error) -> str:
    if not hasattr(sys, "print_exception"):  # CPython
        return repr(error)[-_TRACE:]
    try:
        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()[-_TRACE:]
    except MemoryError:
        return "MemoryError"
