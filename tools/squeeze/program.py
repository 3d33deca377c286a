"""A program as trees: its modules, and those parts that are no longer needed once it is parsed."""

import ast
import re

from tools.squeeze.scopes import walk

_WORD = re.compile(r"[A-Za-z_]\w+")


class Module:
    """One source of the program."""

    def __init__(self, path: str, text: str, is_foreign: bool):
        """Parse. Raises SyntaxError."""
        self.path = path
        self.name = dotted(path)
        self.is_package = path.endswith("/__init__.py")
        self.is_foreign = is_foreign
        self.tree = ast.parse(text, path)
        _Origins(path).visit(self.tree)
        _Bare().visit(self.tree)

    @property
    def package(self) -> str:
        """The package to which relative imports refer."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


def dotted(path: str) -> str:
    """Name under which a file of the flash is imported."""
    return (
        path.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    )


class _Origins(ast.NodeVisitor):
    """Notes for each statement the file, line and function from which it comes."""

    def __init__(self, path: str):
        self._path = path
        self._names: list = []

    def visit(self, node):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            node.origin = (self._path, node.lineno, ".".join(self._names))
        is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if is_named:
            self._names.append(node.name)
        self.generic_visit(node)
        if is_named:
            self._names.pop()


class _Bare(ast.NodeTransformer):
    """Drops what the compiler drops too: docstrings, annotations, asserts (-O2)."""

    def visit_FunctionDef(self, node):
        node.returns = None
        return self._body(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def _body(self, node):
        self.generic_visit(node)
        node.body = [s for s in node.body if not _is_text(s)]
        if not node.body and not isinstance(node, ast.Module):
            node.body = [copy_origin(ast.Pass(), node)]
        return node

    visit_ClassDef = visit_Module = _body  # noqa: N815

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        if node.value is None:
            return copy_origin(ast.Pass(), node)
        return copy_origin(ast.Assign([node.target], node.value), node)

    def visit_Assert(self, node):
        return copy_origin(ast.Pass(), node)


def _is_text(statement) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)


def copy_origin(fresh, node):
    """Let the statement `fresh` stand for `node` in tracebacks; returns it."""
    fresh.origin = getattr(node, "origin", None)
    fresh.lineno, fresh.col_offset = node.lineno, node.col_offset
    return ast.fix_missing_locations(fresh)


def imported(module: Module, node, modules: dict) -> list:
    """What an import statement gets from the program: (alias, module, name), None for others.

    `name` is None when the alias stands for the module itself.
    """
    found: list = []
    for alias in node.names:
        if isinstance(node, ast.Import):
            is_ours = alias.name in modules and (alias.asname or "." not in alias.name)
            found.append((alias, alias.name, None) if is_ours else (alias, None, None))
            continue
        base = node.module or ""
        if node.level:
            parts = module.package.split(".")[: len(module.package.split(".")) - node.level + 1]
            base = ".".join([*parts, node.module] if node.module else parts)
        if f"{base}.{alias.name}" in modules:
            found.append((alias, f"{base}.{alias.name}", None))
        elif base in modules:
            found.append((alias, base, alias.name))
        else:
            found.append((alias, None, None))
    return found


def strings(tree) -> set:
    """All string constants below `tree`, and those of bytes, which may be decoded to one."""
    found = {node.value for node in walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in map(text_of, found) if text is not None}


def text_of(value) -> "str | None":
    """A constant as text, None when it is none."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None
