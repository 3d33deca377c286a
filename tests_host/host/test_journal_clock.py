"""firmware/journal: events by uptime, dated when they are read."""

from firmware.journal import Journal

_WRAP = 1 << 30


class _Clock:
    """Ticks that wrap, and a wall clock that may be unknown."""

    def __init__(self, start_ms=0):
        self.ms = start_ms
        self.unix = None

    def ticks_ms(self):
        return self.ms % _WRAP

    def unix_s(self):
        return self.unix

    def journal(self):
        return Journal(self.ticks_ms, self.unix_s)


def test_uptime_counts_across_the_wrap_of_the_ticks():
    clock = _Clock(_WRAP - 1500)
    journal = clock.journal()
    for _ in range(7):
        clock.ms += 500
        journal.uptime_s()
    assert journal.uptime_s() == 3


def test_uptime_keeps_the_part_of_a_second_over_a_month():
    clock = _Clock()
    journal = clock.journal()
    for _ in range(30):
        clock.ms += 86_400_500
        journal.uptime_s()
    assert journal.uptime_s() == 30 * 86_400 + 15


def test_events_from_before_the_clock_was_known_are_dated_afterwards():
    clock = _Clock()
    journal = clock.journal()
    clock.ms = 5_000
    journal.add("started")
    assert next(journal.events())[3:5] == (5, 5)
    assert journal.epoch_s() is None
    clock.ms = 60_000
    clock.unix = 1_760_000_060
    assert next(journal.events())[3:5] == (1_760_000_005, 1_760_000_005)
    assert journal.epoch_s() == 1_760_000_000


def test_alarms_stand_with_their_time_and_subject():
    clock = _Clock()
    journal = clock.journal()
    clock.ms = 10_000
    assert journal.raise_alarm("task_late", "meter", 8) is True
    assert journal.alarms() == [("task_late", ("meter", 8), 10)]
    assert journal.is_active("task_late", "meter")
    assert not journal.is_active("task_late")
    clock.ms = 12_000
    assert journal.clear("task_late", "meter") is True
    assert journal.alarms() == []
    assert [event[1] for event in journal.events()] == ["task_late", "task_late"]
    assert journal.seq == 2
    assert journal.dropped == 0
