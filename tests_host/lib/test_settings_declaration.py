"""The declaration itself: every row is whole, and every default may stand."""

from settings import declaration
from settings.check import check_together, check_value
from settings.declaration import DEFAULT, HELP, KEY, KIND, LABEL, ROLE, ROLES, SHAPE

_SHAPE_LENGTH = {"int": 7, "bool": 2, "choice": 3, "text": 4, "secret": 4}


def _module(group):
    return __import__("settings.group_" + group, None, None, ("ROWS",))


def _rows():
    return [row for group in declaration.GROUPS for row in _module(group).ROWS]


def test_keys_are_unique_and_carry_the_name_of_their_group():
    seen = []
    for group in declaration.GROUPS:
        for row in _module(group).ROWS:
            assert declaration.group_of(row[KEY]) == group, row[KEY]
            assert row[KEY] not in seen, row[KEY]
            seen.append(row[KEY])
    assert len(seen) >= 20


def test_every_row_has_a_role_and_a_shape_of_its_kind():
    for row in _rows():
        assert len(row) == 5, row[KEY]
        assert row[ROLE] in ROLES, row[KEY]
        assert len(row[SHAPE]) == _SHAPE_LENGTH[row[SHAPE][KIND]], row[KEY]


def test_every_text_stands_there_in_three_languages_on_one_line():
    texts = [_module(group).TITLE for group in declaration.GROUPS]
    for row in _rows():
        texts += [row[LABEL], row[HELP]]
    for trio in texts:
        assert len(trio) == len(declaration.LANGUAGES), trio
        for text in trio:
            assert text and "\n" not in text and text == text.strip(), text


def test_every_default_may_stand():
    defaults = {}
    for row in _rows():
        value = row[SHAPE][DEFAULT]
        assert check_value(row, value) == (value, None), row[KEY]
        defaults[row[KEY]] = value
    assert check_together(defaults.get) == (None, ())


def test_the_guides_words_are_used():
    control = _module("control").ROWS
    for key, word in (
        ("control.desired_peak_w", "Gewenste verbruikspiek"),
        ("control.min_soc_pct", "Minimale SoC"),
        ("control.peak_buffer_pct", "Buffer piekverbruik"),
    ):
        assert declaration.find(control, key)[LABEL][0] == word


def test_a_key_of_no_group_has_no_group():
    for key in ("", "control", "nothing.here", "contro.enabled"):
        found = declaration.group_of(key)
        assert found is None or declaration.find(_module(found).ROWS, key) is None, key


def test_text_in_falls_back_to_the_first_language():
    assert declaration.text_in(("ja", "oui", "yes"), "fr") == "oui"
    assert declaration.text_in(("ja", "oui", "yes"), "xx") == "ja"
    assert declaration.text_in("9600", "fr") == "9600"
