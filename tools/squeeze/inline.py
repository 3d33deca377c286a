"""Puts the body of a function that is called once where it is called.

A function costs about 100 bytes beside its body. The body is moved, not copied: its names are
those of its bindings, so they are renamed where they stand.
"""

import ast

from tools.squeeze import returns
from tools.squeeze.apart import set_apart, split_attributes
from tools.squeeze.fold import fill, literal
from tools.squeeze.scopes import Binding, Resolved, walk
from tools.squeeze.sites import Index, Order, is_constant, match_arguments
from tools.squeeze.state import declare, is_state, undeclared

_MOST_LOCALS = 60
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def inline(units: list, strings, kept: set, outside: set, keywords: set) -> int:
    """Move bodies until nothing can be moved; returns how many. Arguments as rename.rename."""
    total = 0
    for _ in range(12):
        for unit in units:
            set_apart(unit, keywords, strings)
        split_attributes(units, strings, kept)
        done = _Pass(units, strings, kept, outside).done
        total += done
        if not done:
            break
    return total


class _Pass:
    """One round: each statement takes at most one body."""

    def __init__(self, units, strings, kept, outside):
        self.done = 0
        self._resolved = {unit.name: Resolved(unit.tree) for unit in units}
        index = Index(units, self._resolved, strings, kept, outside)
        methods = _methods(units)
        self._methods = methods - index.stored
        self._names: dict = {}  # id(function): {name: [bindings]} of its locals
        self._touched: set = set()
        self._slots: dict = {}  # id(function): names that it had before
        sites = {id(site.callee): site for site in index.sites}
        for site in _callees_first(index.sites, sites):
            if id(site.statement) not in self._touched and self._try(site):
                self._touched.add(id(site.statement))
                self._drop(site)
                self.done += 1

    def _try(self, site) -> bool:
        self._is_async = isinstance(site.callee, ast.AsyncFunctionDef)
        pairs = match_arguments(site)
        if pairs is None or not self._may_meet(site):
            return False
        if self._as_expression(site, pairs):
            return True
        plan = self._plan(site)
        if plan is None:
            return False
        declared, plain = undeclared(site.callee.body)
        held, site.callee.body = site.callee.body, plain
        try:
            self._replace(site, pairs, plan)
        except returns.CannotError:
            site.callee.body = held
            return False
        declare(site.host, declared)
        return True

    def _locals(self, node, unit) -> dict:
        """{name: bindings} of all locals of a function, moved ones included."""
        if id(node) not in self._names:
            scope = self._resolved[unit.name].scope_of[id(node)]
            self._names[id(node)] = {name: [b] for name, b in _current(scope).items()}
            self._slots[id(node)] = set(self._names[id(node)])
        return self._names[id(node)]

    def _may_meet(self, site) -> bool:
        """Whether no global that the body reads is hidden by a local of the host."""
        resolved = self._resolved[site.unit.name]
        host = self._locals(site.host, site.unit)
        mine = self._locals(site.callee, site.unit)
        if len(host) + len(mine) > _MOST_LOCALS:
            return False
        own = {id(b) for bindings in mine.values() for b in bindings}
        for statement in site.callee.body:
            for node in walk(statement):
                if isinstance(node, ast.Name) and node.id in host and node.id not in mine:
                    binding = resolved.of.get(id(node))
                    if binding is None or id(binding) not in own:
                        return False
        return True

    # Expressions

    def _as_expression(self, site, pairs) -> bool:
        """`f(a)` where the body of f is one `return`: put the value there."""
        body = site.callee.body
        if self._is_async or len(body) != 1 or not isinstance(body[0], ast.Return):
            return False
        value = body[0].value or ast.Constant(None)
        if any(isinstance(n, ast.ListComp | ast.SetComp | ast.DictComp) for n in walk(value)):
            return False
        is_calm = not any(isinstance(n, ast.Call | ast.Await) for n in walk(value))
        places: dict = {}
        for parameter, expression in pairs:
            found = [n for n in walk(value) if _reads(n, parameter.arg)]
            is_atom = self._is_atom(expression, site)
            if not is_atom and not (is_calm and len(found) == 1 and _is_load(expression)):
                return False
            places |= {id(node): expression for node in found}
        for parameter, expression in pairs:
            self._merge_names(site, parameter, expression)
        _put(site, _Swap(places).visit(value), self._parent(site))
        return True

    def _merge_names(self, site, parameter, expression):
        """Nothing is left of a parameter."""
        self._locals(site.callee, site.unit).pop(parameter.arg, None)

    def _parent(self, site):
        for node in walk(site.statement):
            for field, value in ast.iter_fields(node):
                if value is site.node:
                    return node, field, None
                if isinstance(value, list):
                    for index, item in enumerate(value):
                        if item is site.node:
                            return node, field, index
        raise AssertionError

    # Statements

    def _plan(self, site) -> "str | None":
        """How the call stands in its statement; None when its body cannot go before that."""
        statement, node = site.statement, site.node
        if isinstance(statement, ast.Return) and statement.value is node:
            return "return"
        if isinstance(statement, ast.Expr) and statement.value is node:
            return "alone"
        is_set = isinstance(statement, ast.Assign) and statement.value is node
        if is_set and len(statement.targets) == 1:
            return "set"
        order = Order(lambda n: self._is_atom(n, site), lambda name: name in self._methods)
        for expression in _first_parts(statement):
            return "before" if order.is_first(expression, node) else None
        return None

    def _is_atom(self, node, site) -> bool:
        """A value that nothing can change before it is used."""
        if is_constant(node):
            return True
        if not isinstance(node, ast.Name):
            return False
        if node.id in self._locals(site.host, site.unit):
            return True
        binding = self._resolved[site.unit.name].of.get(id(node))
        if binding is None:
            return False
        if binding.scope.kind == "module":
            is_def = isinstance(binding.stores[0], _FUNCTIONS) if binding.stores else False
            return len(binding.stores) == 1 and (is_def or not is_state(node.id))
        return binding.scope.kind == "outside"

    def _replace(self, site, pairs, plan):
        result = None
        give, after = None, []
        statement = site.statement
        if plan == "return":
            body = [*site.callee.body]
            if not returns.ends(body):
                body.append(_like(ast.Return(None), statement))
        else:
            if plan in ("set", "before"):
                result = Binding("", None)
            if plan == "set" and _is_simple_target(statement.targets[0], site.callee):
                host, target = self._locals(site.host, site.unit), statement.targets[0]
                give = _giver(statement, lambda: _again(target, host))
                result = None
            elif plan == "alone":
                give = _giver(statement, None)
            else:
                give = _giver(statement, lambda: _name(result, ast.Store()))
                after = [statement]
            body = returns.falling(site.callee.body, give)
        self._follow_copies(site, body)
        before = self._bind(site, pairs, body, result)
        if after:
            place = self._parent(site)
            _put(site, _name(result, ast.Load()), place)
        self._name_slots(site, result)
        holder, field = site.block
        block = getattr(holder, field)
        at = next(i for i, s in enumerate(block) if s is statement)
        block[at : at + 1] = fill([*before, *body, *after], statement)

    def _bind(self, site, pairs, body, result) -> list:
        """Statements that give the parameters their values, where they are not put in place."""
        mine = self._locals(site.callee, site.unit)
        host = self._locals(site.host, site.unit)
        before: list = []
        for parameter, expression in pairs:
            binding = mine[parameter.arg][0]
            bindings = mine[parameter.arg]
            is_set = any(not isinstance(n, ast.arg) for b in bindings for n in b.stores)
            is_local = isinstance(expression, ast.Name) and expression.id in host
            if is_constant(expression) and not is_set:
                places = {id(node): expression for b in bindings for node in b.loads}
                for statement in body:
                    _Swap(places).visit(statement)
                del mine[parameter.arg]
            elif is_local and not is_set:
                for other in mine.pop(parameter.arg):
                    other.rename(expression.id)
                    host[expression.id].append(other)
            else:
                node = ast.Name(parameter.arg, ast.Store())
                binding.refs.append((node, "id", None))
                before.append(_like(ast.Assign([node], expression), site.statement))
        return before

    def _follow_copies(self, site, body):
        """Names of caught exceptions stand in nodes that returns.py has copied."""
        copies = [n for s in body for n in walk(s) if getattr(n, "source", None)]
        for bindings in self._locals(site.callee, site.unit).values():
            for binding in bindings:
                sources = {id(node) for node, _, _ in binding.refs}
                for node in copies:
                    if id(node.source) in sources:
                        binding.refs.append((node, "name", None))

    def _name_slots(self, site, result):
        """Give what is left of the callee's locals names in the host."""
        mine = self._locals(site.callee, site.unit)
        host = self._locals(site.host, site.unit)
        if result is not None:
            mine["?"] = [result]
        taken, number = set(self._slots[id(site.host)]), 0
        for name in sorted(mine):
            while f"L{number}_" in taken:
                number += 1
            slot = f"L{number}_"
            taken.add(slot)
            for binding in mine[name]:
                binding.rename(slot)
            host.setdefault(slot, []).extend(mine[name])
        mine.clear()

    def _drop(self, site):
        """Remove the function that has been moved."""
        holder = site.owner or site.unit.tree
        holder.body = [node for node in holder.body if node is not site.callee]
        if site.owner is not None:
            holder.body = fill(holder.body, holder)


class _Swap(ast.NodeTransformer):
    """Puts expressions in the place of nodes {id: expression}."""

    def __init__(self, places):
        self._places = places

    def visit_Name(self, node):
        found = self._places.get(id(node))
        if found is None:
            return node
        return literal(found.value) if isinstance(found, ast.Constant) else found


def _current(scope) -> dict:
    """{name now: binding} of a scope."""
    return {binding.name: binding for binding in scope.names.values()}


def _methods(units) -> set:
    return {
        inner.name
        for unit in units
        for node in walk(unit.tree)
        if isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, _FUNCTIONS) and not inner.decorator_list
    }


def _callees_first(sites, by_callee) -> list:
    """Sites in functions that are moved themselves before those that take these."""
    done: dict = {}
    for site in sites:
        chain = [site]
        while id(chain[-1].host) in by_callee:
            following = by_callee[id(chain[-1].host)]
            if following in chain:
                chain = []
                break
            chain.append(following)
        for inner in chain:
            done.setdefault(id(inner), inner)
    order: list = []
    left = list(done.values())
    while left:
        hosts = {id(site.callee) for site in left}
        ready = [s for s in left if not any(t.host is s.callee for t in left)]
        if not ready or not hosts:
            break
        order += ready
        left = [site for site in left if site not in ready]
    return order


def _first_parts(statement) -> list:
    """The expression of a statement that is evaluated first, once."""
    if isinstance(statement, ast.Return | ast.Expr) and statement.value:
        return [statement.value]
    if isinstance(statement, ast.Assign):
        return [statement.value]
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return [] if is_state(statement.target.id) else [statement.value]
    if isinstance(statement, ast.If):
        return [statement.test]
    if isinstance(statement, ast.For):
        return [statement.iter]
    if isinstance(statement, ast.Raise) and statement.exc:
        return [statement.exc]
    return []


def _is_simple_target(target, callee) -> bool:
    is_plain = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    if isinstance(target, ast.Name):
        if not is_state(target.id):
            return True
        is_plain = True
    has_try = any(isinstance(n, ast.Try | ast.With) for s in callee.body for n in walk(s))
    return is_plain and not has_try


def _giver(statement, make_target):
    """What returns.falling writes for `return value`; without a target the value is dropped."""

    def give(value, node):
        if make_target is None:
            is_idle = value is None or is_constant(value) or isinstance(value, ast.Name)
            return [] if is_idle else [_like(ast.Expr(value), node)]
        fresh = ast.Assign([make_target()], value or ast.Constant(None))
        return [_like(fresh, node or statement)]

    return give


def _again(target, host: dict):
    """A target anew; names in it are known to the host."""
    fresh = ast.parse(ast.unparse(target) + " = 0").body[0].targets[0]
    for node in walk(fresh):
        if isinstance(node, ast.Name) and node.id in host:
            host[node.id][0].refs.append((node, "id", None))
    return fresh


def _name(binding, context):
    node = ast.Name("?", context)
    binding.refs.append((node, "id", None))
    return node


def _like(fresh, node):
    fresh.origin = getattr(node, "origin", None)
    fresh.lineno, fresh.col_offset = getattr(node, "lineno", 1), 0
    return fresh


def _put(site, expression, place):
    node, field, index = place
    if index is None:
        setattr(node, field, expression)
    else:
        getattr(node, field)[index] = expression


def _reads(node, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_load(node) -> bool:
    """An expression that only reads: names, attributes, constants and sums of them."""
    if isinstance(node, ast.Attribute):
        return _is_load(node.value)
    if isinstance(node, ast.BinOp):
        return _is_load(node.left) and _is_load(node.right)
    return is_constant(node) or isinstance(node, ast.Name)
