"""Writes trees as text again, and which line of it stands for which place of the sources."""

import ast

from tools.squeeze.scopes import walk


def emit(unit) -> tuple:
    """Return (text, {line: (file, line, function)}) of a unit."""
    text = ast.unparse(unit.tree)
    text = text + "\n" if text else ""
    places: dict = {}
    written = ast.parse(text)
    _note(unit.tree, written, places)
    return _without_tuples(text, written), places


def _without_tuples(text: str, written: ast.Module) -> str:
    """Write `a, b = c, d` where ast.unparse puts parentheses: these would make a tuple."""
    lines = text.encode().split(b"\n")
    found = [
        node.value
        for node in walk(written)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and isinstance(node.value, ast.Tuple)
        and len(node.value.elts) > 1
    ]
    for node in found:
        line = lines[node.end_lineno - 1]
        lines[node.end_lineno - 1] = line[: node.end_col_offset - 1] + line[node.end_col_offset :]
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + line[node.col_offset + 1 :]
    return b"\n".join(lines).decode()


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


def borders(places: dict) -> list:
    """Lines of {line: (file, line, function)} before which another function stands."""
    found, last = [], None
    for line in sorted(places):
        if places[line][::2] != last:
            found.append(line)
        last = places[line][::2]
    return found


def table(places: dict) -> str:
    """The text of a map file from {module: {line: (file, line, function)}}."""
    lines = [
        f"{module}:{line} {path}:{old}:{function}"
        for module in sorted(places)
        for line, (path, old, function) in sorted(places[module].items())
    ]
    return "\n".join(lines) + "\n"
