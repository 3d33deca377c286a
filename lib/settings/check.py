"""Judges setting values: one value against its row, and values against each other.

Nothing here raises for a bad value: the answer is a code from a short list that the API uses too.
"""

from micropython import const

from settings.declaration import CHOICES, KIND, MAXIMUM, MINIMUM, ROLE, ROLES, SHAPE

_SPACE = const(0x20)  # everything below is a control character
_SURROGATES = const(0xD800)  # first and last code point that UTF-8 cannot hold (RFC 3629, 3)
_SURROGATES_END = const(0xDFFF)
_DEPTH = const(6)  # lists and objects inside each other in a value that a newer version stored


def check_value(row, value) -> tuple:
    """Judge `value` against the declared `row`: (value to store, None), or (None, code).

    Codes: "field_type" (wrong kind, or a text with control characters) and "field_range" (outside
    the range, the choices or the length). Texts lose the spaces at both ends. Numbers are whole.
    """
    shape = row[SHAPE]
    kind = shape[KIND]
    if kind == "bool":
        return (value, None) if type(value) is bool else (None, "field_type")
    if kind == "choice":
        return _choice(shape[CHOICES], value)
    if kind == "int":
        if type(value) is not int:
            return None, "field_type"
        measure = value
    else:
        if not is_text(value):
            return None, "field_type"
        value = value.strip(" ")
        measure = len(value)
    if measure < shape[MINIMUM] or measure > shape[MAXIMUM]:
        return None, "field_range"
    return value, None


def _choice(choices, value) -> tuple:
    for choice in choices:
        if type(choice[0]) is type(value) and choice[0] == value:
            return choice[0], None
    known = type(value) is type(choices[0][0])
    return None, "field_range" if known else "field_type"


def may_change(row, who: str) -> bool:
    """Whether the role `who` may change the setting of `row`; an unknown role may change none."""
    return who in ROLES and ROLES.index(who) >= ROLES.index(row[ROLE])


def check_together(get) -> tuple:
    """Judge values against each other: (None, ()), or ("settings_impossible", keys to blame).

    `get(key)` gives the value that would stand.
    """
    if get("control.min_soc_pct") + get("control.peak_buffer_pct") > 100:
        return "settings_impossible", ("control.peak_buffer_pct", "control.min_soc_pct")
    return None, ()


def is_text(value) -> bool:
    """Whether `value` is a str that every page and every JSON reader can carry."""
    if type(value) is not str:
        return False
    for character in value:
        code = ord(character)
        if code < _SPACE or _SURROGATES <= code <= _SURROGATES_END:
            return False
    return True


def is_plain(value, depth: int = _DEPTH) -> bool:
    """Whether `value` comes back the same after it was stored: whole numbers, texts, containers.

    Used for keys that only a newer version knows. A fraction is not: the ESP32 would round it.
    """
    if value is None or type(value) is int or type(value) is bool or is_text(value):
        return True
    if depth == 0:
        return False
    if type(value) is list:
        return all(is_plain(item, depth - 1) for item in value)
    if type(value) is dict:
        return all(is_text(key) and is_plain(value[key], depth - 1) for key in value)
    return False
