"""Values against their rows and against each other."""

from settings.check import check_together, check_value, is_plain, is_text, may_change

_LABEL = ("naam", "nom", "name")
_NUMBER = ("a.power_w", "owner", ("int", 20, 10, 50000, 5, "W", 0), _LABEL, _LABEL)
_SWITCH = ("a.on", "owner", ("bool", True), _LABEL, _LABEL)
_BAUD = ("a.baud", "installer", ("choice", 9600, ((4800, "4800"), (9600, "9600"))), _LABEL, _LABEL)
_WORD = ("a.word", "owner", ("choice", "x", (("x", _LABEL), ("y", _LABEL))), _LABEL, _LABEL)
_TEXT = ("a.name", "owner", ("text", "", 0, 5), _LABEL, _LABEL)
_SECRET = ("a.password", "installer", ("secret", "", 8, 63), _LABEL, _LABEL)

_HUGE = 1 << 40


def test_value_against_row():
    table = (
        (_NUMBER, 10, 10, None),
        (_NUMBER, 50000, 50000, None),
        (_NUMBER, 12, 12, None),
        (_NUMBER, 9, None, "field_range"),
        (_NUMBER, 50001, None, "field_range"),
        (_NUMBER, -1, None, "field_range"),
        (_NUMBER, _HUGE, None, "field_range"),
        (_NUMBER, 20.0, None, "field_type"),
        (_NUMBER, "20", None, "field_type"),
        (_NUMBER, True, None, "field_type"),
        (_NUMBER, None, None, "field_type"),
        (_NUMBER, [20], None, "field_type"),
        (_SWITCH, True, True, None),
        (_SWITCH, False, False, None),
        (_SWITCH, 1, None, "field_type"),
        (_SWITCH, "true", None, "field_type"),
        (_BAUD, 4800, 4800, None),
        (_BAUD, 300, None, "field_range"),
        (_BAUD, "9600", None, "field_type"),
        (_BAUD, 9600.0, None, "field_type"),
        (_WORD, "y", "y", None),
        (_WORD, "z", None, "field_range"),
        (_WORD, 1, None, "field_type"),
        (_TEXT, "  a b ", "a b", None),
        (_TEXT, "", "", None),
        (_TEXT, "één é", "één é", None),
        (_TEXT, "123456", None, "field_range"),
        (_TEXT, "a\nb", None, "field_type"),
        (_TEXT, "a\x00", None, "field_type"),
        (_TEXT, b"abc", None, "field_type"),
        (_TEXT, {}, None, "field_type"),
        (_SECRET, "12345678", "12345678", None),
        (_SECRET, "1234567", None, "field_range"),
        (_SECRET, 12345678, None, "field_type"),
    )
    for row, value, stored, code in table:
        assert check_value(row, value) == (stored, code), (row[0], value)


def test_a_true_is_not_stored_as_a_one():
    assert check_value(_SWITCH, True)[0] is True


def test_a_half_surrogate_is_no_text():
    # json.loads of "\ud83d" gives it; UTF-8 cannot carry it, so no page could show it.
    for code in (0xD800, 0xDBFF, 0xDC00, 0xDFFF):
        assert not is_text("a" + chr(code))
    for code in (0x20, 0xD7FF, 0xE000, 0x1F3E0):
        assert is_text("a" + chr(code))


def test_roles():
    for row, who, allowed in (
        (_NUMBER, "owner", True),
        (_NUMBER, "installer", True),
        (_BAUD, "owner", False),
        (_BAUD, "installer", True),
        (_NUMBER, "", False),
        (_NUMBER, "guest", False),
        (_NUMBER, None, False),
    ):
        assert may_change(row, who) is allowed, (row[0], who)


def test_minimum_and_buffer_fit_in_one_battery():
    for minimum, buffer, code in ((25, 30, None), (20, 80, None), (21, 80, "settings_impossible")):
        values = {"control.min_soc_pct": minimum, "control.peak_buffer_pct": buffer}
        assert check_together(values.get)[0] == code, (minimum, buffer)


def test_impossible_settings_name_their_fields():
    values = {"control.min_soc_pct": 90, "control.peak_buffer_pct": 11}
    assert check_together(values.get) == (
        "settings_impossible",
        ("control.peak_buffer_pct", "control.min_soc_pct"),
    )


def test_plain_values_are_those_that_come_back_the_same():
    for value in (None, 0, -7, _HUGE, True, "é", [], [1, [2]], {"a": {"b": [1, "x"]}}):
        assert is_plain(value), value
    deep = []
    for _ in range(20):
        deep = [deep]
    for value in (0.5, float("inf"), [1, 0.5], {"a": 0.5}, {1: 2}, b"x", (1,), "a\n", deep):
        assert not is_plain(value), value
