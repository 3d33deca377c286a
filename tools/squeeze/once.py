"""What a program does once at most, from its start."""

import ast

from tools.squeeze.scopes import Resolved, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
          ast.GeneratorExp, ast.ClassDef)  # fmt: skip


class Once:
    """Looks through one module of the flash."""

    def __init__(self, unit, units: list, roots: list, resolved=None):
        """`roots`: trees that use the program."""
        self._unit = unit
        self._resolved = resolved or Resolved(unit.tree)
        self.parents: dict = {}  # id(node): (parent, field)
        for node in walk(unit.tree):
            for field, value in ast.iter_fields(node):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.parents[id(child)] = (node, field)
        self.known = _imported(units, unit) | unit.pinned
        self._calls_of_roots = _calls(roots)

    def comes(self, node, inits, seen=()) -> bool:
        """Whether the program comes to a node once at most; `inits`: {id(`__init__`): Single}."""
        while not isinstance(node, (*_FUNCTIONS, ast.Module)):
            if isinstance(node, _LOOPS):
                return False
            node, _ = self.parents[id(node)]
        if isinstance(node, ast.Module):
            return True
        if id(node) in inits:
            single = inits[id(node)]
            return single.call not in seen and self.comes(single.call, inits, [*seen, single.call])
        binding = self._resolved.of[id(node)]
        others = [n for n in binding.stores if n is not node and not isinstance(n, ast.Name)]
        if node not in self._unit.tree.body or node in seen or others:
            return False
        if node.name in self._unit.pinned and not binding.loads:
            return self._calls_of_roots.get(node.name) == 1
        if node.name in self.known or len(binding.loads) != 1:
            return False
        call, field = self.parents[id(binding.loads[0])]
        is_called = isinstance(call, ast.Call) and field == "func"
        return is_called and self.comes(call, inits, [*seen, node])


def _imported(units, own) -> set:
    """Names that other units import from a unit."""
    return {
        alias.name
        for unit in units
        if unit is not own
        for node in walk(unit.tree)
        if isinstance(node, ast.ImportFrom) and node.module == own.name
        for alias in node.names
    }


def _calls(roots) -> dict:
    """{name: how often it is mentioned outside the program}; what is in a loop counts twice."""
    counts: dict = {}
    for tree in roots:
        loops = {id(n) for node in walk(tree) if isinstance(node, (*_LOOPS, *_FUNCTIONS))
                 for n in walk(node)}  # fmt: skip
        for node in walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name:
                counts[name] = counts.get(name, 0) + (2 if id(node) in loops else 1)
    return counts
