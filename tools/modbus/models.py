"""`models`: the catalogue, level by level."""

import difflib
import sys

from inverter import catalogue

_KNOWN = {
    "s": "stated",
    "n": "by its name",
    "i": "inferred",
    "m": "not checked",
    "-": "does not apply",
}


def models(path: list) -> int:
    """Print what lies below `path`; with a subgroup each model and what is known of it."""
    found = catalogue.choices(*path)
    if not found:
        level = path[:-1]
        near = ", ".join(catalogue.choices(*level)) if level else ", ".join(catalogue.choices())
        print(f"there is no {' / '.join(path)}; there is: {near or 'nothing'}", file=sys.stderr)
        return 2
    for name in found:
        print(_row(name) if len(path) == 3 else name)
    return 0


def find(name: str) -> tuple:
    """The catalogue's row of `name`. Raises ValueError with the nearest names."""
    row = catalogue.find(name)
    if row is None:
        names = [model[catalogue.NAME] for model in catalogue.models()]
        near = difflib.get_close_matches(name, names, 3, 0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "`models` shows what there is"
        raise ValueError(f"no model {name!r}; {hint}")
    return row


def _row(name: str) -> str:
    row = catalogue.find(name)
    ways = []
    if row[catalogue.BAUD]:
        ways.append(f"{row[catalogue.BAUD]} baud")
    if row[catalogue.PORT]:
        ways.append(f"TCP port {row[catalogue.PORT]}")
    kind = "commanded" if row[catalogue.CONTROL] else "only read"
    power, battery = (_KNOWN[mark] for mark in row[catalogue.MARKS])
    text = f"{name:34} {kind}, address {row[catalogue.ADDRESS]}, {' or '.join(ways)}"
    if power == _KNOWN["-"]:
        return text
    text += f", {row[catalogue.RATED_W]} W ({power})"
    if battery == _KNOWN["-"]:
        return text
    charge_w, discharge_w = row[catalogue.MAX_CHARGE_W], row[catalogue.MAX_DISCHARGE_W]
    return f"{text}, charge {charge_w} W, discharge {discharge_w} W ({battery})"
