"""The supervisor on a clock of its own: restarts, deadlines, and when the watchdog is fed."""

import asyncio
import itertools

import pytest
from fake_time import FakeTime

from firmware.journal import Journal
from firmware.supervisor import Supervisor, last_words

_WRAP = 1 << 30


class _Board:
    """Ticks of a fake clock, and a watchdog that remembers when it was fed."""

    def __init__(self, start_ms=0):
        self.time = FakeTime(start_ms)
        self.ticks_ms = self.time.ticks_ms
        self.fed_ms = []

    def watchdog_feed(self):
        self.fed_ms.append(self.time.ms)

    def longest_hunger_ms(self, until_ms):
        times = [0, *self.fed_ms, until_ms]
        return max(after - before for before, after in itertools.pairwise(times))


def _rig(start_ms=0, **kwargs):
    board = _Board(start_ms)
    journal = Journal(board.ticks_ms, lambda: None)
    return board, journal, Supervisor(board, journal, **kwargs)


def _run(board, supervisor, seconds, meanwhile=None):
    """Run the supervisor for some virtual seconds; `meanwhile` is a coroutine beside it."""

    async def main():
        running = asyncio.create_task(supervisor.run())
        if meanwhile:
            await meanwhile
        await asyncio.sleep(seconds - board.time.ms / 1000)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    board.time.run(main())


def _status(supervisor, name):
    return {row[0]: row for row in supervisor.status()}[name]


def _events(journal):
    return [(event[1], *event[2]) for event in journal.events()]


async def _days(board, days):
    """Let days pass without the half million turns of the loop that each would take."""
    for _ in range(days):
        board.time.jump(86_400)
        await asyncio.sleep(1)


def _beating(supervisor, name, period_s):
    async def run():
        while True:
            supervisor.beat(name)
            await asyncio.sleep(period_s)

    return run


async def _for_ever():
    await asyncio.sleep(1e6)


def test_the_watchdog_is_fed_while_every_critical_task_beats():
    board, journal, supervisor = _rig()
    supervisor.add("meter", _beating(supervisor, "meter", 1), 5000)
    supervisor.add("governor", _beating(supervisor, "governor", 2), 5000)
    supervisor.add("web", _for_ever)
    _run(board, supervisor, 600)
    assert board.longest_hunger_ms(600_000) <= 500
    assert supervisor.feeds == len(board.fed_ms) == 1200
    assert journal.alarms() == []
    assert supervisor.faults == 0


def test_without_critical_tasks_the_watchdog_is_fed():
    board, _, supervisor = _rig()
    _run(board, supervisor, 10)
    assert len(board.fed_ms) == 20


def test_the_feeding_works_across_the_wrap_of_the_ticks():
    board, _, supervisor = _rig(_WRAP - 30_000)
    supervisor.add("meter", _beating(supervisor, "meter", 1), 5000)
    _run(board, supervisor, 60)
    assert board.longest_hunger_ms(60_000) <= 500
    assert _status(supervisor, "meter")[3] == 0


def test_a_task_that_hangs_is_started_anew_and_feeding_goes_on():
    board, journal, supervisor = _rig()
    starts = []

    async def hangs_once():
        starts.append(board.time.ms)
        supervisor.beat("meter")
        if len(starts) == 1:
            await _for_ever()
        await _beating(supervisor, "meter", 1)()

    supervisor.add("meter", hangs_once, 5000)
    supervisor.add("governor", _beating(supervisor, "governor", 1), 5000)
    _run(board, supervisor, 60)
    assert len(starts) == 2
    assert 5_000 < starts[1] <= 6_000
    assert board.longest_hunger_ms(60_000) <= 1_500
    assert _status(supervisor, "meter")[1:4] == (True, False, 1)
    assert journal.alarms() == []
    assert [event[0] for event in _events(journal)] == ["task_late", "task_died", "task_late"]
    assert _events(journal)[1][1:3] == ("meter", "hung")


def test_a_task_that_stays_dead_starves_the_watchdog_for_good():
    board, journal, supervisor = _rig()

    async def deaf():
        while True:
            try:
                await _for_ever()
            except asyncio.CancelledError:
                if not supervisor._running:
                    raise

    supervisor.add("meter", deaf, 5000)
    supervisor.add("governor", _beating(supervisor, "governor", 1), 5000)

    async def until_ticks_wrap():
        await asyncio.sleep(10)
        await _days(board, 8)

    # Half the period of the ticks later, the last beat seems to lie ahead: still no food.
    _run(board, supervisor, 8 * 86_400 + 60, until_ticks_wrap())
    assert board.fed_ms[-1] <= 5_500
    assert _status(supervisor, "meter")[2] is True
    assert journal.alarms() == [("task_late", ("meter", 5), 5)]


def test_a_task_that_is_restarted_and_hangs_again_does_not_get_the_watchdog_fed():
    board, _, supervisor = _rig()
    supervisor.add("meter", _for_ever, 5000)
    _run(board, supervisor, 300)
    assert board.fed_ms[-1] <= 5_500
    assert 50 <= _status(supervisor, "meter")[3] <= 60  # once per deadline


def test_a_critical_task_that_has_not_started_in_time_starves_the_watchdog():
    board, _, supervisor = _rig()

    async def slow_start():
        await asyncio.sleep(7)
        await _beating(supervisor, "meter", 1)()

    supervisor.add("meter", slow_start, 10_000)
    _run(board, supervisor, 60)
    assert board.longest_hunger_ms(60_000) <= 500

    board, _, supervisor = _rig()
    supervisor.add("meter", slow_start, 5_000)
    _run(board, supervisor, 20)
    assert board.fed_ms[-1] <= 5_500


def test_a_blocked_loop_feeds_nobody():
    board, _, supervisor = _rig()
    blocked_ms = []

    async def blocks():
        await asyncio.sleep(3)
        before = len(board.fed_ms)
        board.time.jump(30)
        blocked_ms.append(len(board.fed_ms) - before)
        await _for_ever()

    supervisor.add("web", blocks)
    _run(board, supervisor, 60)
    assert blocked_ms == [0]
    assert board.longest_hunger_ms(60_000) >= 30_000


def test_a_task_that_raises_is_restarted_later_and_later():
    board, journal, supervisor = _rig()
    starts = []

    async def raises():
        starts.append(board.time.ms)
        raise ValueError("no such field")

    supervisor.add("web", raises)
    _run(board, supervisor, 300)
    assert [ms // 1000 for ms in starts] == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert _status(supervisor, "web")[3] == 9
    assert "no such field" in _status(supervisor, "web")[4]
    assert _events(journal) == [("task_died", "web", "ValueError", "no such field")]
    assert board.longest_hunger_ms(300_000) <= 500  # nobody depends on it


def test_a_task_that_raises_after_it_was_cancelled_pauses_like_any_other():
    board, _, supervisor = _rig()
    starts = []

    async def hangs_then_raises():
        starts.append(board.time.ms)
        if len(starts) == 1:
            await _for_ever()
        raise OSError(5)

    supervisor.add("meter", hangs_then_raises, 8000)
    _run(board, supervisor, 30)
    assert [ms // 1000 for ms in starts] == [0, 8, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29]


def test_after_a_long_healthy_run_the_pause_is_short_again():
    board, _, supervisor = _rig()
    starts = []

    async def lasts():
        starts.append(board.time.ms // 1000)
        await asyncio.sleep(0 if len(starts) < 5 else 100)
        raise OSError(5)

    supervisor.add("web", lasts)
    _run(board, supervisor, 230)
    assert starts == [0, 1, 3, 7, 15, 116, 217]


def test_a_run_of_more_than_a_wrap_counts_as_healthy():
    board, _, supervisor = _rig()
    starts, ends = [], []
    end = asyncio.Event()

    async def lasts():
        starts.append(board.time.ms)
        if len(starts) == 6:
            await end.wait()
            ends.append(board.time.ms)
        raise OSError(5)

    supervisor.add("web", lasts)

    async def until_it_ends():
        await asyncio.sleep(60)
        await _days(board, 9)
        end.set()

    _run(board, supervisor, 9 * 86_400 + 71, until_it_ends())
    assert starts[5] == 31_000
    assert starts[6] == ends[0] + 1_000


def test_a_critical_task_that_raises_has_several_tries_before_its_deadline():
    board, _, supervisor = _rig()
    starts = []

    async def raises():
        starts.append(board.time.ms)
        if len(starts) < 5:
            raise OSError(5)
        await _beating(supervisor, "meter", 1)()

    supervisor.add("meter", raises, 8000)
    _run(board, supervisor, 60)
    assert starts == [0, 1000, 3000, 5000, 7000]
    assert board.longest_hunger_ms(60_000) <= 500


def test_a_task_that_ends_or_cancels_itself_is_restarted():
    board, journal, supervisor = _rig()
    starts = []

    async def ends():
        starts.append("ends")

    async def cancels():
        starts.append("cancels")
        raise asyncio.CancelledError

    supervisor.add("a", ends)
    supervisor.add("b", cancels)
    supervisor.add("c", "not a function")
    _run(board, supervisor, 2)
    assert sorted(starts) == ["cancels", "cancels", "ends", "ends"]
    reasons = {event[1]: event[2] for event in _events(journal)}
    assert reasons == {"a": "ended", "b": "cancelled", "c": "TypeError"}


def test_a_task_may_be_added_while_running_but_not_twice():
    board, _, supervisor = _rig()
    started = []

    async def late_comer():
        started.append(board.time.ms)
        await _for_ever()

    async def meanwhile():
        await asyncio.sleep(3)
        supervisor.add("link", late_comer)

    _run(board, supervisor, 5, meanwhile())
    assert started == [3000]
    with pytest.raises(ValueError, match="link"):
        supervisor.add("link", late_comer)


def test_cancelling_the_supervisor_takes_its_tasks_down():
    board, _, supervisor = _rig()
    released = []

    async def holds():
        try:
            await _for_ever()
        finally:
            released.append(True)

    supervisor.add("bus", holds)
    supervisor.add("port", holds)
    _run(board, supervisor, 5)
    assert released == [True, True]


def test_a_trace_is_kept_within_bounds():
    board, journal, supervisor = _rig()

    async def raises():
        raise ValueError("x" * 5000)

    supervisor.add("web", raises)
    _run(board, supervisor, 5)
    assert len(_status(supervisor, "web")[4]) == 600
    assert len(_events(journal)[0][3]) == 40


def test_the_supervisor_outlives_a_journal_that_has_no_memory():
    board, journal, supervisor = _rig()
    starts = []

    def add(*args):
        raise MemoryError

    journal.add = add

    async def raises():
        starts.append(1)
        raise ValueError

    supervisor.add("web", raises)
    _run(board, supervisor, 10)
    assert len(starts) == 4
    assert supervisor.faults == 4
    assert board.longest_hunger_ms(10_000) <= 500


# Last words


def test_last_words_name_the_dead_task_once(tmp_path):
    path = tmp_path / "last_words.txt"
    board, _, supervisor = _rig(words_path=str(path))
    supervisor.add("governor", _for_ever, 5000)
    _run(board, supervisor, 10)
    name, uptime_s, trace = last_words(str(path))
    assert (name, uptime_s) == ("governor", 6)
    assert "CancelledError" in trace
    assert last_words(str(path)) is None
    assert not path.exists()


def test_a_task_that_recovers_at_once_leaves_no_words(tmp_path):
    path = tmp_path / "last_words.txt"
    board, _, supervisor = _rig(words_path=str(path))
    starts = []

    async def hangs_once():
        starts.append(1)
        if len(starts) == 1:
            await _for_ever()
        await _beating(supervisor, "meter", 1)()

    supervisor.add("meter", hangs_once, 5000)
    _run(board, supervisor, 60)
    assert len(starts) == 2
    assert not path.exists()


def test_words_that_cannot_be_written_do_no_harm(tmp_path):
    board, _, supervisor = _rig(words_path=str(tmp_path / "none" / "words"))
    supervisor.add("meter", _for_ever, 5000)
    _run(board, supervisor, 60)
    assert supervisor.faults == 1


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"meter", b"meter\nx\ny", b"\xff\xfe\x00"])
def test_garbage_in_the_file_is_no_words(tmp_path, content):
    path = tmp_path / "last_words.txt"
    path.write_bytes(content)
    assert last_words(str(path)) is None
