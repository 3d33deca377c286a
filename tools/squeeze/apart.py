"""Gives names that mean different things different names, before code is moved.

Locals get names unlike any other (`L7_name`), private attributes one for each class that uses
them for itself only. What may not change its name keeps it.
"""

import ast

from tools.squeeze.facts import is_special
from tools.squeeze.scopes import Resolved, walk


def is_fixed(name: str, binding, keywords, strings) -> bool:
    """Whether a local must keep its name: an argument that may be passed by it, `self`."""
    if name == "self" or is_dotted(binding):
        return True
    is_argument = any(isinstance(node, ast.arg) for node in binding.stores)
    by_text = strings.has_keyword_tables and name in strings.words
    return is_argument and (name in keywords or by_text)


def is_dotted(binding) -> bool:
    """Whether `import a.b` binds it."""
    return any(isinstance(n, ast.alias) and "." in n.name and not n.asname for n in binding.stores)


def is_apart(name: str) -> bool:
    """Whether `set_apart` has made the name."""
    return name[0] == "L" and name[1:2].isdigit()


def set_apart(unit, keywords, strings):
    """Give all locals of a unit that may change names unlike any other."""
    count = 0
    for scope in Resolved(unit.tree).module.walk():
        if scope.kind not in ("module", "class"):
            for name, binding in scope.names.items():
                if not is_fixed(name, binding, keywords, strings):
                    count += 1
                    binding.rename(
                        f"L{count}_{name.partition('_')[2] if is_apart(name) else name}"
                    )


def split_attributes(units: list, strings, kept: set) -> int:
    """Rename private attributes that several classes use, each for itself; returns how many."""
    classes = [(u, n) for u in units for n in u.tree.body if isinstance(n, ast.ClassDef)]
    bases = {ast.unparse(b).rpartition(".")[2] for _, node in classes for b in node.bases}
    names = {node.name for _, node in classes}
    homes: dict = {}  # attribute: {id(class): nodes that write it}
    for _, node in classes:
        is_alone = node.name not in bases and not names & {ast.unparse(b) for b in node.bases}
        if is_alone:
            for place in _own_places(node):
                name = place.attr if isinstance(place, ast.Attribute) else place.name
                homes.setdefault(name, {}).setdefault(id(node), []).append(place)
    counts = _counts(units)
    done = 0
    for name, by_class in sorted(homes.items()):
        places = [place for found in by_class.values() for place in found]
        is_private = name.startswith("_") and not is_special(name)
        if not is_private or len(by_class) < 2 or len(places) != counts[name]:
            continue
        if name in strings or name in kept:
            continue
        for number, found in enumerate(by_class.values()):
            for place in found:
                setattr(place, "attr" if isinstance(place, ast.Attribute) else "name",
                        f"{name}__{number}")  # fmt: skip
            done += 1
    return done


def _own_places(node: ast.ClassDef):
    """Yield methods of a class, and the attributes of `self` in them."""
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner
            first = inner.args.args[0].arg if inner.args.args else None
            for place in walk(inner):
                is_plain = isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name)
                if is_plain and place.value.id == first:
                    yield place


def _counts(units) -> dict:
    """How often a name occurs as attribute, or as a name in a class body or an open unit."""
    counts: dict = {}
    for unit in units:
        for node in walk(unit.tree):
            if isinstance(node, ast.Attribute):
                counts[node.attr] = counts.get(node.attr, 0) + 1
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    own = [inner.name] if hasattr(inner, "name") else []
                    own += [n.id for n in walk(inner) if isinstance(n, ast.Name)] * (not own)
                    for name in own:
                        counts[name] = counts.get(name, 0) + 1
        if unit.is_open:
            for name in Resolved(unit.tree).module.names:
                counts[name] = counts.get(name, 0) + 1
    return counts
