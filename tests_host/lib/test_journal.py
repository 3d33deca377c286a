"""The ring of events and the alarms that stand."""

from journal import CLEARED, NOTE, RAISED, Alarms, Ring, kept


def test_events_are_read_latest_first():
    ring = Ring(8)
    ring.add(10, NOTE, "started")
    ring.add(12, NOTE, "clock_set", (1700000000,))
    assert list(ring.events()) == [
        (NOTE, "clock_set", (1700000000,), 12, 12, 1),
        (NOTE, "started", (), 10, 10, 1),
    ]
    assert ring.seq == 2


def test_an_empty_ring_has_no_events():
    assert list(Ring(4).events()) == []


def test_the_oldest_entries_are_overwritten_and_counted():
    ring = Ring(4)
    for number in range(10):
        ring.add(number, NOTE, f"code{number}")
    assert [event[1] for event in ring.events()] == ["code9", "code8", "code7", "code6"]
    assert ring.dropped == 6
    assert ring.seq == 10


def test_the_same_event_counts_up_and_keeps_the_newest_arguments():
    ring = Ring(8, merge_s=60)
    for now_s, number in ((0, 1), (30, 2), (90, 3)):
        ring.add(now_s, NOTE, "bus_noise", (number,))
    assert list(ring.events()) == [(NOTE, "bus_noise", (3,), 0, 90, 3)]


def test_the_same_event_much_later_is_a_new_entry():
    ring = Ring(8, merge_s=60)
    ring.add(0, NOTE, "bus_noise")
    ring.add(61, NOTE, "bus_noise")
    ring.add(70, NOTE, "bus_noise")
    assert [event[3:] for event in ring.events()] == [(61, 70, 2), (0, 0, 1)]


def test_events_about_different_subjects_stay_apart():
    ring = Ring(16)
    for name in ("meter", "inverter", "meter"):
        ring.add(5, NOTE, "task_died", (name, "ValueError"))
    assert [(event[2][0], event[5]) for event in ring.events()] == [("inverter", 1), ("meter", 2)]


def test_a_code_with_ever_new_subjects_takes_a_quarter_of_the_ring():
    ring = Ring(16)
    ring.add(0, NOTE, "started")
    for number in range(100):
        ring.add(number, NOTE, "visitor", (f"guest {number}",))
    events = list(ring.events())
    assert [event[1] for event in events] == ["visitor"] * 4 + ["started"]
    assert events[0][2] == ("guest 99",)
    assert events[0][5] == 97


def test_a_flapping_fault_leaves_the_rest_in_the_ring():
    ring = Ring(8)
    alarms = Alarms(ring)
    ring.add(0, NOTE, "started")
    for second in range(0, 7200, 2):
        alarms.raise_alarm(second, "meter_silent")
        alarms.clear(second + 1, "meter_silent")
    assert [(event[0], event[1], event[5]) for event in ring.events()] == [
        (CLEARED, "meter_silent", 3600),
        (RAISED, "meter_silent", 3600),
        (NOTE, "started", 1),
    ]
    assert ring.dropped == 0


def test_arguments_are_kept_within_bounds():
    for args, stored in (
        ((), ()),
        ((1, None, True), (1, None, True)),
        ((1, 2, 3, 4, 5), (1, 2, 3, 4)),
        (("x" * 100, 7), ("x" * 40, 7)),
        (([1], 0.5), ("[1]", "0.5")),
        (("a", "b", "c", "d", "e"), ("a", "b", "c", "d")),
    ):
        assert kept(args) == stored, args


def test_an_alarm_stands_from_its_first_raise_until_cleared():
    ring = Ring(8)
    alarms = Alarms(ring)
    assert alarms.raise_alarm(10, "meter_silent", (5,)) is True
    assert alarms.raise_alarm(20, "meter_silent", (15,)) is False
    assert alarms.active() == [("meter_silent", (15,), 10)]
    assert alarms.is_active("meter_silent")
    assert ring.seq == 1
    assert alarms.clear(45, "meter_silent") is True
    assert alarms.active() == []
    assert next(ring.events()) == (CLEARED, "meter_silent", (15, 35), 45, 45, 1)


def test_clearing_what_does_not_stand_is_no_event():
    ring = Ring(8)
    assert Alarms(ring).clear(5, "meter_silent") is False
    assert ring.seq == 0


def test_alarms_of_different_subjects_stand_apart():
    alarms = Alarms(Ring(8))
    alarms.raise_alarm(1, "task_late", ("governor", 8000))
    alarms.raise_alarm(2, "task_late", ("meter", 9000))
    assert [alarm[1][0] for alarm in alarms.active()] == ["governor", "meter"]
    assert alarms.clear(3, "task_late") is False
    assert alarms.clear(3, "task_late", "governor") is True
    assert alarms.active() == [("task_late", ("meter", 9000), 2)]


def test_the_number_of_alarms_is_bounded():
    ring = Ring(64)
    alarms = Alarms(ring, capacity=2)
    for number in range(5):
        alarms.raise_alarm(number, f"alarm{number}")
    assert len(alarms.active()) == 2
    assert alarms.dropped == 3
    assert ring.seq == 5
