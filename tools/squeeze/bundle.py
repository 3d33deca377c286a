"""Which modules become one: a module of its own costs as much as three functions.

Modules that are imported when the program starts are merged into the one that imports them first.
What is imported inside a function, named in a string or handed around as a value stays a module,
for it may be dropped again; what it alone imports is merged into it.
"""

import ast

from tools.squeeze.program import Module, imported, strings
from tools.squeeze.scopes import Resolved, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Unit:
    """A module as it will lie on the flash."""

    def __init__(self, path: str, name: str, is_open: bool):
        """Empty."""
        self.path = path
        self.name = name
        self.is_open = is_open  # reached as an object: its names follow the rules of attributes
        self.members: list = []  # modules that are in it, those imported by others first
        self.tree = ast.Module([], [])
        self.pinned: set = set()  # names that the outside world imports

    @property
    def is_foreign(self) -> bool:
        """Whether it holds sources that are not ours."""
        return any(member.is_foreign for member in self.members)


class Imports:
    """What one module imports, and how it uses the modules among that."""

    def __init__(self, module: Module, modules: dict):
        """Look through `module`."""
        self.static: list = []  # names of modules, in order
        self.lazy: list = []
        self.objects: set = set()  # modules that are used other than by `module.name`
        resolved = Resolved(module.tree)
        bases = _attribute_bases(module.tree)
        for node, is_lazy in _statements(module.tree):
            for alias, target, name in imported(module, node, modules):
                if target is None:
                    continue
                (self.lazy if is_lazy else self.static).append(target)
                binding = resolved.of[id(alias)]
                if name is None and (is_lazy or not _is_plain(binding, bases)):
                    self.objects.add(target)


def _is_plain(binding, bases) -> bool:
    return len(binding.stores) == 1 and all(id(node) in bases for node in binding.loads)


def _attribute_bases(tree) -> set:
    return {
        id(node.value)
        for node in walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def _statements(tree: ast.Module):
    """Yield (import statement, whether it is lazy)."""
    top = {id(node) for node in tree.body}
    for node in walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, id(node) not in top


def plan(modules: dict, roots: list, may_merge: bool) -> list:
    """Units for `modules` {name: Module}; `roots` are trees that import some of them."""
    found = {name: Imports(module, modules) for name, module in modules.items()}
    started, seen = _started(roots, modules)
    loose = _named_in_strings(modules, roots)
    objects = set().union(loose, *(imports.objects for imports in found.values()))
    lazy = {name for imports in found.values() for name in imports.lazy}
    if not may_merge:
        objects |= set(modules)
    owner: dict = {}  # module: the first started entry that loads it
    order: list = []
    for entry in started:
        for name in _closure(entry, found):
            if name not in owner:
                owner[name] = entry
                order.append(name)
    alone = objects | (lazy - set(owner)) | set(started)
    alone |= {name for name in seen if name in modules}
    home = _homes(modules, found, owner, alone, started)
    units: dict = {}
    for name in order + [name for name in modules if name not in owner]:
        place = home[name]
        if place not in units:
            units[place] = Unit(modules[place].path, place, place in objects)
    for name in _in_order(modules, found, order):
        units[home[name]].members.append(modules[name])
    return list(units.values())


def _started(roots, modules) -> tuple:
    """Modules that the roots import: in order, and as a set with their packages."""
    found: list = []
    for tree in roots:
        module = Module.__new__(Module)
        module.name, module.is_package = "", False
        for node, _ in _statements(tree):
            for _, target, _name in imported(module, node, modules):
                if target and target not in found:
                    found.append(target)
    return found, set(found)


def _named_in_strings(modules, roots) -> set:
    texts = set().union(*(strings(m.tree) for m in modules.values()), *map(strings, roots))
    texts = {text for text in texts if text and " " not in text}
    return {
        name
        for name in modules
        if name in texts or any("." in t and name.startswith(t) for t in texts)
    }


def _closure(entry: str, found: dict, done=None) -> list:
    """Modules that are loaded with `entry`, those imported by others first."""
    done = {} if done is None else done
    if entry not in done:
        done[entry] = None
        for name in found[entry].static:
            _closure(name, found, done)
        done[entry] = True
        done[entry] = done.pop(entry)  # to the end
    return list(done)


def _homes(modules, found, owner, alone, started) -> dict:
    """{module: module whose unit it is in}."""
    home = {name: name for name in modules if name in alone}
    for name in modules:
        if name not in home and name in owner:
            home[name] = owner[name]
    for name in modules:  # left: what only modules on their own import
        if name not in home:
            users = {e for e in alone if name in _closure(e, found)}
            home[name] = users.pop() if len(users) == 1 else name
    position = {entry: i for i, entry in enumerate(started)}
    for entry in alone - set(started):  # a module that may come before its import is there
        first = min((position.get(owner.get(u, ""), 99) for u in _users(entry, found)), default=99)
        for name in _closure(entry, found):
            if position.get(home[name], -1) > first:
                home[name] = name
    changed = True
    while changed:  # a cycle of units is none
        changed = False
        for a, b in _cycles(found, home):
            for name in [n for n, h in home.items() if h in (a, b) and n not in (a, b)]:
                home[name] = name
                changed = True
    return home


def _cycles(found, home):
    """Yield pairs of units that import each other."""
    uses = {(home[n], home[t]) for n, i in found.items() for t in i.static if home[n] != home[t]}
    for a, b in sorted(uses):
        if (b, a) in uses and a < b:
            yield a, b


def _users(entry: str, found: dict) -> list:
    return [name for name, imports in found.items() if entry in imports.lazy + imports.static]


def _in_order(modules, found, order) -> list:
    done: dict = {}
    for name in [*order, *modules]:
        _closure(name, found, done)
    return list(done)
