"""Times of meters. Expected Unix seconds from `date -u -d ... +%s`."""

from p1 import times, values

# text, Unix seconds
TIMES = (
    ("231102121548W", 1698923748),  # 11:15:48 UTC
    ("210408202443S", 1617906283),  # 18:24:43 UTC
    ("240405154953)", 1712324993),  # no letter: summer, 13:49:53 UTC
    ("240112231755)", 1705097875),  # no letter: winter, 22:17:55 UTC
    ("240229120000W", 1709204400),
    ("010101000000W", 978303600),
    ("691231235959W", 3155756399),
)

NO_TIMES = (
    "632525252525W",
    "632525252525S",
    "000101010000W",
    "000101000001W",
    "000000000000W",
    "700101010000W",
    "240341110912S",
    "230229120000W",
    "240431120000S",
    "240101240000W",
    "240101126000W",
    "240101120060W",
    "241301120000W",
    "240001120000W",
    "240100120000W",
    "2401011200",
    "24010112000xW",
    "1-0:1.6.0",
    "",
)


def _unix_s(text):
    return values.unix_s((text + ")\r\n!").encode(), 0)


def test_times():
    for text, expected in TIMES:
        assert _unix_s(text) == expected, text


def test_letter_decides_even_against_the_season():
    # 1 March 2020 00:00 at UTC+2 is 29 February 22:00 UTC.
    assert _unix_s("200301000000S") == 1583013600
    # 2 February 2023 13:27:47 at UTC+2 is 11:27:47 UTC.
    assert _unix_s("230202132747S") == 1675337267


def test_impossible_and_never_set_times_are_none():
    for text in NO_TIMES:
        assert _unix_s(text) is None, text


def test_hour_that_happens_twice():
    # 27 October 2024: 02:30 summer time is 00:30 UTC, 02:30 winter time is 01:30 UTC.
    assert _unix_s("241027023000S") == 1729989000
    assert _unix_s("241027023000W") == 1729992600
    assert times.iso(1729989000, 7200) == "2024-10-27T02:30:00+02:00"
    assert times.iso(1729992600, 3600) == "2024-10-27T02:30:00+01:00"


def test_without_letter_around_the_changes_of_the_clock():
    # 31 March 2024: 01:59:59 is still UTC+1, 03:00:00 is UTC+2, one second later.
    assert _unix_s("240331015959") == 1711846799
    assert _unix_s("240331030000") == 1711846800
    # 27 October 2024: 01:59:59 is UTC+2, 03:00:00 is UTC+1; between them the first pass is taken.
    assert _unix_s("241027015959") == 1729987199
    assert _unix_s("241027023000") == 1729989000
    assert _unix_s("241027030000") == 1729994400


def test_month_that_a_closing_time_ends():
    cases = (
        ("231101000000W", 2023 * 12 + 9),  # October 2023
        ("240101000000W", 2023 * 12 + 11),  # December 2023
        ("231031234500W", 2023 * 12 + 9),
        ("231101001500W", 2023 * 12 + 10),
        ("632525252525W", None),
    )
    for text, expected in cases:
        assert values.month_ended((text + ")!").encode(), 0) == expected, text


def test_iso_text():
    assert times.iso(1698923748, 3600) == "2023-11-02T12:15:48+01:00"
    assert times.iso(1617906283, 7200) == "2021-04-08T20:24:43+02:00"
