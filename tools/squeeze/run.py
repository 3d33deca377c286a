"""All passes, one after the other."""

import ast

from tools.squeeze import (
    apart,
    bundle,
    emit,
    facts,
    flat,
    fold,
    inline,
    merge,
    outside,
    rename,
    shake,
    single,
    tidy,
)
from tools.squeeze.program import Module
from tools.squeeze.scopes import walk

#: Each can be left out, to see what it brings.
PASSES = ("fold", "shake", "inline", "single", "bundle", "rename", "flat")


class Squeezed:
    """The program as it is compiled."""

    def __init__(self):
        """Empty."""
        self.texts: dict = {}  # {path: source}
        self.places: dict = {}  # {module: {line: (file, line, function)}}
        self.names: dict = {}  # {unit or "attributes": {name: short name}}
        self.stays: set = set()  # paths of what is loaded at the start, and so for ever
        self.borders: dict = {}  # {path: lines with which a function begins, or a body moved}
        self.modules: dict = {}  # {name of a module: its short name}
        self.counts: dict = {}  # {pass: how often it did something}


def run(sources: dict, roots: dict, foreign=(), passes=PASSES) -> Squeezed:
    """Squeeze the program `sources` {path: text}.

    `roots` {path: text} are sources that use it and stay as they are: all names that they mention
    stay too. `foreign` names those paths that do not follow our rules. Raises SyntaxError.
    """
    made = Squeezed()
    modules = {}
    for path in sorted(sources):
        module = Module(path, sources[path], path in foreign)
        modules[module.name] = module
        fold.choose(module.tree)
    trees = [ast.parse(text, path) for path, text in roots.items()]
    known = facts.root_names(trees)
    pinned = {name: known for name in modules}
    units = bundle.plan(modules, trees, "bundle" in passes)
    merge.Merger(units, modules, pinned)
    for unit in units:
        unit.pinned &= _globals(unit)
    _shrink(units, known, trees, passes, made.counts)
    if "single" in passes:
        strings = facts.Strings([*(u.tree for u in units), *trees])
        apart.split_attributes(units, strings, known)
        done = single.dissolve(units, strings, known, outside.names(), trees)
        _count(made.counts, "single", done)
        _shrink(units, known, trees, passes, made.counts)
    if "inline" in passes:
        _inline(units, known, trees, passes, made.counts)
    if "single" in passes:
        _count(made.counts, "single", tidy.tidy(units, trees))
        _shrink(units, known, trees, passes, made.counts)
    if "rename" in passes:
        strings = facts.Strings([*(u.tree for u in units), *trees])
        keywords = facts.keywords([*(u.tree for u in units), *trees])
        made.names = rename.rename(units, strings, known, outside.names(), keywords)
    units = [u for u in units if u.tree.body or u.pinned or _is_asked_for(u, units)]
    if "flat" in passes:
        made.modules = flat.flatten(units, trees)
    for unit in units:
        made.texts[unit.path], made.places[unit.name] = emit.emit(unit)
        made.borders[unit.path] = emit.borders(made.places[unit.name])
    made.stays = {unit.path for unit in _loaded(units, trees)}
    return made


def _inline(units, known, trees, passes, counts):
    """Move bodies, and drop what is left over."""
    strings = facts.Strings([*(u.tree for u in units), *trees])
    keywords = facts.keywords([*(u.tree for u in units), *trees])
    done = inline.inline(units, strings, known, outside.names(), keywords)
    _count(counts, "inline", done)
    _shrink(units, known, trees, passes, counts)


def _loaded(units, trees) -> list:
    """What the roots import, and what that imports while it is loaded."""
    by_name = {unit.name: unit for unit in units}
    found: list = []
    left = list(trees)
    while left:
        for node in left.pop().body:
            for inner in walk(node) if not hasattr(node, "name") else ():
                for name in flat.imported(inner):
                    if name in by_name and by_name[name] not in found:
                        found.append(by_name[name])
                        left.append(by_name[name].tree)
    return found


def _shrink(units, known, trees, passes, counts):
    """The passes that make each other's work, until nothing is left to do."""
    for _ in range(10):
        done = 0
        if "fold" in passes:
            done += _count(counts, "fold", fold.fold(units))
        if "shake" in passes:
            strings = facts.Strings([*(u.tree for u in units), *trees])
            done += _count(counts, "shake", shake.Shaker(units, strings, known).sweep())
        if "fold" in passes:
            done += _count(counts, "fold", fold.fold_once(units))
        if not done:
            break


def _count(counts, name, done) -> int:
    counts[name] = counts.get(name, 0) + done
    return done


def _globals(unit) -> set:
    return {
        node.id if isinstance(node, ast.Name) else node.name
        for node in unit.tree.body
        for node in ([node] if hasattr(node, "name") else walk(node))
        if isinstance(node, ast.Name) or hasattr(node, "name")
    } - {None}


def _is_asked_for(unit, units) -> bool:
    """Whether somebody imports it though nothing is left in it."""
    for other in units:
        for node in walk(other.tree):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                if unit.name in [node.module, *names] and not unit.path.endswith("__init__.py"):
                    return True
            elif isinstance(node, ast.Constant) and node.value == unit.name:
                return not unit.path.endswith("__init__.py")
    return False
