"""When a request may go, and what is learnt of devices; on CPython and MicroPython alike."""

import ticks

from modbus.agenda import Agenda
from modbus.device import Device

STARTS = (0, 1000, (1 << 30) - 50)  # the last one wraps under way


def test_silence_is_kept_before_each_request():
    for start_ms in STARTS:
        agenda = Agenda(50, 20)
        assert agenda.gap_wait_ms(start_ms, False) == 0
        agenda.ended(start_ms)
        assert agenda.gap_wait_ms(ticks.add(start_ms, 10), False) == 40
        assert agenda.gap_wait_ms(ticks.add(start_ms, 10), True) == 10
        assert agenda.gap_wait_ms(ticks.add(start_ms, 20), True) == 0
        assert agenda.gap_wait_ms(ticks.add(start_ms, 20), False) == 30
        assert agenda.gap_wait_ms(ticks.add(start_ms, 50), False) == 0


def test_old_silence_stays_kept_when_the_ticks_come_round():
    agenda = Agenda(50, 20)
    agenda.ended(1000)
    assert agenda.gap_wait_ms(2000, False) == 0
    assert agenda.gap_wait_ms(1010, False) == 0  # 12.4 days later


def test_reservation_is_kept_free():
    for start_ms in STARTS:
        agenda = Agenda(50, 20)
        agenda.reserve(ticks.add(start_ms, 1000), start_ms, 100)
        assert agenda.hold_wait_ms(start_ms, 150, 0) == 100
        assert agenda.hold_wait_ms(ticks.add(start_ms, 60), 150, 0) == 40
        agenda.release()
        assert agenda.hold_wait_ms(ticks.add(start_ms, 60), 150, 0) == 0
        assert agenda.hold_wait_ms(ticks.add(start_ms, 850), 150, 0) == 0
        assert agenda.hold_wait_ms(ticks.add(start_ms, 851), 150, 0) == 249
        assert agenda.hold_wait_ms(ticks.add(start_ms, 1099), 150, 0) == 1
        assert agenda.hold_wait_ms(ticks.add(start_ms, 1100), 150, 0) == 0
        assert agenda.reserved_ms is None


def test_starved_poll_goes():
    agenda = Agenda(50, 20)
    agenda.reserve(1000, 0, 100)
    assert agenda.hold_wait_ms(950, 2000, 4999) == 150
    assert agenda.hold_wait_ms(950, 2000, 5000) == 0


def test_lost_answer_keeps_its_like_away():
    for start_ms in STARTS:
        agenda = Agenda(50, 20)
        agenda.lost(1, 3, 13, 0x0604, start_ms)
        now_ms = ticks.add(start_ms, 1100)
        for unit, function, length, address, wait_ms in (
            (1, 3, 13, 0x0610, 1900),
            (1, 3, 13, 0x0604, 0),
            (1, 3, 15, 0x0610, 0),
            (1, 4, 13, 0x0610, 0),
            (2, 3, 13, 0x0610, 0),
        ):
            assert agenda.late_wait_ms(now_ms, unit, function, length, address) == wait_ms
        assert agenda.late_wait_ms(ticks.add(start_ms, 3000), 1, 3, 13, 0x0610) == 0
        assert agenda.late_wait_ms(now_ms, 1, 3, 13, 0x0610) == 0  # forgotten


def test_memory_of_lost_answers_is_bounded():
    agenda = Agenda(50, 20)
    for address in range(100):
        agenda.lost(1, 3, 7, address, 0)
    assert len(agenda._lost) == 8
    assert agenda.late_wait_ms(0, 1, 3, 7, 500) == 3000


def test_answer_times_are_learnt():
    device = Device()
    for answer_ms in (60, 60, 60):
        device.answered(answer_ms)
    assert (device.answer_ms, device.least_ms) == (60, 60)
    device.answered(140)
    assert (device.answer_ms, device.least_ms) == (140, 70)
    for _ in range(60):
        device.answered(60)
    assert 60 <= device.answer_ms <= 68
    assert 60 <= device.least_ms <= 68


def test_silent_device_rests_ever_longer_and_gets_short_tries():
    for start_ms in STARTS:
        device, now_ms, pauses = Device(), start_ms, []
        device.answered(60)
        for _ in range(7):
            device.missed(now_ms, True)
            pause_ms = 0
            while device.is_resting(ticks.add(now_ms, pause_ms)):
                pause_ms += 100
            pauses.append(pause_ms)
            now_ms = ticks.add(now_ms, pause_ms)
        assert pauses == [0, 0, 1000, 2000, 4000, 8000, 8000]
        assert device.timeout_ms(1000) == 300
        device.answered(60)
        assert not device.is_silent()
        assert not device.is_resting(now_ms)
        assert device.timeout_ms(1000) == 1000


def test_slow_device_gets_time_even_when_silent():
    device = Device()
    device.answered(200)
    for _ in range(3):
        device.missed(0, True)
    assert device.timeout_ms(1000) == 800
    assert device.timeout_ms(500) == 500


def test_device_with_broken_answers_is_not_silent():
    device = Device()
    for _ in range(20):
        device.missed(0, True)
        device.missed(0, True)
        device.missed(0, False)
    assert not device.is_silent()
