"""Makes functions and globals of classes of which the program makes one object, once.

Such a class costs a class object and its table, the object and its table, and an object for each
method that is handed around. Its methods become functions, its attributes globals; what is left
of the object is True. See flow.py for where an object may go.
"""

import ast

from tools.squeeze.facts import is_special
from tools.squeeze.flow import OTHER, Flow, Single
from tools.squeeze.once import Once
from tools.squeeze.program import copy_origin
from tools.squeeze.scopes import Resolved, walk
from tools.squeeze.state import declare, is_state

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def dissolve(units: list, strings, kept: set, outside: set, roots: list) -> int:
    """Dissolve classes in all units; returns how many. Arguments as rename.rename."""
    count = 0
    for unit in units:
        if not unit.is_open:
            count += _Unit(unit, units, strings, kept | outside, roots, count).count
    return count


class _Unit:
    """One module of the flash."""

    def __init__(self, unit, units, strings, kept, roots, first):
        self._unit = unit
        self._first = first
        self._resolved = Resolved(unit.tree)
        self._once = Once(unit, units, roots, self._resolved)
        self._parents = self._once.parents
        self._known = self._once.known
        mentioned = _mentioned(units, unit) | kept
        self._singles: dict = {}
        for node in unit.tree.body:
            if isinstance(node, ast.ClassDef):
                self._consider(node)
        while True:
            self._keep_once()
            flow = Flow(
                unit.tree,
                self._resolved,
                self._parents,
                self._singles,
                lambda name: name in mentioned or name in strings,
                self._known,
            )
            gone = {**flow.escaped, **self._unknown(flow)}
            if not gone:
                break
            for each in gone:
                del self._singles[each]
        self.count = len(self._singles)
        if self._singles:
            self._write(flow)

    def _consider(self, node):
        """Take a class whose body is simple and which is called at one place."""
        binding = self._resolved.of[id(node)]
        if node.bases or node.keywords or node.decorator_list or node.name in self._known:
            return
        if len(binding.refs) != 2 or len(binding.loads) != 1:
            return
        call, field = self._parents[id(binding.loads[0])]
        if not isinstance(call, ast.Call) or field != "func" or not _is_simple(node):
            return
        scope = self._resolved.scope_of[id(node)]
        if not any(b.loads for b in scope.names.values()):
            self._singles[id(node)] = Single(self._unit, node, call)

    def _keep_once(self):
        """Leave out those that are made where the program may come twice."""
        before = -1
        while len(self._singles) != before:
            before = len(self._singles)
            inits = {id(s.methods.get("__init__")): s for s in self._singles.values()}
            for key, single in list(self._singles.items()):
                if not self._once.comes(single.call, inits):
                    del self._singles[key]

    def _unknown(self, flow) -> dict:
        """Classes of which something is used that they do not have."""
        have: dict = {}
        for node in walk(self._unit.tree):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                for each in flow.of(node.value) - {OTHER}:
                    have.setdefault(each, set()).add(node.attr)
        gone = {}
        for key, single in self._singles.items():
            own = have.get(key, set())
            if own & set(single.methods):
                gone[key] = single.node
        for node in walk(self._unit.tree):
            if isinstance(node, ast.Attribute):
                for each in flow.of(node.value) - {OTHER}:
                    single = self._singles[each]
                    known = have.get(each, set()) | set(single.methods) | single.values
                    if node.attr not in known or is_special(node.attr):
                        gone[each] = node
        return gone

    # Writing

    def _write(self, flow):
        names = {key: f"S{self._first + n}_" for n, key in enumerate(self._singles)}
        properties = {
            f.name
            for node in walk(self._unit.tree)
            if isinstance(node, ast.ClassDef)
            for f in node.body
            if getattr(f, "decorator_list", None)
        }
        _Attributes(flow, self._singles, names, properties).visit(self._unit.tree)
        body: list = []
        for node in self._unit.tree.body:
            if id(node) in self._singles:
                body += _functions(self._singles[id(node)], names[id(node)])
            else:
                body.append(node)
        self._unit.tree.body = body
        for node in walk(self._unit.tree):
            if isinstance(node, _FUNCTIONS):
                declare(node, {name for name in _set_in(node.body) if is_state(name)})
        ast.fix_missing_locations(self._unit.tree)


def _is_simple(node: ast.ClassDef) -> bool:
    """Whether a class body has nothing but plain methods, properties and constants."""
    names: list = []
    for inner in node.body:
        if isinstance(inner, _FUNCTIONS):
            names.append(inner.name)
            if not _is_plain(inner):
                return False
        elif isinstance(inner, ast.Assign):
            if not isinstance(inner.value, ast.Constant):
                return False
            names += [t.id if isinstance(t, ast.Name) else "" for t in inner.targets]
        elif not isinstance(inner, ast.Pass):
            return False
    return "__init__" in names and len(set(names)) == len(names) and "" not in names


def _is_plain(method) -> bool:
    """Whether a method may be a function, or a property one that is called."""
    if method.name == "__init__":
        if isinstance(method, ast.AsyncFunctionDef):
            return False
    elif is_special(method.name):
        return False
    for decorator in method.decorator_list:
        if not isinstance(decorator, ast.Name) or decorator.id != "property":
            return False
    if not [*method.args.posonlyargs, *method.args.args]:
        return False
    names = {node.id for node in walk(method) if isinstance(node, ast.Name)}
    return not names & {"super", "__class__"}


def _mentioned(units, own) -> set:
    """Attributes and globals of other units."""
    found: set = set()
    for unit in units:
        if unit is own:
            continue
        for node in walk(unit.tree):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                found.add(node.name)
    return found


class _Attributes(ast.NodeTransformer):
    """Writes globals in place of attributes, and calls in place of properties."""

    def __init__(self, flow, singles, names, properties):
        self._flow = flow
        self._singles = singles
        self._names = names
        self._properties = properties
        self._selves = flow.selves()

    def visit_Name(self, node):
        is_self = isinstance(node.ctx, ast.Load) and id(node) in self._selves
        return ast.copy_location(ast.Constant(True), node) if is_self else node

    def visit_Attribute(self, node):
        types = self._flow.of(node.value)
        base = node.value
        self.generic_visit(node)
        if len(types) != 1 or OTHER in types:
            return node
        (key,) = types
        fresh = ast.Name(self._names[key] + node.attr, node.ctx)
        method = self._singles[key].methods.get(node.attr)
        if method is not None and method.decorator_list:
            fresh = ast.Call(fresh, [], [])
        if not self._is_idle(base):
            both = ast.Tuple([node.value, fresh], ast.Load())
            fresh = ast.Subscript(both, ast.Constant(1), ast.Load())
        return ast.copy_location(fresh, node)

    def _is_idle(self, node) -> bool:
        """Whether nothing is lost when an expression is not evaluated."""
        if isinstance(node, ast.Attribute):
            return node.attr not in self._properties and self._is_idle(node.value)
        if isinstance(node, ast.BoolOp):
            return all(map(self._is_idle, node.values))
        return isinstance(node, ast.Name | ast.Constant)


def _functions(single, prefix: str) -> list:
    """What a class becomes: its constants and its functions."""
    made: list = []
    for node in single.node.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                target.id = prefix + target.id
            made.append(node)
        elif isinstance(node, _FUNCTIONS):
            (node.args.posonlyargs or node.args.args).pop(0)
            node.decorator_list = []
            if node.name == "__init__":
                _answer(node)
                node.name = single.node.name
            else:
                node.name = prefix + node.name
            made.append(node)
    return made


def _answer(node):
    """Let what was `__init__` return something true."""
    for inner in walk(node):
        if isinstance(inner, ast.Return):
            inner.value = ast.Constant(True)
    node.body.append(copy_origin(ast.Return(ast.Constant(True)), node.body[-1]))


def _set_in(body) -> set:
    found: set = set()
    left = list(body)
    while left:
        node = left.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            left += ast.iter_child_nodes(node)
    return found
