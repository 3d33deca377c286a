"""Globals that were attributes of the one object of a class (single.py): `S4_name`."""

import ast

from tools.squeeze.program import copy_origin


def is_state(name: str) -> bool:
    """Whether it is such a global, or a function that was a method."""
    return name[0] == "S" and name[1:2].isdigit()


def undeclared(body: list) -> tuple:
    """(names that a function declares as globals at its beginning, the rest of its body)."""
    names = [name for s in body if isinstance(s, ast.Global) for name in s.names]
    return names, [s for s in body if not isinstance(s, ast.Global)]


def declare(function, names):
    """Add globals that a function sets."""
    old, rest = undeclared(function.body)
    if set(names) - set(old):
        function.body = [copy_origin(ast.Global(sorted({*old, *names})), rest[0]), *rest]
