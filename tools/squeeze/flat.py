"""Gives modules that stay on their own short names in one folder.

A module costs the board its dotted name, the last part of that, its path, and an object for each
package above it. Called by a name of the ROM, in a folder that is on the path, it costs the path.
Modules that sources outside the program import or name keep their names, and so does what has no
dot in its name: it may be any word.
"""

import ast

from tools.squeeze import words
from tools.squeeze.program import strings
from tools.squeeze.scopes import walk

_FOLDER = "lib/"
#: Names that mean a file of the flash, or the interpreter's own module.
_TAKEN = {"main"}


def flatten(units: list, trees: list) -> dict:
    """Rename units and follow in all of them; returns {old name: new name}."""
    roots = {name for tree in trees for node in walk(tree) for name in imported(node)}
    texts = {text for tree in trees for text in strings(tree) if "." in text}
    names = [
        unit.name
        for unit in units
        if "." in unit.name and unit.name not in roots and not unit.is_foreign
        if not unit.path.endswith("__init__.py") and not unit.name.startswith(tuple(texts))
    ]
    made, heads = _choose(names, units)
    for unit in units:
        _Follow(made, heads).visit(unit.tree)
        if unit.name in made:
            unit.name = made[unit.name]
            unit.path = f"{_FOLDER}{unit.name}.py"
    return made


def imported(node):
    """Yield all names of modules that an import statement may mean, packages too."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        base = [node.module] if isinstance(node, ast.ImportFrom) else []
        for alias in node.names:
            parts = ".".join([*base, alias.name]).split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _choose(names: list, units: list) -> tuple:
    """({name: new name}, {beginning of names: new beginning}) for `names`.

    What some text is a beginning of is put together at run time: such names keep their ends.
    """
    taken = {unit.name for unit in units} | _TAKEN
    texts = set().union(*(strings(unit.tree) for unit in units), set())
    starts = sorted(
        t for t in texts if "." in t and any(n != t and n.startswith(t) for n in names)
    )
    made: dict = {}
    heads: dict = {}
    letters = words.short()
    kept = {unit.name for unit in units} - set(names)
    bound = [start for start in starts if any(name.startswith(start) for name in kept)]
    names = [name for name in names if not name.startswith(tuple(bound))]
    for start in starts:
        if start in bound:  # one of them keeps its name, so all do
            continue
        heads[start] = next(letters)
        for name in names:
            if name.startswith(start):
                made[name] = heads[start] + name[len(start) :]
    pool = words.Pool(words.FOR_MODULES)
    for name in sorted(names):
        if name not in made:
            made[name] = pool.choose(taken)
            taken.add(made[name])
    return made, heads


class _Follow(ast.NodeTransformer):
    """Writes new names where a module is imported or named."""

    def __init__(self, made: dict, heads: dict):
        self._made = made
        self._texts = {**made, **heads}

    def visit_Constant(self, node):
        if isinstance(node.value, str) and node.value in self._texts:
            node.value = self._texts[node.value]
        return node

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name in self._made:
                fresh = self._made[alias.name]
                alias.asname = None if alias.asname == fresh else alias.asname
                alias.name = fresh
        return node

    def visit_ImportFrom(self, node):
        base = node.module
        node.module = self._made.get(base, base)
        alone = []
        for alias in list(node.names):
            fresh = self._made.get(f"{base}.{alias.name}")
            if fresh is not None:
                node.names.remove(alias)
                local = alias.asname or alias.name
                alone.append(ast.Import([ast.alias(fresh, None if local == fresh else local)]))
        for statement in alone:
            statement.origin = getattr(node, "origin", None)
            ast.fix_missing_locations(ast.copy_location(statement, node))
        return [node, *alone] if node.names else alone
