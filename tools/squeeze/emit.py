"""Writes trees as text again, and which line of it stands for which place of the sources."""

import ast


def emit(unit) -> tuple:
    """Return (text, {line: (file, line, function)}) of a unit."""
    text = ast.unparse(unit.tree)
    text = text + "\n" if text else ""
    places: dict = {}
    _note(unit.tree, ast.parse(text), places)
    return text, places


def _note(ours, written, places):
    """Walk both trees, which are alike, statement by statement."""
    for field in ("body", "orelse", "finalbody", "handlers"):
        old, new = getattr(ours, field, None), getattr(written, field, None)
        if not isinstance(old, list) or not isinstance(new, list):
            continue
        for one, other in zip(old, new, strict=True):
            origin = getattr(one, "origin", None)
            if origin:
                places[other.lineno] = origin
            _note(one, other, places)


def table(places: dict) -> str:
    """The text of a map file from {module: {line: (file, line, function)}}."""
    lines = [
        f"{module}:{line} {path}:{old}:{function}"
        for module in sorted(places)
        for line, (path, old, function) in sorted(places[module].items())
    ]
    return "\n".join(lines) + "\n"
