"""How values are written: numbers in all spellings, texts, peaks, M-Bus values, histories."""

from p1 import values

# text behind the "(", decimals wanted, integer
NUMBERS = (
    ("000301.548*kWh)", 3, 301548),
    ("999999.999*kWh)", 3, 999999999),
    ("00.338*kW)", 3, 338),
    ("0000.57*kW)", 3, 570),
    ("999.9*kW)", 3, 999900),
    ("77.376)", 3, 77376),
    ("234.7*V)", 1, 2347),
    ("234.5V)", 1, 2345),
    ("230*V)", 1, 2300),
    ("002*A)", 2, 200),
    ("002.22*A)", 2, 222),
    ("999*A)", 2, 99900),
    ("006545766*Wh)", 3, 6545766),
    ("000000286*W)", 3, 286),
    ("0123.4567890*W)", 3, 123),
    ("1.23456*kW)", 3, 1234),
    ("0001)", 0, 1),
    ("(", 0, None),
    (")", 0, None),
    (".)", 0, None),
    ("*kW)", 3, None),
    ("-063*A)", 2, None),
    ("xx.xxx*kW)", 3, None),
    ("0x.123*kW)", 3, None),
    ("00.3\r\n", 3, None),
    ("1.2.3*kW)", 3, None),
    ("123456789012345*kW)", 3, None),
)

TEXTS = (
    ("3153414731313030303037313930", "1SAG1100007190"),
    ("31333631353032362020202020202020", "13615026"),
    ("205A4142463030313531373732373131", "ZABF00151772711"),
    ("91318181", "91318181"),  # plain digits of an Iskra, not hexadecimal text
    ("09610", "09610"),
    ("ADC3100000158491", "ADC3100000158491"),
    ("00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff"),
    ("12345678901234567890123456789012", "12345678901234567890123456789012"),
    ("test-/-test", "test-/-test"),
    ("303132\r\n333435", "012345"),
    ("436166C3A9", "Caf\u00e9"),
    ("", None),
    ("2020202020", None),
    ("0000000000000000000000000000000000", None),
    ("\x81\x82z", "??z"),
)


def _pos(text):
    return bytes([ord(char) for char in text + "!"])


def test_numbers():
    for text, decimals, expected in NUMBERS:
        assert values.number(_pos(text), 0, decimals) == expected, text


def test_texts():
    for text, expected in TEXTS:
        raw = _pos(text)
        assert values.text(raw, 0, len(raw) - 1, 2) == expected, text


def test_short_digits_are_not_hexadecimal_where_six_are_asked_for():
    assert values.text(b"42)!", 0, 2, 6) == "42"
    assert values.text(b"50217)!", 0, 5, 6) == "50217"
    assert values.text(b"3231313130)!", 0, 10, 6) == "21110"


def test_peaks():
    cases = (
        ("231102114500W)(03.064*kW)\r\n", (3064, 1698921900)),
        ("08.796*kW)(260102010000)\r\n", (8796, 1767312000)),
        ("632525252525W)(00.000*kW)\r\n", (None, None)),
        ("231101000000W)(00.000*kW)\r\n", (0, 1698793200)),
        ("632525252525W)(01.500*kW)\r\n", (1500, None)),
        (")\r\n", (None, None)),
        (")(\r\n", (None, None)),
    )
    for text, expected in cases:
        raw = _pos(text)
        assert values.peak(raw, 0, len(raw) - 1) == expected, text


def test_metered():
    nothing = (None, None, None)
    cases = (
        ("231102121002W)(00092.287*m3)\r\n", (92287, "m3", 1698923402)),
        ("231102121002W)(000000.01*m3)\r\n", (10, "m3", 1698923402)),
        ("260215200523W)(240.860*GJ)\r\n", (240860, "GJ", 1771182323)),
        ("260215200523W)(000240860*MJ)\r\n", (240860, "GJ", 1771182323)),
        ("191001090338S)(00000.000*m3)\r\n", (0, "m3", 1569913418)),
        ("632525252525W)(00000.000)\r\n", nothing),
        ("700101010000W)(00000000)\r\n", nothing),
        ("000101000000W)(00000000.0000)\r\n", nothing),
        ("240341110912S)(00012.345*m3)\r\n", (12345, "m3", None)),
        ("00012.345*m3)\r\n", (12345, "m3", None)),
        ("231102121002W)\r\n", nothing),
        (")\r\n", nothing),
    )
    for text, expected in cases:
        raw = _pos(text)
        assert values.metered(raw, 0, len(raw) - 1) == expected, text


def test_metered_of_dsmr_22():
    head = "210413190000)(00)(60)(1)(0-1:24.2.1)(m3)"
    cases = (
        (head + "\r\n(16083.008)\r\n", (16083008, "m3", 1618333200)),
        (head + "(00001.001)\r\n", (1001, "m3", 1618333200)),
        (head + "\r\n", (None, None, None)),
    )
    for text, expected in cases:
        raw = _pos(text)
        assert values.metered_old(raw, 0, len(raw) - 1) == expected, text


def test_month_peaks_are_sorted_by_their_month():
    raw = _pos(
        "3)(1-0:1.6.0)(1-0:1.6.0)(200501000000S)(200423192538S)(03.695*kW)"
        "(200401000000S)(200305122139S)(05.980*kW)(200301000000S)(200210035421W)(04.318*kW)\r\n"
    )
    assert values.month_peaks(raw, 0, len(raw) - 1) == (
        (2020 * 12 + 1, 1581303261, 4318),
        (2020 * 12 + 2, 1583403699, 5980),
        (2020 * 12 + 3, 1587662738, 3695),
    )


def test_month_peaks_with_placeholder_and_hole():
    raw = _pos(
        "3)(1-0:1.6.0)(1-0:1.6.0)(230801000000S)(632525252525W)(00.000*kW)"
        "(230901000000S)(230831181500S)(01.862*kW)(240701000000S)(240615130000S)(04.927*kW)\r\n"
    )
    assert values.month_peaks(raw, 0, len(raw) - 1) == (
        (2023 * 12 + 6, None, 0),
        (2023 * 12 + 7, 1693498500, 1862),
        (2024 * 12 + 5, 1718449200, 4927),
    )


def test_empty_and_foreign_histories():
    assert values.month_peaks(b"0)(1-0:1.6.0)(1-0:1.6.0)()\r\n!", 0, 28) == ()
    assert values.month_peaks(b"12)\r\n!", 0, 5) is None
    dump = b"1)(1-0:1.8.0)(1-0:2.8.0)(230801000000S)(000123.456*kWh)\r\n!"
    assert values.month_peaks(dump, 0, len(dump) - 1) is None


def test_history_row_with_an_unreadable_value_is_left_out():
    raw = _pos(
        "2)(1-0:1.6.0)(1-0:1.6.0)(230801000000S)(230715120000S)(xx.xxx*kW)"
        "(230901000000S)(230831181500S)(01.862*kW)\r\n"
    )
    assert values.month_peaks(raw, 0, len(raw) - 1) == ((2023 * 12 + 7, 1693498500, 1862),)
