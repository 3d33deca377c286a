"""Properties of framer and decoder, on CPython with hypothesis."""

import datetime
import sys
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from p1 import times, values
from p1.decode import decode
from p1.reading import Reading
from tools.mpytest import ROOT

sys.path.append(str(ROOT / "tests_host" / "lib"))

from p1_rig import LINES, results_of, telegram, text_of

_BRUSSELS = ZoneInfo("Europe/Brussels")
_FIELDS = [name for name in vars(Reading()) if name not in ("template", "generation", "news")]


def _shown(reading):
    """Everything a reading says, its channels included."""
    found = {name: getattr(reading, name) for name in _FIELDS if name != "channels"}
    return found, [vars(channel).copy() for channel in reading.channels]


def _decoded(stream, reading):
    text = text_of(stream)
    return decode(text, len(text), reading)


@given(
    st.integers(0, 999999),
    st.integers(0, 7),
    st.integers(0, 3),
    st.sampled_from(["*kWh", "*kW", "*m3", "", "*V"]),
    st.integers(0, 4),
)
def test_number_is_that_of_decimal(integer, places, wanted, unit, zeros):
    text = "0" * zeros + str(integer)
    if places:
        text = f"{integer // 10**places:0{zeros + 1}d}.{integer % 10**places:0{places}d}"
    expected = int(Decimal(text) * 10**wanted)
    assert values.number(f"{text}{unit})!".encode(), 0, wanted) == expected


@given(st.datetimes(datetime.datetime(2001, 1, 1), datetime.datetime(2069, 12, 31)), st.booleans())
def test_time_with_letter_is_that_of_datetime(moment, is_summer):
    moment = moment.replace(microsecond=0)
    text = moment.strftime("%y%m%d%H%M%S") + ("S" if is_summer else "W") + ")!"
    offset_s = 7200 if is_summer else 3600
    zone = datetime.timezone(datetime.timedelta(seconds=offset_s))
    expected = int(moment.replace(tzinfo=zone).timestamp())
    assert times.unix_s(text.encode(), 0) == expected
    assert times.iso(expected, offset_s) == moment.replace(tzinfo=zone).isoformat()


@given(st.datetimes(datetime.datetime(2001, 1, 1), datetime.datetime(2037, 12, 31)))
def test_time_without_letter_is_that_of_zoneinfo(moment):
    moment = moment.replace(microsecond=0, tzinfo=_BRUSSELS)
    text = moment.strftime("%y%m%d%H%M%S") + ")!"
    assert times.unix_s(text.encode(), 0) == int(moment.timestamp())


@given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from("SW)"))
def test_impossible_times_are_none_and_no_others(digits, letter):
    try:
        moment = datetime.datetime.strptime("20" + digits, "%Y%m%d%H%M%S")
        is_possible = 2001 <= moment.year <= 2069
    except ValueError:
        is_possible = False
    found = times.unix_s(f"{digits}{letter})!".encode(), 0)
    assert (found is not None) == is_possible


@given(st.binary(max_size=600), st.integers(1, 256))
def test_framer_gives_the_same_for_any_pieces_and_finds_what_follows(noise, size):
    good = telegram()
    stream = noise + good
    whole = results_of(stream)
    assert whole == results_of(stream, size)
    assert whole[-1] == text_of(good)


_CODES = [line[: line.index("(")] for line in LINES] + [
    "0-0:98.1.0",
    "0-0:96.1.0",
    "1-0:32.7.0",
    "1-0:31.7.0",
    "1-0:1.8.0",
    "1-1:2.7.0",
    "0-1:24.1.0",
    "0-1:24.2.1",
    "0-1:24.2.3",
    "0-2:24.3.0",
    "0-2:24.1.0",
    "0-1:96.1.1",
    "0-2:96.3.10",
    "1-0:99.97.0",
    "9-9:1.2.3",
]
_VALUES = st.one_of(
    st.sampled_from(
        [
            "()",
            "(0001)",
            "(00.338*kW)",
            "(01.338*kW)",
            "(230.1*V)",
            "(231102121548W)",
            "(240702121548S)",
            "(632525252525W)(00000.000)",
            "(231102121548W)(00001.234*m3)",
            "(231102121552W)(00001.235*m3)",
            "(003)",
            "(007)",
            "(3132333435)",
            "(xx.xxx*kW)",
            "(1)(1-0:1.6.0)(1-0:1.6.0)(230801000000S)(230715120000S)(01.862*kW)",
            "(210413190000)(00)(60)(1)(0-2:24.2.1)(m3)\r\n(16083.008)",
        ]
    ),
    st.text("0123456789.*()kWhm3SW-/! x\r\n", max_size=30),
)
_LINES = st.lists(st.tuples(st.sampled_from(_CODES), _VALUES), min_size=1, max_size=12)


@settings(max_examples=300)
@given(st.lists(_LINES, min_size=1, max_size=6), st.lists(st.integers(0, 5), max_size=8))
def test_what_came_before_never_changes_a_reading(telegrams, order):
    """The template of earlier telegrams is a shortcut, not an input."""
    streams = [telegram([code + value for code, value in lines]) for lines in telegrams]
    streams += [streams[i % len(streams)] for i in order]
    first = Reading()
    twins = (first, Reading(first))
    for i, stream in enumerate(streams):
        fresh = Reading()
        refused = _decoded(stream, fresh)
        assert _decoded(stream, twins[i & 1]) == refused
        if refused is None:
            assert _shown(twins[i & 1]) == _shown(fresh)


@given(st.binary(max_size=400))
def test_decoding_never_raises(body):
    text = b"/" + body + b"!"
    decode(text, len(text), Reading())


@given(st.text("0123456789.:-()*kWhSW\r\n!/", max_size=300))
def test_decoding_of_almost_telegrams_never_raises(body):
    text = ("/FLU5\r\n\r\n" + body + "!").encode()
    decode(text, len(text), Reading())
