"""Describes settings to a page: the form is drawn from this, in one language."""

from settings.declaration import (
    CHOICES,
    DIGITS,
    HELP,
    KEY,
    KIND,
    LABEL,
    MAXIMUM,
    MINIMUM,
    ROLE,
    SHAPE,
    STEP,
    UNIT,
    text_in,
)


def describe(row, value, language: str) -> dict:
    """A JSON-ready description of the setting of `row` with its present `value`, in `language`.

    A secret shows only whether it is set.
    """
    shape = row[SHAPE]
    kind = shape[KIND]
    field = {
        "key": row[KEY],
        "kind": kind,
        "role": row[ROLE],
        "label": text_in(row[LABEL], language),
        "help": text_in(row[HELP], language),
    }
    if kind == "secret":
        field["is_set"] = bool(value)
    else:
        field["value"] = value
    if kind in ("int", "text", "secret"):
        field["min"] = shape[MINIMUM]
        field["max"] = shape[MAXIMUM]
    if kind == "int":
        field["step"] = shape[STEP]
        field["unit"] = shape[UNIT]
        field["digits"] = shape[DIGITS]
    if kind == "choice":
        field["choices"] = [[choice[0], text_in(choice[1], language)] for choice in shape[CHOICES]]
    return field
