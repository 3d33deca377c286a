"""Gives the private names of modules short ones, the same few in every module, for the board.

MicroPython keeps every name of a program for ever, in tables that double when they are full, and
a quarter of the names are private (`_port`, `_clear`). Called `_a`, `_b`, ... anew in each module
they take next to nothing. Lines stay where they are, so a traceback names the right file and
line, and build/names.json says what a short name stands for.

A name stays as it is, in all modules, as soon as anything speaks against it: it is imported, a
parameter or keyword, in a string, bound in a class whose base lies elsewhere, or read off an
object that may be of another module.
"""

import ast
import builtins
import io
import re
import tokenize
from itertools import count

_PRIVATE = re.compile(r"^_[A-Za-z]\w*$")


def shorten(sources: dict) -> tuple:
    """Return ({path: source}, {path: {short: name}}) for all sources {path: text} of a program."""
    uses = [_Uses(ast.parse(text)) for text in sources.values()]
    kept: set = set()
    for module in uses:
        kept |= module.kept | (module.read - module.bound)
        elsewhere = set().union(*(other.bound for other in uses if other is not module))
        kept |= module.read_off_others & elsewhere
    made, names = {}, {}
    for (path, text), module in zip(sources.items(), uses, strict=True):
        mapping = _mapping(text, (module.bound | module.read) - kept)
        made[path] = _renamed(text, mapping)
        if mapping:
            names[path] = {short: name for name, short in mapping.items()}
    return made, names


class _Uses(ast.NodeVisitor):
    """What one module does with names: binds, reads, and what speaks against renaming."""

    def __init__(self, tree: ast.AST):
        self.bound, self.read, self.read_off_others, self.kept = set(), set(), set(), set()
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self._own = {"self", "cls", *(node.name for node in classes)}
        for node in classes:
            if not self._stands_alone(node):
                self.kept |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                self.kept |= {n.name for n in ast.walk(node) if hasattr(n, "name")}
        self.visit(tree)

    def _stands_alone(self, node: ast.ClassDef) -> bool:
        """Whether all bases of a class are of its module or built in."""
        bases = {ast.unparse(base) for base in node.bases}
        return bases <= self._own | set(dir(builtins)) | {"io.IOBase"}

    def visit_Attribute(self, node):
        own = isinstance(node.value, ast.Name) and node.value.id in self._own
        self.read.add(node.attr)
        if not own:
            self.read_off_others.add(node.attr)
        elif isinstance(node.ctx, ast.Store):
            self.bound.add(node.attr)
        self.visit(node.value)

    def visit_Name(self, node):
        (self.bound if isinstance(node.ctx, ast.Store) else self.read).add(node.id)

    def visit_FunctionDef(self, node):
        self.bound.add(node.name)
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815

    def visit_Import(self, node):
        self.kept |= {part for alias in node.names for part in alias.name.split(".")}
        self.kept |= {alias.asname for alias in node.names if alias.asname}

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_keyword(self, node):
        self.kept.add(node.arg)
        self.visit(node.value)

    def visit_arg(self, node):
        self.kept.add(node.arg)

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            self.kept.add(node.value)

    def visit_JoinedStr(self, node):
        """Names in a format string: their place in the text is not known before Python 3.12."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute):
                self.kept.add(inner.attr)
            elif isinstance(inner, ast.Name):
                self.kept.add(inner.id)


def _mapping(text: str, names: set) -> dict:
    """Return {name: short} for the private ones of a module's `names`."""
    taken = set(re.findall(r"\w+", text))
    short = (f"_{word}" for word in _words() if f"_{word}" not in taken)
    return {name: next(short) for name in sorted(names) if _PRIVATE.match(name) and len(name) > 2}


def _words():
    """a, b, ... z, a1, b1, ..."""
    for number in count():
        for letter in "abcdefghijklmnopqrstuvwxyz":
            yield f"{letter}{number or ''}"


def _renamed(text: str, mapping: dict) -> str:
    """Replace names in place; no line moves."""
    lines = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.NAME and token.string in mapping:
            (row, start), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = line[:start] + mapping[token.string] + line[end:]
    return "".join(lines)
