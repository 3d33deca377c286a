"""What a page is told about a setting."""

from settings.form import describe

_HELP = ("uitleg", "aide", "help")
_CHOICES = (("x", ("ja", "oui", "yes")), ("y", "Y"))
_INT = ("a.b_wh", "owner", ("int", 20, 10, 50, 5, "kWh", 3), ("N", "F", "E"), _HELP)
_CHOICE = ("a.c", "installer", ("choice", "x", _CHOICES), ("N", "F", "E"), _HELP)
_SECRET = ("a.s", "installer", ("secret", "", 8, 63), ("N", "F", "E"), _HELP)


def test_a_number_tells_range_step_unit_and_digits():
    assert describe(_INT, 25, "fr") == {
        "key": "a.b_wh",
        "kind": "int",
        "role": "owner",
        "label": "F",
        "help": "aide",
        "value": 25,
        "min": 10,
        "max": 50,
        "step": 5,
        "unit": "kWh",
        "digits": 3,
    }


def test_a_choice_tells_its_choices_in_order():
    assert describe(_CHOICE, "y", "en")["choices"] == [["x", "yes"], ["y", "Y"]]


def test_a_secret_tells_only_whether_it_is_set():
    for value, is_set in (("hunter22", True), ("", False)):
        field = describe(_SECRET, value, "nl")
        assert field["is_set"] is is_set
        assert "value" not in field
        assert "hunter22" not in str(field)
