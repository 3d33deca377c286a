"""The rhythm of telegrams."""

from p1.rhythm import Rhythm


def _fed(*gaps_ms):
    rhythm = Rhythm()
    for gap_ms in gaps_ms:
        rhythm.note(gap_ms)
    return rhythm


def test_two_gaps_alike_make_a_rhythm():
    assert _fed(10000).interval_ms == 1000
    assert _fed(10000, 10010).interval_ms == 10010
    assert _fed(5000, 5000).interval_ms == 5000
    assert _fed(*[1000] * 10, 10000, 10010).interval_ms == 10010  # another meter


def test_a_missing_telegram_is_a_gap_and_no_new_rhythm():
    rhythm = _fed(*[1000] * 10, 3000, 1000, 1000)
    assert (rhythm.interval_ms, rhythm.gaps, rhythm.gap_most_ms) == (1000, 1, 3000)


def test_a_long_silence_is_no_rhythm():
    rhythm = _fed(*[1000] * 5, 60000, 60000)
    assert (rhythm.interval_ms, rhythm.gaps, rhythm.gap_most_ms) == (1000, 2, 60000)


def test_jitter_is_the_mean_distance_from_the_interval():
    assert _fed(*[1000] * 20).jitter_ms == 0
    shaky = _fed(*[950, 1050] * 50)
    assert 35 <= shaky.jitter_ms <= 60
    assert 980 <= shaky.interval_ms <= 1020


def test_the_interval_follows_a_meter_whose_clock_drifts():
    assert 1090 <= _fed(1000, 1000, *[1100] * 60).interval_ms <= 1100
