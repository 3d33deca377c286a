"""Drops what nothing on the board reaches: functions, methods, classes, constants, imports."""

import ast

from tools.squeeze.facts import is_special
from tools.squeeze.fold import fill
from tools.squeeze.scopes import Resolved, walk

_PURE_CALLS = {
    "array",
    "bytearray",
    "bytes",
    "const",
    "dict",
    "len",
    "list",
    "range",
    "set",
    "tuple",
}
#: Methods that the interpreter calls by name on objects that are handed to it.
_PROTOCOL = {
    "close", "ioctl", "read", "readblocks", "readinto", "readline", "send", "throw", "write",
    "writeblocks",
}  # fmt: skip
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BUILTIN_BASES = {"object", "Exception", "OSError", "ValueError", "BaseException", "RuntimeError"}


class Shaker:
    """Finds what is alive, from what runs by itself and what the outside names."""

    def __init__(self, units: list, strings, kept_names: set):
        """`strings`: facts.Strings; `kept_names`: names that the outside uses."""
        self._units = {unit.name: unit for unit in units}
        self._resolved = {unit.name: Resolved(unit.tree) for unit in units}
        self._strings = strings
        self._attributes = set(kept_names)
        self._kept_names = kept_names
        self._live: set = set()  # ids of statements
        self._alive: set = set()  # (unit, name)
        self._waiting: dict = {}  # method name: [(unit, statement)]
        self._open: dict = {}  # name of a global of an open unit: units
        self._makers: dict = {}  # (unit, name): statements that bind it
        self._todo: list = []
        for unit in units:
            self._enter(unit)
        while self._todo:
            unit, node = self._todo.pop()
            self._use(unit, node)

    def _enter(self, unit):
        """Note what a unit binds; what has an effect by itself is alive."""
        for node in unit.tree.body:
            names = _bound(node)
            if names is None:
                self._revive(unit, node)
                continue
            for name in names:
                self._makers.setdefault((unit.name, name), []).append(node)
            for name in names:
                if name in unit.pinned or is_special(name):
                    self._want(unit.name, name)
                elif unit.is_open:
                    self._open.setdefault(name, []).append(unit)
                    if name in self._attributes or name in self._strings:
                        self._want(unit.name, name)

    def _want(self, unit_name: str, name: str):
        if (unit_name, name) in self._alive or unit_name not in self._units:
            return
        self._alive.add((unit_name, name))
        for node in self._makers.get((unit_name, name), ()):
            self._revive(self._units[unit_name], node)

    def _revive(self, unit, node):
        if id(node) not in self._live:
            self._live.add(id(node))
            self._todo.append((unit, node))

    def _use(self, unit, node):
        """Everything that a live statement mentions is alive."""
        if isinstance(node, ast.ClassDef):
            for inner in [*node.decorator_list, *node.bases, *node.keywords]:
                self._mention(unit, inner)
            is_known = all(isinstance(b, ast.Name) for b in node.bases)
            for inner in node.body:
                self._member(unit, node, inner, is_known)
        else:
            self._mention(unit, node)

    def _member(self, unit, owner, node, is_known):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._revive(unit, node)
            return
        name = node.name
        wanted = is_special(name) or name in self._attributes or name in _PROTOCOL
        if wanted or name in self._strings or not is_known or node.decorator_list[1:]:
            self._revive(unit, node)
        else:
            self._waiting.setdefault(name, []).append((unit, node))

    def _mention(self, unit, tree):
        of = self._resolved[unit.name].of
        for node in walk(tree):
            if isinstance(node, ast.Name):
                binding = of.get(id(node))
                if binding and binding.scope.kind == "module":
                    self._want(unit.name, binding.name)
                elif binding and binding.scope.kind == "class":
                    self._attribute(node.id)
            elif isinstance(node, ast.Attribute):
                self._attribute(node.attr)
            elif isinstance(node, ast.Global):
                for name in node.names:
                    self._want(unit.name, name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._want(node.module, alias.name)

    def _attribute(self, name: str):
        if name in self._attributes:
            return
        self._attributes.add(name)
        for unit, node in self._waiting.pop(name, ()):
            self._revive(unit, node)
        for unit in self._open.get(name, ()):
            self._want(unit.name, name)

    def sweep(self) -> int:
        """Remove what is dead; returns how many definitions."""
        count = 0
        for unit in self._units.values():
            kept = [node for node in unit.tree.body if id(node) in self._live]
            count += len(unit.tree.body) - len(kept)
            unit.tree.body = kept
            for node in walk(unit.tree):
                if isinstance(node, ast.ClassDef) and id(node) in self._live:
                    members = [n for n in node.body if id(n) in self._live]
                    count += len(node.body) - len(members)
                    node.body = fill(members, node)
        return count


def _bound(node):
    """Names that a statement binds and does nothing else; None when it has an effect."""
    if isinstance(node, _DEFINITIONS):
        return None if node.decorator_list else [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.Pass):
        return []
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []
    if isinstance(node, ast.Assign) and is_pure(node.value):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        return names if len(names) == len(node.targets) else None
    return None


def is_pure(node) -> bool:
    """Whether evaluating it changes nothing and cannot fail in a program that works."""
    if isinstance(node, ast.Constant | ast.Name | ast.Lambda):
        return True
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(is_pure(e) for e in node.elts)
    if isinstance(node, ast.Dict):
        return all(k and is_pure(k) for k in node.keys) and all(map(is_pure, node.values))
    if isinstance(node, ast.BinOp):
        return is_pure(node.left) and is_pure(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_pure(node.operand)
    if isinstance(node, ast.Subscript):
        return is_pure(node.value) and is_pure(node.slice)
    if isinstance(node, ast.Call) and not node.keywords and isinstance(node.func, ast.Name):
        name = node.func.id.rpartition("_")[2]
        return name in _PURE_CALLS and all(is_pure(a) for a in node.args)
    return False
