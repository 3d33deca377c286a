"""A module that is given back defines no class: an object that stays would hold all of it."""

import ast
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
#: Classes whose objects go before their module does, and why that is sure.
_ALLOWED = {
    "SettingsFiles": "made for one load or save, inside the function that gives the module back",
    "_Seen": "made for one search, which ends before its module is given back",
    "Passthrough": "given back when it serves no longer",
    "AccessPoint": "given back only when none could be opened",
}


def _sources() -> list:
    return [*sorted((_ROOT / "firmware").rglob("*.py")), *sorted((_ROOT / "lib").rglob("*.py"))]


def _given_back(tree) -> set:
    """Names of modules that a source gives back, where they stand in it as constants."""
    known = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Constant | ast.Tuple) and _is_literal(node.value)
    }
    found: set = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "give_back":
            for argument in node.args:
                inner = argument.value if isinstance(argument, ast.Starred) else argument
                value = known.get(getattr(inner, "id", None), getattr(inner, "value", None))
                found.update([value] if isinstance(value, str) else value or ())
    return {name for name in found if isinstance(name, str)}


def _is_literal(node) -> bool:
    return all(isinstance(n, ast.Constant | ast.Tuple | ast.Load) for n in ast.walk(node))


def _classes(name: str) -> set:
    for root in (_ROOT, _ROOT / "lib"):
        file = root / (name.replace(".", "/") + ".py")
        if file.exists():
            tree = ast.parse(file.read_text())
            return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    raise AssertionError(f"{name} is given back, but there is no such module")


def test_no_class_lies_in_a_module_that_is_given_back():
    borrowed = set().union(*(_given_back(ast.parse(f.read_text())) for f in _sources()))
    assert {"p1.learn", "p1.values", "settings.codec"} < borrowed
    found = {name: _classes(name) - set(_ALLOWED) for name in sorted(borrowed)}
    assert not {name: classes for name, classes in found.items() if classes}


def test_the_exceptions_are_still_there():
    borrowed = set().union(*(_given_back(ast.parse(f.read_text())) for f in _sources()))
    assert set(_ALLOWED) <= set().union(*map(_classes, borrowed))
