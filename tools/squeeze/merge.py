"""Writes the modules of a unit one behind the other, with imports between them resolved."""

import ast

from tools.squeeze.bundle import Unit
from tools.squeeze.program import Module, imported
from tools.squeeze.scopes import Resolved, walk


class Merger:
    """All units of a program, written out."""

    def __init__(self, units: list, modules: dict, pinned: dict):
        """`pinned`: {module: names that the outside imports from it}."""
        self._modules = modules
        self._pinned = pinned
        self._unit_of = {member.name: unit for unit in units for member in unit.members}
        self._names: dict = {}  # (module, name): name in its unit
        self._sources: dict = {}  # (module, name that it imports): from where
        self._resolved: dict = {}
        self._count = 0
        for unit in units:
            for member in unit.members:
                self._name_globals(unit, member)
        for unit in units:
            self._write(unit)

    def _name_globals(self, unit: Unit, member: Module):
        """Give each name that a module binds itself a name that is its own in the unit."""
        resolved = self._resolved[member.name] = Resolved(member.tree)
        is_entry = member.name == unit.name
        own = {name for name in resolved.module.names}
        for statement in member.tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias, target, name in imported(member, statement, self._modules):
                    local = alias.asname or alias.name.split(".")[0]
                    own.discard(local)
                    base = None if isinstance(statement, ast.Import) else statement.module
                    self._sources[member.name, local] = (
                        (target, name) if target else base,
                        alias.name,
                    )
        unit.pinned |= self._pinned.get(member.name, set()) if is_entry else set()
        for name in sorted(own):
            kept = is_entry and (unit.is_open or name in unit.pinned or name.startswith("__"))
            kept = kept or len(unit.members) == 1
            if kept and name.startswith("__") and not is_entry:
                continue
            self._count += 1
            self._names[member.name, name] = name if kept else f"G{self._count}_{name}"

    def _write(self, unit: Unit):
        heads: dict = {}  # what the unit imports: (module or None, name): its name in the unit
        bodies: list = []
        for member in unit.members:
            bodies += self._body(unit, member, heads)
        unit.tree = ast.Module(
            [*(_import(*key, name) for key, name in heads.items()), *bodies], []
        )
        ast.fix_missing_locations(unit.tree)

    def _body(self, unit, member, heads) -> list:
        resolved = self._resolved[member.name]
        body: list = []
        for statement in member.tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias, target, name in imported(member, statement, self._modules):
                    self._take(unit, member, statement, alias, target, name, heads, resolved)
            else:
                body.append(statement)
        for scope in list(resolved.module.walk()):
            if scope.kind != "module":
                self._lazy(unit, member, scope, resolved)
        for name, binding in resolved.module.names.items():
            fresh = self._names.get((member.name, name))
            if fresh and fresh != name and binding.name == name:
                binding.rename(fresh)
        return body

    def _take(self, unit, member, statement, alias, target, name, heads, resolved):
        """One thing that is imported at the start of a module."""
        binding = resolved.of[id(alias)]
        if target is None:
            module = None if isinstance(statement, ast.Import) else statement.module
            is_dotted = module is None and "." in alias.name and not alias.asname
            local = self._head(heads, (module, alias.name), is_dotted)
            binding.rename(local)
        elif name is not None:
            binding.rename(self._reach(unit, target, name, heads))
        elif self._unit_of[target].is_open:
            package, _, last = target.rpartition(".")
            binding.rename(self._head(heads, (package or None, last)))
        else:
            loads = {id(node) for node in binding.loads}
            _Attributes(loads, lambda n: self._reach(unit, target, n, heads)).visit(member.tree)

    def _head(self, heads, key, is_dotted=False) -> str:
        """The name in a unit of what it imports; unlike any other in the program."""
        if key not in heads:
            self._count += 1
            first = key[1].split(".")[0]
            heads[key] = first if is_dotted else f"H{self._count}_{first}"
        return heads[key]

    def _reach(self, unit, target: str, name: str, heads) -> str:
        """The name in `unit` by which the global `name` of module `target` is reached."""
        fresh = self._follow(target, name)
        if isinstance(fresh, tuple):  # imported there from outside the program
            return self._head(heads, fresh)
        module, fresh = fresh.module, fresh.name
        other = self._unit_of[module]
        if other is unit:
            return fresh
        return self._head(heads, (other.name, fresh))

    def _follow(self, target: str, name: str):
        """Where a name that is imported from `target` comes from."""
        if (target, name) in self._names:
            return _Place(target, self._names[target, name])
        if (target, name) in self._sources:
            source, first = self._sources[target, name]
            if not isinstance(source, tuple):
                return (source, first)
            if source[1] is not None:
                return self._follow(*source)
        raise LookupError(f"{target} has no {name}")

    def _lazy(self, unit, member, scope, resolved):
        """Imports inside a function."""
        body = getattr(scope.node, "body", None)
        if not isinstance(body, list):
            return
        for holder in walk(ast.Module(body, [])):
            if isinstance(holder, ast.ImportFrom | ast.Import):
                for alias, target, name in imported(member, holder, self._modules):
                    binding = resolved.of[id(alias)]
                    if target is None or binding.scope is not scope or name is None:
                        continue
                    self._lazy_name(unit, holder, alias, target, name, binding)
        for holder in walk(scope.node):
            for field in ("body", "orelse", "finalbody"):
                block = getattr(holder, field, None)
                if isinstance(block, list) and block:
                    kept = [s for s in block if not isinstance(s, ast.ImportFrom) or s.names]
                    setattr(holder, field, kept or ([ast.Pass()] if field == "body" else []))

    def _lazy_name(self, unit, statement, alias, target, name, binding):
        place = self._follow(target, name)
        if isinstance(place, tuple):
            return
        other = self._unit_of[place.module]
        if other is unit:
            statement.names.remove(alias)
            binding.rename(place.name)
            return
        if len(statement.names) == 1:
            statement.module, statement.level = other.name, 0
        elif statement.module != other.name:
            raise LookupError(f"{target}: import one name at a time inside a function")
        alias.asname = None if binding.name == place.name else binding.name
        alias.name = place.name


class _Place:
    def __init__(self, module: str, name: str):
        self.module = module
        self.name = name


class _Attributes(ast.NodeTransformer):
    """Replaces `module.name`, where the Name nodes of `module` are `loads`."""

    def __init__(self, loads: set, reach):
        self._loads = loads
        self._reach = reach

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and id(node.value) in self._loads:
            return ast.copy_location(ast.Name(self._reach(node.attr), node.ctx), node)
        self.generic_visit(node)
        return node


def _import(module, name, local):
    """The statement that imports `name` as `local`."""
    alias = ast.alias(name, None if local == name.split(".")[0] else local)
    node = ast.ImportFrom(module, [alias], 0) if module else ast.Import([alias])
    node.origin = None
    node.lineno, node.col_offset = 1, 0
    return node
