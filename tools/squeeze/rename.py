"""Gives names that nobody outside knows short ones, and the same few again and again.

A global is known to its unit, an argument to its function. An attribute is looked up in an object
whose class is not known, so one name stands for one short name everywhere; two names may share
one when no class (with all that inherit from each other) has both.
"""

import ast

from tools.squeeze import words
from tools.squeeze.apart import is_apart, is_dotted, set_apart
from tools.squeeze.facts import is_special
from tools.squeeze.scopes import Resolved, arguments, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BUILTIN_BASES = {
    "object", "Exception", "BaseException", "OSError", "ValueError", "RuntimeError",
}  # fmt: skip


def rename(units: list, strings, kept: set, outside: set, keywords: set) -> dict:
    """Rename in all units; returns {what: {name: short name}} for attributes and each unit.

    `strings`: facts.Strings; `kept`: names that sources outside the program use; `outside`: names
    of the interpreter and its modules; `keywords`: names by which arguments are passed.
    """
    for unit in units:
        set_apart(unit, keywords, strings)
    attributes = _attributes(units, strings, kept, outside)
    made = {"attributes": attributes}
    _write_attributes(units, attributes)
    globals_of = {}
    for unit in units:
        made[unit.name] = globals_of[unit.name] = _globals(unit, attributes, strings)
    _write_imports(units, globals_of)
    for unit in units:
        _locals(unit)
    return made


def _write_imports(units, made: dict):
    """Follow the new names {unit: {name: short name}} where one unit imports them from another."""
    for unit in units:
        for node in walk(unit.tree):
            if isinstance(node, ast.ImportFrom) and node.module in made:
                for alias in node.names:
                    local = alias.asname or alias.name
                    alias.name = made[node.module].get(alias.name, alias.name)
                    alias.asname = None if local == alias.name else local


# Attributes


class _Family:
    """Classes that inherit from each other, and all names that their objects may have."""

    def __init__(self, names: set, is_known: bool):
        self.names = names
        self.is_known = is_known  # whether all bases are of the program, or simple builtin ones


def _families(units: list) -> list:
    """All families; an open unit is one too, for its globals are looked up as attributes."""
    families: list = []
    by_name: dict = {}
    classes = [(u, n) for u in units for n in walk(u.tree) if isinstance(n, ast.ClassDef)]
    ours = {node.name for _, node in classes}
    group: dict = {}
    for unit, node in classes:
        key = (unit.name, node.name, id(node))
        group[key] = key
        by_name.setdefault(node.name, []).append(key)
    imported = _import_names(units)
    read = _read_in_bodies(units)
    known, names = {}, {}
    for unit, node in classes:
        key = (unit.name, node.name, id(node))
        known[key] = True
        names[key] = _names_of(node) | read.get(id(node), set())
        for base in node.bases:
            name = base.id if isinstance(base, ast.Name) else ""
            name = imported.get((unit.name, name), name)
            if name in ours:
                for other in by_name[name]:
                    _join(group, key, other)
            elif name not in _BUILTIN_BASES:
                known[key] = False
    found: dict = {}
    for key in group:
        family = found.setdefault(_leader(group, key), _Family(set(), True))
        family.names |= names[key]
        family.is_known = family.is_known and known[key]
    families += found.values()
    for unit in units:
        if unit.is_open:
            resolved = Resolved(unit.tree)
            others = set(resolved.outside.names) | _fixed_locals(resolved)
            families.append(_Family(set(resolved.module.names) | others, True))
    return families


def _read_in_bodies(units) -> dict:
    """{id(class): builtin names that its body reads, which a name of its own would hide}."""
    read: dict = {}
    for unit in units:
        for binding in Resolved(unit.tree).outside.names.values():
            for scope in binding.readers:
                if scope.kind == "class":
                    read.setdefault(id(scope.node), set()).add(binding.name)
    return read


def _import_names(units) -> dict:
    """{(unit, local name): name in the unit from which it is imported}."""
    return {
        (unit.name, alias.asname or alias.name): alias.name
        for unit in units
        for node in walk(unit.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _leader(group, key):
    while group[key] != key:
        key = group[key]
    return key


def _join(group, one, other):
    group[_leader(group, one)] = _leader(group, other)


def _names_of(node: ast.ClassDef) -> set:
    """Names that objects of the class get in its own methods, and names of the class itself."""
    found: set = set()
    for inner in node.body:
        if isinstance(inner, _FUNCTIONS):
            found.add(inner.name)
            first = inner.args.args[0].arg if inner.args.args else None
            for place in walk(inner):
                if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name):
                    is_own = place.value.id == first
                    if is_own and not isinstance(place.ctx, ast.Load):
                        found.add(place.attr)
        else:
            for place in walk(inner):
                if isinstance(place, ast.Name) and isinstance(place.ctx, ast.Store):
                    found.add(place.id)
    return found


def _attributes(units, strings, kept, outside) -> dict:
    families = _families(units)
    owned = set().union(*(f.names for f in families), set())
    uses, foreign = _uses(units)
    wanted = [
        name
        for name in sorted(owned, key=lambda n: (-uses.get(n, 0), n))
        if name not in kept and name not in outside and name not in strings
        if not is_special(name)
    ]
    pinned = set().union(*(unit.pinned for unit in units), set())
    pinned |= {name for unit in units for name, _ in _exceptions(unit)}
    wanted = [name for name in wanted if name not in pinned]
    unchanged = {name for name in [*owned, *uses] if name not in wanted}
    made: dict = {}
    never = strings.words | (_stored(units) - set(wanted))
    pool = words.Pool(words.ROM_ATTRIBUTES)
    plain = words.Pool([])
    members = {name: [f for f in families if name in f.names] for name in wanted}
    for name in wanted:
        forbidden = set(never)
        is_known = True
        if name in foreign:  # who sets what where is not known there
            forbidden |= {*made.values(), *unchanged}
        for family in members[name]:
            is_known = is_known and family.is_known
            forbidden |= {made.get(other, other) for other in family.names}
        if not is_known:
            forbidden |= unchanged
        made[name] = (pool if is_known else plain).choose(forbidden)
        if name in foreign:
            never.add(made[name])
    return made


def _stored(units) -> set:
    """Attributes that some statement sets."""
    return {
        node.attr
        for unit in units
        for node in walk(unit.tree)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }


def _uses(units) -> tuple:
    """How often each attribute is written; and those that foreign sources write."""
    uses: dict = {}
    foreign: set = set()
    for unit in units:
        for node in walk(unit.tree):
            if isinstance(node, ast.Attribute):
                uses[node.attr] = uses.get(node.attr, 0) + 1
    for unit in units:
        for member in unit.members:
            if member.is_foreign:
                foreign |= {n.attr for n in walk(member.tree) if isinstance(n, ast.Attribute)}
    return uses, foreign


def _write_attributes(units, made: dict):
    for unit in units:
        resolved = Resolved(unit.tree)
        for scope in resolved.module.walk():
            if scope.kind == "class" or (scope.kind == "module" and unit.is_open):
                for name, binding in list(scope.names.items()):
                    if name in made:
                        binding.rename(made[name])
        for node in walk(unit.tree):
            if isinstance(node, ast.Attribute) and node.attr in made:
                node.attr = made[node.attr]
    _write_imports(units, {unit.name: made for unit in units if unit.is_open})


# Globals and locals


def _globals(unit, attributes, strings) -> dict:
    """Rename the globals of a unit, the most used first; returns {name: short name}."""
    resolved = Resolved(unit.tree)
    made: dict = {}
    fixed = set(unit.pinned)
    names = resolved.module.names
    if unit.is_open:
        fixed |= {name for name in names if not _is_ours(name)}
    fixed |= {name for name in names if is_special(name) or is_dotted(names[name])}
    fixed |= set(resolved.outside.names)
    taken = {name for name in names if name in fixed}
    taken |= set(resolved.outside.names) | _fixed_locals(resolved)
    if unit.is_open:
        taken |= set(attributes.values())
    for name, plain in _exceptions(unit):
        if plain not in taken and (plain == name or plain not in names):
            made[name] = plain
            taken.add(plain)
    pool = words.Pool(words.ROM)
    for name in sorted(names, key=lambda n: (-len(names[n].refs), n)):
        if name not in fixed and name not in made:
            hiding = [set(s.names) for s in names[name].readers if s.kind == "class"]
            made[name] = pool.choose(taken.union(*hiding))
            taken.add(made[name])
    for name, short in made.items():
        names[name].rename(short)
    return made


def _exceptions(unit):
    """Yield (name, name in the source) of exceptions: people read it in tracebacks."""
    for node in unit.tree.body:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id in _BUILTIN_BASES - {"object"}
            for base in node.bases
        ):
            name = node.name
            yield name, name.partition("_")[2] if _is_ours(name) else name


def _is_ours(name: str) -> bool:
    """Whether the merger has given the name, so that nobody outside knows it."""
    return name[0] in "GH" and name[1:2].isdigit()


def _fixed_locals(resolved) -> set:
    """Names of locals that do not change."""
    scopes = [s for s in resolved.module.walk() if s.kind not in ("module", "class")]
    return {name for scope in scopes for name in scope.names if not is_apart(name)}


def _locals(unit):
    """Rename arguments and local variables; a local variable's name costs nothing."""
    resolved = Resolved(unit.tree)
    pool = words.Pool(words.ROM)
    seen = _seen(resolved)
    for scope in resolved.module.walk():
        if scope.kind in ("module", "class"):
            continue
        fixed = {name for name in scope.names if not is_apart(name)}
        order = _argument_names(scope) if hasattr(scope.node, "args") else []
        taken = {binding.name for binding in seen.get(scope, ())} | fixed
        order += sorted(set(scope.names) - set(order))
        for name in order:
            if name not in fixed:
                short = pool.choose(taken)
                taken.add(short)
                scope.names[name].rename(short)


def _argument_names(scope) -> list:
    return [argument.arg for argument in arguments(scope.node.args)]


def _seen(resolved) -> dict:
    """{scope: bindings of other scopes that are read in it or in those inside it}."""
    seen: dict = {}
    for owner in [resolved.outside, *resolved.module.walk()]:
        for binding in owner.names.values():
            for scope in binding.readers:
                while scope is not None and scope is not owner:
                    seen.setdefault(scope, set()).add(binding)
                    scope = scope.parent
    return seen
