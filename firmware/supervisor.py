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


class _Task:
    """A task under supervision and what became of it."""

    def __init__(self, name: str, start, deadline_ms: int, now_ms: int):
        self.name = name
        self.start = start
        self.deadline_ms = deadline_ms  # 0: not critical
        self.beat_ms = now_ms
        self.late = False  # from a missed deadline until the next beat, however long that takes
        self.cancelled_ms = now_ms  # when it was last cancelled for being late
        self.hung = False  # cancelled for being late, and the keeper has not seen it yet
        self.work = None  # the asyncio task while it runs
        self.restarts = 0
        self.backoff_ms = _BACKOFF_MS
        self.trace = ""


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
        self._keepers = []
        self._running = False

    def add(self, name: str, start, deadline_ms: int = 0):
        """Supervise what the coroutine function `start` does; before `run` or while it runs.

        `deadline_ms`: longest time between two beats and until the first; 0 for a task that need
        not beat. The time-out of the watchdog comes on top; both are well above 1 s.
        """
        if name in self._tasks:
            raise ValueError("supervised already: " + name)
        task = self._tasks[name] = _Task(name, start, deadline_ms, self._board.ticks_ms())
        if self._running:
            self._keepers.append(asyncio.create_task(self._keep(task)))

    def beat(self, name: str):
        """Say that the task `name` has done its work once more."""
        task = self._tasks[name]
        task.beat_ms = self._board.ticks_ms()
        if task.late:
            task.late = False
            self._journal.clear("task_late", name)

    def status(self) -> list:
        """(name, running, late, restarts, trace of the last death) of each task, in no order."""
        return [
            (task.name, task.work is not None, task.late, task.restarts, task.trace)
            for task in self._tasks.values()
        ]

    async def run(self):
        """Start all tasks and watch over them for ever; cancelled, it takes them down with it."""
        self._running = True
        for task in self._tasks.values():
            task.beat_ms = self._board.ticks_ms()
            self._keepers.append(asyncio.create_task(self._keep(task)))
        try:
            while True:
                self._watch()
                await asyncio.sleep(_WATCH_S)
        finally:
            self._running = False
            await self._stop()

    async def _stop(self):
        for keeper in self._keepers:
            keeper.cancel()
        while self._keepers:
            try:
                await self._keepers.pop()
            except asyncio.CancelledError:
                pass

    # Keeping a task alive

    async def _keep(self, task):
        """Run one task again and again."""
        while True:
            started_s = self._journal.uptime_s()
            try:
                task.work = asyncio.create_task(task.start())
                await task.work
                self._report(task, "ended", None)
            except asyncio.CancelledError as error:
                if not self._running:
                    raise
                self._report(task, "hung" if task.hung else "cancelled", error)
            except Exception as error:
                self._report(task, type(error).__name__, error)
            task.work = None
            if task.hung:
                task.hung = False  # its deadline has passed: no time to lose
            else:
                lasted_s = self._journal.uptime_s() - started_s
                await asyncio.sleep(_pause_ms(task, lasted_s) / 1000)
            task.restarts += 1

    def _report(self, task, reason: str, error):
        try:
            task.trace = ""  # makes room first
            if error is not None:
                task.trace = _trace_of(error)
            self._journal.add("task_died", task.name, reason, str(error or ""))
        except Exception:
            self.faults += 1

    # Watching

    def _watch(self):
        """Look at all beats once, and feed the watchdog if there is nothing against it."""
        try:
            self._journal.uptime_s()  # it must be asked now and then, or it misses the wrap
            now_ms = self._board.ticks_ms()
            late = None
            for task in self._tasks.values():
                if task.deadline_ms and self._is_late(task, now_ms):
                    late = task
        except Exception:
            self.faults += 1
            return
        if late is None:
            self._board.watchdog_feed()
            self.feeds += 1

    def _is_late(self, task, now_ms: int) -> bool:
        if task.late:
            if self._words_path:  # cancelling has not helped at once: the end may be near
                self._leave_words(task)
            if ticks.diff(now_ms, task.cancelled_ms) > task.deadline_ms:
                self._cancel(task, now_ms)
            return True
        silent_ms = ticks.diff(now_ms, task.beat_ms)
        if silent_ms <= task.deadline_ms:
            return False
        task.late = True
        self._cancel(task, now_ms)
        self._journal.raise_alarm("task_late", task.name, silent_ms // 1000)
        return True

    def _cancel(self, task, now_ms: int):
        task.cancelled_ms = now_ms
        if task.work is not None:
            task.hung = True
            task.work.cancel()

    def _leave_words(self, task):
        """Write down, once in a run of the board, which task is late and where it stood."""
        path, self._words_path = self._words_path, ""
        try:
            with open(path, "w") as file:
                file.write(f"{task.name}\n{self._journal.uptime_s()}\n{task.trace}")
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


def _pause_ms(task, lasted_s: int) -> int:
    """Time to wait before the next start of a task that lasted so long.

    A critical one has several tries within its deadline, before the watchdog bites.
    """
    if lasted_s >= _HEALTHY_S:
        task.backoff_ms = _BACKOFF_MS
    pause_ms = task.backoff_ms
    task.backoff_ms = min(2 * pause_ms, _BACKOFF_MAX_MS)
    return min(pause_ms, task.deadline_ms // 4) if task.deadline_ms else pause_ms


def _trace_of(error) -> str:
    if not hasattr(sys, "print_exception"):  # CPython
        return repr(error)[-_TRACE:]
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()[-_TRACE:]
