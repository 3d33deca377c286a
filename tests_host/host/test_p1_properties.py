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
    assert values.unix_s(text.encode(), 0) == expected
    assert times.iso(expected, offset_s) == moment.replace(tzinfo=zone).isoformat()


@given(st.datetimes(datetime.datetime(2001, 1, 1), datetime.datetime(2037, 12, 31)))
def test_time_without_letter_is_that_of_zoneinfo(moment):
    moment = moment.replace(microsecond=0, tzinfo=_BRUSSELS, fold=0)
    text = moment.strftime("%y%m%d%H%M%S") + ")!"
    assert values.unix_s(text.encode(), 0) == int(moment.timestamp())


@given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from("SW)"))
def test_impossible_times_are_none_and_no_others(digits, letter):
    try:
        moment = datetime.datetime.strptime("20" + digits, "%Y%m%d%H%M%S")
        is_possible = 2001 <= moment.year <= 2069
    except ValueError:
        is_possible = False
    found = values.unix_s(f"{digits}{letter})!".encode(), 0)
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


_WAYS = ((1, "import"), (2, "export"))
# Objects with a number: code, unit, decimals of the field, field.
_NUMBERED = [
    *((f"1-0:{d}.8.{t}", "kWh", 3, f"{way}_t{t}_wh") for d, way in _WAYS for t in range(1, 6)),
    *((f"1-0:{d}.7.0", "kW", 3, f"{way}_w") for d, way in _WAYS),
    *((f"1-0:{2 * p}{d}.7.0", "kW", 3, f"l{p}_{way}_w") for d, way in _WAYS for p in (1, 2, 3)),
    *((f"1-0:{2 * p + 1}2.7.0", "V", 1, f"l{p}_dv") for p in (1, 2, 3)),
    *((f"1-0:{2 * p + 1}1.7.0", "A", 2, f"l{p}_ca") for p in (1, 2, 3)),
    ("1-0:1.4.0", "kW", 3, "quarter_average_w"),
    ("0-0:17.0.0", "kW", 3, "limiter_w"),
    ("1-0:31.4.0", "A", 2, "fuse_ca"),
]


@st.composite
def _numbered(draw):
    """A line of an object with a number, its field and the number in that field's unit."""
    code, unit, decimals, field = draw(st.sampled_from(_NUMBERED))
    places = draw(st.integers(0, decimals))
    integer = draw(st.integers(0, 10**8))
    digits = str(integer).zfill(draw(st.integers(places + 1, 9)))
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{code}({text}*{unit})", field, integer * 10 ** (decimals - places)


@given(st.lists(_numbered(), min_size=1, unique_by=lambda line: line[1]), st.randoms())
def test_any_objects_in_any_order_give_just_their_fields(lines, random):
    expected = {field: value for _, field, value in lines}
    reading = Reading()
    for _ in range(2):
        random.shuffle(lines)
        assert _decoded(telegram([text for text, _, _ in lines]), reading) is None
        for _, _, _, field in _NUMBERED:
            assert getattr(reading, field) == expected.get(field), field


_MOMENTS = st.integers(1_000_000_000, 3_100_000_000)


def _stamp(unix_s, letter):
    hours = {"S": 2, "W": 1}[letter]
    moment = datetime.datetime.fromtimestamp(unix_s + 3600 * hours, datetime.UTC)
    return moment.strftime("%y%m%d%H%M%S") + letter


@given(st.lists(_MOMENTS, min_size=3, max_size=3), st.text("SW", min_size=3, max_size=3))
def test_times_of_clock_peak_and_gas_come_back_as_they_were_written(moments, letters):
    clock, peak, gas = [_stamp(*each) for each in zip(moments, letters, strict=True)]
    lines = (
        f"0-0:1.0.0({clock})",
        f"1-0:1.6.0({peak})(03.064*kW)",
        f"0-3:24.2.3({gas})(00092.287*m3)",
    )
    reading = Reading()
    assert _decoded(telegram(lines), reading) is None
    assert [reading.time_s, reading.month_peak_at_s, reading.gas_at_s] == moments
    assert reading.utc_offset_s == {"S": 7200, "W": 3600}[letters[0]]


@given(st.lists(st.tuples(st.integers(0, 240), _MOMENTS, st.integers(0, 99999)), max_size=13))
def test_month_peaks_come_back_oldest_first(rows):
    rows = list({row[0]: row for row in rows}.values())
    text = f"0-0:98.1.0({len(rows)})(1-0:1.6.0)(1-0:1.6.0)"
    for months, at_s, value_w in rows:
        closed = f"{20 + months // 12:02d}{months % 12 + 1:02d}01000000W"
        text += f"({closed})({_stamp(at_s, 'W')})({value_w // 1000:02d}.{value_w % 1000:03d}*kW)"
    reading = Reading()
    assert _decoded(telegram([text + ("" if rows else "()")]), reading) is None
    expected = [(2020 * 12 + months - 1, at_s, w) for months, at_s, w in sorted(rows)]
    assert reading.peak_history == tuple(expected)


_GOOD = (telegram(), telegram(LINES[3:]))


@given(
    st.lists(st.sampled_from([*_GOOD, b"!1F\r\n", b"\xff\x00\r\n"]), max_size=4),
    st.lists(st.tuples(st.integers(0, 2**14), st.integers(1, 255)), max_size=4),
    st.integers(1, 256),
)
def test_damage_costs_no_telegram_that_it_does_not_touch(parts, places, size):
    stream = bytearray(b"".join([*parts, _GOOD[0]]))
    for place, bits in places:
        stream[place % len(stream)] ^= bits
    whole = sum(stream.count(good) for good in _GOOD)
    found = [result for result in results_of(bytes(stream), size) if isinstance(result, bytes)]
    assert len(found) >= whole
