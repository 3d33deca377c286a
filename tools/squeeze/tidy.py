"""Drops globals that `single` has made and that tell nothing: unread, always the same, or twice.

Each costs an entry in the module's table, and names that are not in it (those of the interpreter)
are found the slower the fuller it is.
"""

import ast

from tools.squeeze.once import Once
from tools.squeeze.program import copy_origin
from tools.squeeze.scopes import Resolved, walk
from tools.squeeze.state import is_state, undeclared

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "finalbody")


def tidy(units: list, roots: list) -> int:
    """Drop such globals in all units; returns how many. `roots`: trees that use the program."""
    return sum(_tidy(unit, units, roots) for unit in units if not unit.is_open)


def _tidy(unit, units, roots) -> int:
    resolved = Resolved(unit.tree)
    states = {n: b for n, b in resolved.module.names.items() if is_state(n)}
    stores = _stores(unit.tree)
    values, unread = {}, set()
    same: dict = {}  # id(binding of a local): {id(statement): the state that it sets to that}
    for name, binding in states.items():
        found = stores.get(name, [])
        if len(found) != len(binding.stores):
            continue
        if not binding.loads:
            unread.add(name)
        elif len(found) == 1 and isinstance(found[0], ast.Assign):
            value = found[0].value
            if isinstance(value, ast.Constant) and not isinstance(value.value, bytes):
                values[name] = value
            elif isinstance(value, ast.Name):
                source = resolved.of[id(value)]
                if len(source.stores) == 1 and source.scope.kind == "function":
                    same.setdefault(id(source), {})[id(found[0])] = name
    if same:
        once = Once(unit, units, roots, resolved)
        for function in unit.tree.body:
            if isinstance(function, _FUNCTIONS) and once.comes(function.body[0], {}):
                values |= _again(function, same)
    if values or unread:
        _Swap(values).visit(unit.tree)
        _drop(unit.tree, unread | set(values))
    return len(values) + len(unread)


def _again(function, same: dict) -> dict:
    """{state: another that is set first to the same, in any case}."""
    found: dict = {}
    for names in same.values():
        order = [names[id(s)] for s in function.body if id(s) in names]
        found |= {name: ast.Name(order[0], ast.Load()) for name in order[1:]}
    return found


def _stores(tree) -> dict:
    """{name: statements that set only this name}."""
    found: dict = {}
    for node in walk(tree):
        target = None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        elif isinstance(node, ast.AugAssign):
            target = node.target
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(node)
    return found


class _Swap(ast.NodeTransformer):
    def __init__(self, values):
        self._values = values

    def visit_Name(self, node):
        value = self._values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        if value is None:
            return node
        fresh = type(value)(*[getattr(value, field) for field in value._fields])
        return ast.copy_location(fresh, node)


def _drop(tree, names: set):
    """Remove the statements that set `names`, and what declares them."""
    for node in walk(tree):
        for field in _BLOCKS:
            block = getattr(node, field, None)
            if isinstance(block, list):
                kept = [s for statement in block for s in _without(statement, names)]
                setattr(
                    node, field, kept or ([copy_origin(ast.Pass(), block[0])] if block else [])
                )
        if isinstance(node, _FUNCTIONS):
            left, rest = undeclared(node.body)
            left = [name for name in left if name not in names]
            head = [copy_origin(ast.Global(left), rest[0])] if left else []
            node.body = [*head, *rest]


def _without(statement, names: set) -> list:
    """What is left of a statement."""
    target = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    if not isinstance(target, ast.Name) or target.id not in names:
        return [statement]
    if _is_idle(statement.value):
        return []
    return [copy_origin(ast.Expr(statement.value), statement)]


def _is_idle(node) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_idle(node.left) and _is_idle(node.right)
    return isinstance(node, ast.Constant | ast.Name)
