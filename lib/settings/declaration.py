"""The index of the settings declaration: which groups there are and how a row reads.

Every setting is one row, with its texts, in one module `settings.group_<group>`:

    (key, role, shape, labels, helps)

- key: "group.name"; the name of a quantity ends in the unit that is stored;
- role: the weakest of ROLES that may change it;
- shape: one of
    ("int", default, minimum, maximum, step, unit, digits)
    ("bool", default)
    ("choice", default, ((value, texts), ...))
    ("text", default, shortest, longest)
    ("secret", default, shortest, longest): a text that never leaves the board;
  `step` is for the slider, every whole number in the range is accepted; `unit` is the one shown;
  `digits` says where the decimal point is put: stored 2500 with 3 digits and "kWh" is 2.500 kWh;
- labels, helps, texts: one text per language of LANGUAGES (or one text that suits all).

A group is imported while its rows are needed and dropped afterwards, so that the texts of all
pages never lie in memory together.
"""

from micropython import const

#: Groups in the order of the pages; the part of a key before its point.
GROUPS = ("control", "battery", "inverter", "devices", "meter", "tariff", "site")

#: Order of the texts in every label, help and choice.
LANGUAGES = ("nl", "fr", "en")

#: Who may change a setting, weakest first; each may do what those before it may. What the board
#: itself found out has the last, and is shown in no form.
ROLES = ("owner", "installer", "board")

# Columns of a row.
KEY = const(0)
ROLE = const(1)
SHAPE = const(2)
LABEL = const(3)
HELP = const(4)

# Columns of a shape.
KIND = const(0)
DEFAULT = const(1)
CHOICES = const(2)  # choice
MINIMUM = const(2)  # int: smallest value; text and secret: fewest characters
MAXIMUM = const(3)
STEP = const(4)  # int
UNIT = const(5)  # int
DIGITS = const(6)  # int


def group_of(key: str) -> "str | None":
    """The group that `key` belongs to by its name, or None when there is no such group."""
    group = key.split(".", 1)[0]
    return group if group in GROUPS else None


def find(rows, key: str) -> "tuple | None":
    """The row of `key` among `rows`, or None."""
    for row in rows:
        if row[KEY] == key:
            return row
    return None


def text_in(texts, language: str) -> str:
    """The text of `texts` in `language`; an unknown language reads as the first of LANGUAGES."""
    if isinstance(texts, str):
        return texts
    return texts[LANGUAGES.index(language) if language in LANGUAGES else 0]
