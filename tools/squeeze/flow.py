"""Which expressions are the one object of a class: where it goes, and whether all of it is seen.

Types are not known, but where a value may go is: a name, an attribute, an argument of a function
that is called by its name. A class whose object goes anywhere else (into a list, to a function of
the interpreter, to another module) is left alone.
"""

import ast

from tools.squeeze.scopes import arguments, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_YIELDS = (ast.Yield, ast.YieldFrom)
OTHER = "?"  # a value that is none of the objects looked for, or not known
_NOTHING: frozenset = frozenset()  # None, and what is not there yet
_UNKNOWN = frozenset([OTHER])


class Single:
    """A class of which one object is made."""

    def __init__(self, unit, node, call):
        """`call`: the place where it is made."""
        self.unit = unit
        self.node = node
        self.call = call
        self.methods = {n.name: n for n in node.body if isinstance(n, _FUNCTIONS)}
        self.values = {
            target.id
            for n in node.body
            if isinstance(n, ast.Assign)
            for target in n.targets
            if isinstance(target, ast.Name)
        }


class Flow:
    """What each slot holds: a binding, an attribute, what a function returns."""

    def __init__(self, tree, resolved, parents: dict, singles: dict, outside, known: set):
        """`singles`: {id(class): Single}; `outside(name)`: whether others have such an attribute.

        `known`: names of functions and classes that others use.
        """
        self._known = known
        self._resolved = resolved
        self._parents = parents
        self._singles = singles
        self._outside = outside
        self._slots: dict = {}
        self._seen: dict = {}
        self._owner = {id(f): s for s in singles.values() for f in s.methods.values()}
        self._defs = {}  # id(binding): function or class of the module
        for node in tree.body:
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                self._defs[id(resolved.of[id(node)])] = node
        self._direct = self._called_by_name()
        self._nodes = list(walk(tree))
        self._members(tree)
        self._settle()
        self.escaped = self._escapes()

    def _called_by_name(self) -> set:
        """Functions of which nobody has more than their name, and calls them at once."""
        found = set()
        for node in self._defs.values():
            binding = self._resolved.of[id(node)]
            calls = [self._parents.get(id(n)) for n in binding.loads]
            is_called = all(isinstance(p, ast.Call) and f == "func" for p, f in calls)
            is_called = is_called and node.name not in self._known
            others = [n for n in binding.stores if n is not node]
            if is_called and all(isinstance(getattr(n, "ctx", None), ast.Del) for n in others):
                found.add(id(node))
        return found

    def _members(self, tree):
        """What classes give their objects."""
        for node in self._nodes:
            if not isinstance(node, ast.ClassDef):
                continue
            single = self._singles.get(id(node))
            for inner in node.body:
                if isinstance(inner, ast.Assign) and _is_none(inner.value):
                    continue
                names = [inner.name] if hasattr(inner, "name") else []
                names = names or [n.id for n in walk(inner) if isinstance(n, ast.Name)]
                for name in names:
                    self._put((id(node) if single else None, name), _UNKNOWN)

    def _handed_around(self) -> set:
        """Names of methods that are not only called."""
        found = set()
        for node in self._nodes:
            if isinstance(node, ast.Attribute):
                parent, field = self._parents[id(node)]
                if not isinstance(parent, ast.Call) or field != "func":
                    found.add(node.attr)
        return found

    # Slots

    def _put(self, key, values):
        old = self._slots.get(key, _NOTHING)
        if not values <= old:
            self._slots[key] = old | values
            self._changed = True

    def _settle(self):
        """Let values flow until nothing new arrives anywhere."""
        self._changed = True
        for single in self._singles.values():
            for method in single.methods.values():
                first = arguments(method.args)[0]
                self._put(id(self._resolved.of[id(first)]), frozenset([id(single.node)]))
        self._arguments()
        while self._changed:
            self._changed = False
            self._seen = {}
            for node in self._nodes:
                self._flow(node)
        self._seen = {}

    def _arguments(self):
        """What functions are given whose calls are not all known."""
        handed = self._handed_around()
        for node in self._nodes:
            if not isinstance(node, (*_FUNCTIONS, ast.Lambda)):
                continue
            known = self._owner.get(id(node))
            is_known = known is not None and node.name not in handed
            is_making = known is None and self._is_making(node)
            is_known = is_known or id(node) in self._direct or is_making
            given = arguments(node.args)
            special = [*node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            for number, argument in enumerate(given):
                if known is not None and number == 0:
                    continue
                is_self = is_making and number == 0
                if is_self or not is_known or any(argument is s for s in special):
                    self._put(id(self._resolved.of[id(argument)]), _UNKNOWN)
            defaults = node.args.defaults
            for argument, default in zip(given[::-1], defaults[::-1], strict=False):
                if not (isinstance(default, ast.Constant) and default.value is None):
                    self._put(id(self._resolved.of[id(argument)]), _UNKNOWN)

    def _is_making(self, node) -> bool:
        """Whether it is the `__init__` of a class that is only ever called."""
        parent, _ = self._parents.get(id(node), (None, None))
        return (
            isinstance(parent, ast.ClassDef)
            and getattr(node, "name", "") == "__init__"
            and id(parent) in self._direct
            and not parent.bases
        )

    def _flow(self, node):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            self._stray(node)
        elif isinstance(node, (ast.ExceptHandler, ast.alias, ast.ClassDef, *_FUNCTIONS)):
            binding = self._resolved.of.get(id(node))
            if binding is not None:
                self._put(id(binding), _UNKNOWN)
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.Return) and node.value is not None:
            function = self._function(node)
            if function is not None:
                self._put(("returns", id(function)), self.of(node.value))

    def _stray(self, node):
        """What is set by anything but a plain assignment."""
        if not isinstance(node, ast.Name | ast.Attribute) or self._is_plain_store(node):
            return
        is_name = isinstance(node, ast.Name)
        for key in [id(self._resolved.of[id(node)])] if is_name else self._keys(node):
            self._put(key, _UNKNOWN)

    def _function(self, node):
        while not isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            node, _ = self._parents[id(node)]
        return node

    def _is_plain_store(self, node) -> bool:
        parent, field = self._parents[id(node)]
        if isinstance(parent, ast.Tuple):
            node = parent
            parent, field = self._parents[id(parent)]
            if isinstance(parent, ast.Assign) and not _is_pairwise(node, parent.value):
                return False
        return isinstance(parent, ast.Assign) and field == "targets"

    def _assign(self, target, value):
        if isinstance(target, ast.Name):
            self._put(id(self._resolved.of[id(target)]), self.of(value))
        elif isinstance(target, ast.Attribute):
            for key in self._keys(target):
                self._put(key, self.of(value))
        elif isinstance(target, ast.Tuple) and _is_pairwise(target, value):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._assign(one, other)

    def _keys(self, node: ast.Attribute) -> list:
        """Slots that an attribute may mean."""
        return [(None if t is OTHER else t, node.attr) for t in self.of(node.value)]

    def callees(self, node: ast.Call) -> "list | None":
        """[(function, how many of its arguments are bound)]; None when not all are known."""
        return None if _is_starred(node) else self._callees(node)

    def _callees(self, node):
        func = node.func
        if isinstance(func, ast.Name):
            found = self._defs.get(id(self._resolved.of.get(id(func))))
            if isinstance(found, ast.ClassDef):
                inits = [n for n in found.body if getattr(n, "name", "") == "__init__"]
                if id(found) not in self._direct or found.bases or found.decorator_list:
                    return None
                return [(inits[0], 1)] if inits else []
            is_plain = isinstance(found, _FUNCTIONS) and not found.decorator_list
            return [(found, 0)] if is_plain else None
        if isinstance(func, ast.Attribute):
            types = self.of(func.value)
            singles = [self._singles.get(t) for t in types]
            if not types or None in singles:
                return None
            methods = [s.methods.get(func.attr) for s in singles]
            return None if None in methods else [(m, 1) for m in methods]
        return None

    def parameter(self, node: ast.Call, argument) -> "list | None":
        """The parameters for which an argument of a call stands; None when that is not known."""
        callees = self.callees(node)
        if callees is None:
            return None
        found = []
        for function, bound in callees:
            plain = [*function.args.posonlyargs, *function.args.args]
            if isinstance(argument, ast.keyword):
                found += [p for p in arguments(function.args) if p.arg == argument.arg]
                continue
            place = bound + next(i for i, a in enumerate(node.args) if a is argument)
            if place >= len(plain):
                return None
            found.append(plain[place])
        return found

    def _call(self, node):
        if _is_starred(node):
            for function, _ in self._callees(node) or ():
                for parameter in arguments(function.args):
                    self._put(id(self._resolved.of[id(parameter)]), _UNKNOWN)
        for argument in [*node.args, *node.keywords]:
            value = argument.value if isinstance(argument, ast.keyword) else argument
            for parameter in self.parameter(node, argument) or ():
                self._put(id(self._resolved.of[id(parameter)]), self.of(value))

    # Values

    def of(self, node) -> frozenset:
        """What an expression may be: ids of classes, OTHER; None counts as nothing."""
        if id(node) not in self._seen:
            self._seen[id(node)] = self._of(node)
        return self._seen[id(node)]

    def _of(self, node) -> frozenset:
        if isinstance(node, ast.Name):
            binding = self._resolved.of.get(id(node))
            if binding is None or binding.scope.kind in ("outside", "class"):
                return _UNKNOWN
            return self._slots.get(id(binding), _NOTHING)
        if isinstance(node, ast.Attribute):
            found = _UNKNOWN if self._outside(node.attr) else _NOTHING
            for key in self._keys(node):
                found |= self._slots.get(key, _NOTHING)
            return found
        if isinstance(node, ast.Constant) and node.value is None:
            return _NOTHING
        if isinstance(node, ast.IfExp):
            return self.of(node.body) | self.of(node.orelse)
        if isinstance(node, ast.BoolOp):
            return frozenset().union(*map(self.of, node.values))
        if isinstance(node, ast.Call):
            return self._made(node)
        return _UNKNOWN

    def _made(self, node) -> frozenset:
        if isinstance(node.func, ast.Name):
            found = self._defs.get(id(self._resolved.of.get(id(node.func))))
            if id(found) in self._singles:
                return frozenset([id(found)])
            if isinstance(found, ast.FunctionDef) and id(found) in self._direct:
                return self._slots.get(("returns", id(found)), _NOTHING)
        return _UNKNOWN

    def selves(self) -> set:
        """ids of the names by which methods of the classes know their object."""
        return {
            id(node)
            for single in self._singles.values()
            for method in single.methods.values()
            for node in self._resolved.of[id(arguments(method.args)[0])].loads
        }

    # What is not seen

    def _escapes(self) -> dict:
        """{class id: node} of those whose object goes where nobody follows it."""
        found: dict = {}
        for node in self._nodes:
            if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            types = self.of(node) - _UNKNOWN if isinstance(node, ast.expr) else _NOTHING
            if types and not self._is_followed(node):
                for each in types:
                    found.setdefault(each, node)
            if isinstance(node, ast.Attribute):
                for each in self._wrong(node):
                    found.setdefault(each, node)
        return found

    def _wrong(self, node: ast.Attribute) -> frozenset:
        """Classes of which an attribute is used that may as well be another's."""
        types = self.of(node.value)
        if len(types) > 1:
            return types - _UNKNOWN
        if isinstance(node.ctx, ast.Del):
            return types - _UNKNOWN
        return _NOTHING

    def _may_hold(self, target) -> bool:
        """Whether what is kept there is seen by this unit alone."""
        if isinstance(target, ast.Attribute):
            types = self.of(target.value)
            return OTHER not in types or not self._outside(target.attr)
        return isinstance(target, ast.Name)

    def _is_followed(self, node) -> bool:
        parent, field = self._parents[id(node)]
        if isinstance(parent, ast.Attribute | ast.Expr):
            return True
        if isinstance(parent, ast.If | ast.While | ast.IfExp) and field == "test":
            return True
        if isinstance(parent, ast.IfExp | ast.BoolOp):
            return True
        if isinstance(parent, ast.UnaryOp):
            return isinstance(parent.op, ast.Not)
        if isinstance(parent, ast.Compare):
            others = [parent.left, *parent.comparators]
            return all(n is node or _is_none(n) for n in others)
        if isinstance(parent, ast.Assign):
            return all(map(self._may_hold, parent.targets))
        if isinstance(parent, ast.Tuple):
            holder, where = self._parents[id(parent)]
            if isinstance(holder, ast.Assign) and where == "value":
                return all(
                    _is_pairwise(t, parent) and all(map(self._may_hold, t.elts))
                    for t in holder.targets
                )
            return False
        if isinstance(parent, ast.keyword):
            call, _ = self._parents[id(parent)]
            return isinstance(call, ast.Call) and bool(self.parameter(call, parent))
        if isinstance(parent, ast.Call) and field == "args":
            return bool(self.parameter(parent, node))
        if isinstance(parent, ast.Return):
            function = self._function(parent)
            is_plain = isinstance(function, ast.FunctionDef) and id(function) in self._direct
            return is_plain and not any(isinstance(n, _YIELDS) for n in walk(function))
        return False


def _is_starred(node: ast.Call) -> bool:
    is_any = any(isinstance(a, ast.Starred) for a in node.args)
    return is_any or any(keyword.arg is None for keyword in node.keywords)


def _is_pairwise(target, value) -> bool:
    is_both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
    return (
        is_both
        and len(target.elts) == len(value.elts)
        and not any(isinstance(e, ast.Starred) for e in [*target.elts, *value.elts])
    )


def _is_none(node) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
