"""Where a function is called that is called nowhere else, and whether its body may stand there."""

import ast

from tools.squeeze.facts import is_special
from tools.squeeze.scopes import arguments, walk
from tools.squeeze.state import is_state

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NEVER = (ast.Yield, ast.YieldFrom, ast.Lambda, ast.GeneratorExp, ast.Nonlocal, ast.ClassDef,
          ast.FunctionDef, ast.AsyncFunctionDef, ast.Import, ast.ImportFrom,
          ast.Delete, ast.Starred)  # fmt: skip


class Site:
    """One call of a function that may be replaced by its body."""

    def __init__(self, unit, callee, owner, call, node):
        """`call` is the Call, `node` the expression to replace (with `await`, if any)."""
        self.unit = unit
        self.callee = callee
        self.owner = owner  # the class of a method, None for a function
        self.call = call
        self.node = node
        self.statement = None  # in which it stands
        self.block = None  # (node, field) of the list that holds the statement
        self.host = None  # function in whose body it stands


def may_move(node) -> bool:
    """Whether a function's body may stand elsewhere."""
    if node.decorator_list or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
        return False
    inner = [n for statement in node.body for n in walk(statement)]
    if any(isinstance(n, _NEVER) for n in inner):
        return False
    if any(isinstance(n, ast.Global) and not all(map(is_state, n.names)) for n in inner):
        return False
    return not any(isinstance(n, ast.Name) and n.id in ("super", "locals") for n in inner)


class Index:
    """What is called where, in all units."""

    def __init__(self, units, resolved, strings, kept, outside):
        """`resolved`: {unit name: Resolved}; the others as in rename.rename."""
        self._units = units
        self._resolved = resolved
        self._imported = set()
        self.parents: dict = {}  # id(node): (parent, field)
        self.nodes: dict = {}
        loads: dict = {}  # attribute: [(unit, node)]
        never = set(kept) | set(outside)
        for unit in units:
            for node in walk(unit.tree):
                self._adopt(node)
                if isinstance(node, ast.ImportFrom):
                    self._imported |= {(node.module, alias.name) for alias in node.names}
                elif isinstance(node, ast.Attribute):
                    if isinstance(node.ctx, ast.Load):
                        loads.setdefault(node.attr, []).append((unit, node))
                    else:
                        never.add(node.attr)
            if unit.is_open:
                never |= set(resolved[unit.name].module.names)
        self.stored = {n for n in never if n not in kept and n not in outside}
        self.sites: list = []
        for unit in units:
            self._functions(unit, {*loads, *kept}, strings)
        self._methods(loads, never, strings)
        self.sites = [site for site in self.sites if self._place(site)]

    def _adopt(self, node):
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self.parents[id(child)] = (node, field)

    def _functions(self, unit, mentioned, strings):
        resolved = self._resolved[unit.name]
        for node in unit.tree.body:
            if not isinstance(node, _FUNCTIONS) or not may_move(node):
                continue
            binding = resolved.of[id(node)]
            is_free = node.name not in unit.pinned and (unit.name, node.name) not in self._imported
            is_merged = node.name[0] == "G" and node.name[1:2].isdigit()
            if unit.is_open and not is_merged:
                is_private = node.name.startswith("_") and node.name not in strings
                is_free = is_free and is_private and node.name not in mentioned
            if is_free and len(binding.refs) == 2 and len(binding.loads) == 1:
                self._add(unit, unit, node, None, binding.loads[0])

    def _methods(self, loads, never, strings):
        defined: dict = {}
        for unit in self._units:
            for owner in walk(unit.tree):
                if isinstance(owner, ast.ClassDef):
                    for name, node in _members(owner):
                        defined.setdefault(name, []).append((unit, owner, node))
        for name, places in sorted(defined.items()):
            unit, owner, node = places[0]
            calls = loads.get(name, [])
            is_free = len(places) == 1 and len(calls) == 1 and isinstance(node, _FUNCTIONS)
            if not is_free or name in never or name in strings or is_special(name):
                continue
            if may_move(node) and node.args.args and owner in unit.tree.body:
                self._add(unit, calls[0][0], node, owner, calls[0][1])

    def _add(self, unit, caller_unit, callee, owner, func):
        call, field = self.parents[id(func)]
        if unit is not caller_unit or not isinstance(call, ast.Call) or field != "func":
            return
        if any(isinstance(a, ast.Starred) for a in call.args):
            return
        if any(keyword.arg is None for keyword in call.keywords):
            return
        node = call
        if isinstance(callee, ast.AsyncFunctionDef):
            node, _ = self.parents[id(call)]
            if not isinstance(node, ast.Await):
                return
        self.sites.append(Site(unit, callee, owner, call, node))

    def _place(self, site) -> bool:
        """Find the statement and function around the call; False when there is none."""
        node = site.node
        while not isinstance(node, ast.stmt):
            if isinstance(node, ast.Lambda | ast.comprehension | ast.arguments):
                return False
            if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                return False
            node, field = self.parents[id(node)]
            if field == "decorator_list":
                return False
        site.statement = node
        site.block = self.parents[id(node)]
        while not isinstance(node, (*_FUNCTIONS, ast.Module, ast.ClassDef)):
            node, _ = self.parents[id(node)]
        site.host = node
        return isinstance(node, _FUNCTIONS) and node is not site.callee


def _members(owner: ast.ClassDef):
    """Yield (name, node) of all that a class body binds."""
    for node in owner.body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.name, node
        else:
            for inner in walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    yield inner.id, node


def match_arguments(site) -> "list | None":
    """[(arg node of the callee, expression)] in the order of evaluation; None if they differ."""
    parameters = arguments(site.callee.args)
    given: list = list(site.call.args)
    if site.owner is not None:
        given.insert(0, site.call.func.value)
    if len(given) > len(parameters):
        return None
    pairs = list(zip(parameters, given, strict=False))
    left = {p.arg: p for p in parameters[len(given) :]}
    for keyword in site.call.keywords:
        if keyword.arg not in left:
            return None
        pairs.append((left.pop(keyword.arg), keyword.value))
    defaults = site.callee.args.defaults
    with_default = dict(zip([p.arg for p in parameters][::-1], defaults[::-1], strict=False))
    for name, parameter in left.items():
        default = with_default.get(name)
        if not is_constant(default):
            return None
        pairs.append((parameter, default))
    return pairs


def is_constant(node) -> bool:
    """Whether it is a number, text, None, or a tuple of nothing."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and not node.elts)


class Order:
    """Whether an expression is the first in a statement that does or reads anything."""

    def __init__(self, is_atom, is_method):
        """`is_atom(node)`: always the same; `is_method(name)`: an attribute that never changes."""
        self._is_atom = is_atom
        self._is_method = is_method

    def is_first(self, node, wanted) -> bool:
        """Whether `wanted`, a part of `node`, is evaluated always and before all but atoms."""
        if node is wanted:
            return True
        if isinstance(node, ast.BoolOp):
            return self.is_first(node.values[0], wanted)
        if isinstance(node, ast.IfExp):
            return self.is_first(node.test, wanted)
        if isinstance(node, ast.Compare):
            return self._in_turn([node.left, node.comparators[0]], wanted)
        parts = self._parts(node)
        return parts is not None and self._in_turn(parts, wanted)

    def _parts(self, node):
        if isinstance(node, ast.BinOp):
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp):
            return [node.operand]
        if isinstance(node, ast.Attribute | ast.Await | ast.FormattedValue):
            return [node.value]
        if isinstance(node, ast.Subscript):
            return [node.value, node.slice]
        if isinstance(node, ast.Tuple | ast.List):
            return node.elts
        if isinstance(node, ast.JoinedStr):
            return node.values
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute) and self._is_method(func.attr):
                func = func.value
            return [func, *node.args, *(keyword.value for keyword in node.keywords)]
        return None

    def _in_turn(self, parts, wanted) -> bool:
        for part in parts:
            if self.is_first(part, wanted):
                return True
            if not self._is_atom(part):
                return False
        return False
