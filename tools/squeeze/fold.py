"""Puts constants where they are used, and drops what is for other interpreters."""

import ast

from tools.squeeze.program import copy_origin
from tools.squeeze.scopes import Resolved, walk

#: Modules that no board has: an import of one in a `try` is for other interpreters.
_ABSENT = {
    "concurrent", "contextlib", "contextvars", "dataclasses", "enum", "functools", "inspect",
    "orjson", "traceback", "typing",
}  # fmt: skip
_PRESENT = {("sys", "print_exception")}
_SHORT = 10  # characters: longer texts are objects of their own
_OPERATIONS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.LShift: lambda a, b: a << b,
    ast.RShift: lambda a, b: a >> b,
    ast.BitOr: lambda a, b: a | b,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitXor: lambda a, b: a ^ b,
}


def choose(tree: ast.Module):
    """Drop the branch of each `try: import` that does not run on a board."""
    body: list = []
    for node in tree.body:
        is_fallback = isinstance(node, ast.Try) and len(node.handlers) == 1
        caught = is_fallback and node.handlers[0].type
        if isinstance(caught, ast.Name) and caught.id == "ImportError":
            is_there = _is_there(node.body[0])
            if is_there is not None and not node.finalbody and not node.handlers[0].name:
                body += [*node.body, *node.orelse] if is_there else node.handlers[0].body
                continue
        body.append(node)
    tree.body = body


def _is_there(node):
    """Whether a board has what the statement imports; None when that is not sure."""
    if isinstance(node, ast.Import):
        names = [alias.name.split(".")[0] for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if all((node.module, alias.name) in _PRESENT for alias in node.names):
            return True
        names = [node.module.split(".")[0]]
    else:
        return None
    return False if _ABSENT & set(names) else None


def fold(units: list) -> int:
    """Replace module constants by their values in all units; returns how many reads."""
    values: dict = {}  # (unit, name): value
    resolved = {unit.name: Resolved(unit.tree) for unit in units}
    count, before = 0, -1
    while count != before:
        before = count
        for unit in units:
            count += _in_unit(unit, resolved[unit.name], values, units)
    return count


def _in_unit(unit, resolved, values, units) -> int:
    known = _imported(unit, resolved, values)
    for statement in unit.tree.body:
        found = _constant(statement, resolved)
        if not found:
            continue
        binding, node = found
        value = _value(node)
        if value is None or (unit.name, binding.name) in values:
            continue
        values[unit.name, binding.name] = value
        statement.value = literal(value[0])
        known[id(binding)] = value[0]
    swap = _Swap(resolved, known)
    swap.visit(unit.tree)
    return swap.count


def _imported(unit, resolved, values) -> dict:
    known: dict = {}
    for node in walk(unit.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module, alias.name) in values:
                    binding = resolved.of[id(alias)]
                    if len(binding.stores) == 1:
                        known[id(binding)] = values[node.module, alias.name][0]
    return known


def _constant(statement, resolved):
    """(binding, value node) of `NAME = value` when nothing else ever binds NAME."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        return None
    binding = resolved.of[id(target)]
    return (binding, statement.value) if len(binding.stores) == 1 else None


def _value(node):
    """The value of an expression as a tuple of one, None when it is no small constant."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return _value(node.args[0]) if node.func.id.endswith("const") else None
    if isinstance(node, ast.Constant):
        value = node.value
        if value is None or isinstance(value, bool | int):
            return (value,)
        return (value,) if isinstance(value, str) and len(value) <= _SHORT else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        inner = _value(node.operand)
        if inner and type(inner[0]) is int:
            return (-inner[0],) if isinstance(node.op, ast.USub) else (~inner[0],)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _value(node.left), _value(node.right)
        if left and right and type(left[0]) is int and type(right[0]) is int:
            return (_OPERATIONS[type(node.op)](left[0], right[0]),)
    return None


def literal(value):
    """The node that is written as `value`."""
    if type(value) is int and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


class _Swap(ast.NodeTransformer):
    """Writes values in place of the names in `known` {id(binding): value}."""

    def __init__(self, resolved, known):
        self.count = 0
        self._resolved = resolved
        self._known = known

    def visit_Name(self, node):
        binding = self._resolved.of.get(id(node))
        if id(binding) in self._known and isinstance(node.ctx, ast.Load):
            self.count += 1
            return ast.copy_location(literal(self._known[id(binding)]), node)
        return node


def fold_once(units: list) -> int:
    """Write a constant that is read once, such as a tuple, where it is read; returns how many."""
    imported = set()
    for unit in units:
        for node in walk(unit.tree):
            if isinstance(node, ast.ImportFrom):
                imported |= {(node.module, alias.name) for alias in node.names}
    count = 0
    for unit in units:
        if not unit.is_open:
            count += _fold_once(unit, imported)
    return count


def _fold_once(unit, imported) -> int:
    resolved, values, body = Resolved(unit.tree), {}, []
    for statement in unit.tree.body:
        found = _constant(statement, resolved)
        if found and _is_plain(found[1]):
            binding = found[0]
            is_private = binding.name not in unit.pinned
            is_private = is_private and (unit.name, binding.name) not in imported
            if is_private and len(binding.refs) == 2 and len(binding.loads) == 1:
                values[id(binding.loads[0])] = found[1]
                continue
        body.append(statement)
    unit.tree.body = body
    _Put(values).visit(unit.tree)
    return len(values)


def _is_plain(node) -> bool:
    """Whether it is a constant for the compiler too: a tuple of constants."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Tuple) and all(_is_plain(e) for e in node.elts)


class _Put(ast.NodeTransformer):
    def __init__(self, values):
        self._values = values

    def visit_Name(self, node):
        return self._values.get(id(node), node)


def fill(block: list, like) -> list:
    """A block that may have lost all its statements."""
    return block or [copy_origin(ast.Pass(), like)]
