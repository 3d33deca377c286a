"""Cuts a third-party module to what our program does with it, before it is compiled for the board.

First it takes facts about our program for true, such as "no page reads a request's body": rows of
(what would make it untrue, function, text, text instead), where a text stands within one line of
the function as `ast.unparse` writes it. A fact counts only while no module of ours names what
would make it untrue; so what is cut off comes back by itself with the first page that needs it.
Then it leaves out branches that cannot run, attributes and variables that nobody reads, and
functions, classes and methods that nobody reaches. What is left keeps its lines, so that
tracebacks stay true.

A module of ours uses the third-party one when it imports it or is called firmware/web*; a request
is called `request` or `req` everywhere.
"""

import ast

from tools.tailor.drop import DEFINITIONS, drop_unreached, drop_unread
from tools.tailor.fold import fold
from tools.tailor.layout import laid_out
from tools.tailor.names import FUNCTIONS, Names

_PAGES = "firmware/web"


def uses(path: str, text: str, module: str) -> bool:
    """Whether the source `text` at `path` imports `module` or is given requests."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module:
            return True
        if isinstance(node, ast.Import) and any(
            a.name.split(".")[0] == module for a in node.names
        ):
            return True
    return path.startswith(_PAGES)


def tailor(text: str, users, facts=()) -> str:
    """Return the module `text` as far as the sources `users` need it.

    Raises ValueError when a fact does not fit the module.
    """
    outside = Names()
    for user in users:
        outside.take(ast.parse(user))
    lines = text.count("\n")
    tree = _assume(_without_docstrings(text), lines, facts, outside.features)
    while True:
        before = ast.dump(tree)
        tree = fold(tree)
        drop_unreached(tree, outside)
        drop_unread(tree, outside)
        if ast.dump(tree) == before:
            return laid_out(tree, lines)


def _without_docstrings(text: str) -> ast.Module:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *DEFINITIONS)) and ast.get_docstring(node) is not None:
            rest = node.body[1:]
            node.body = rest or [ast.copy_location(ast.Pass(), node.body[0])]
    return tree


def package(sources: dict, root: str, users, facts) -> dict:
    """Return {path: text} of the package in the folder `root`, as far as `users` {path: text} do.

    Its modules are those in `sources` {path: text}; `facts` are about its module of its own name.
    """
    name = root.rpartition("/")[2]
    users = [text for path, text in users.items() if uses(path, text, name)]
    opener = tailor(sources[root + "/__init__.py"], users)
    inner = f"{root}/{name}.py"
    return {
        root + "/__init__.py": opener,
        inner: tailor(sources[inner], [*users, opener], facts),
    }


def _assume(tree: ast.Module, lines: int, facts, features: set) -> ast.Module:
    """Put in what the facts say that no feature makes untrue."""
    text = laid_out(tree, lines).split("\n")
    places = dict(_places(ast.parse("\n".join(text)), ""))
    for unless, function, old, new in facts:
        if features & set(unless):
            continue
        found = 0
        for number in range(*places.get(function, (0, 0))):
            found += text[number].count(old)
            text[number] = text[number].replace(old, new)
        if not found:
            raise ValueError(f"{function or 'module'}: no {old!r} in it any more")
    return ast.parse("\n".join(text))


def _places(tree, path: str):
    """Yield (dotted name, (first line, end)) of each function, lines counted from 0."""
    for node in ast.iter_child_nodes(tree):
        name = f"{path}.{node.name}".lstrip(".") if isinstance(node, DEFINITIONS) else path
        if isinstance(node, FUNCTIONS):
            yield name, (node.lineno - 1, node.end_lineno)
        yield from _places(node, name)
