"""Leaves what nobody uses out of a third-party module before it is compiled for the board.

`umodbus.functions` imports a 212-line stand-in for `typing` and a table of 256 numbers that no
caller of ours touches; together they cost the board 20 KB of heap. This finds what our own sources
use, by `ast`, and blanks the other top-level definitions line by line, so that line numbers in
tracebacks stay true. The sources in build/onboard are not touched.

It does not look inside classes and does not follow a module that is handed around as a value: such
a module is kept whole. tailor.py does look inside.
"""

import ast

ALL = None  # a used-names entry meaning "keep the whole module"


class _Uses(ast.NodeVisitor):
    """Names that a piece of code reads, and the attributes that it takes from each name."""

    def __init__(self):
        self.names = set()
        self.attributes = {}
        self.bare = set()

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name):
            self.names.add(node.value.id)
            self.attributes.setdefault(node.value.id, set()).add(node.attr)
        else:
            self.visit(node.value)

    def visit_Name(self, node):
        self.names.add(node.id)
        self.bare.add(node.id)

    def visit_arg(self, node):
        """Skip the annotation: MicroPython never evaluates it."""

    def visit_FunctionDef(self, node):
        node.returns = None
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815


def _uses(nodes) -> _Uses:
    found = _Uses()
    for node in nodes:
        found.visit(node)
    return found


def _bound(node) -> set:
    """Names that a top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {t.id for t in node.targets if isinstance(t, ast.Name)}
    if isinstance(node, ast.AnnAssign):
        return {node.target.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in node.names}
    return set()


def _imported(node, package: str):
    """Yield (bound name, module, name in it or None) for each alias of an import statement."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield alias.asname or alias.name, alias.name, None
        else:
            base = package if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield alias.asname or alias.name, module, alias.name


def needs(sources, root: str, modules) -> dict:
    """Return {module: used names, or ALL}: what the `sources` texts use of `root`'s `modules`."""
    used = {}
    for text in sources:
        tree = ast.parse(text)
        uses = _uses(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                _note(used, node, "", uses, root, modules)
    return used


def _note(used: dict, node, package: str, uses: _Uses, root: str, modules):
    """Add to `used` what one import statement needs of `root`."""
    for bound, module, name in _imported(node, package):
        if module.split(".")[0] != root:
            continue
        if name is None:
            _add(used, module, ALL)
        elif f"{module}.{name}" in modules:
            whole = bound in uses.bare or bound not in uses.attributes
            _add(used, f"{module}.{name}", ALL if whole else uses.attributes[bound])
        else:
            _add(used, module, {name})


def _add(used: dict, module: str, names):
    parent = module.rpartition(".")[0]
    if parent:
        used.setdefault(parent, set())
    if names is ALL or used.get(module, set()) is ALL:
        used[module] = ALL
    else:
        used[module] = used.get(module, set()) | names


def prune(text: str, keep, package: str = "") -> tuple:
    """Return (source with only what `keep` needs, import nodes that are left).

    `keep` is a set of top-level names, or ALL.
    """
    tree = ast.parse(text)
    if keep is ALL:
        return text, [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    wanted, kept = set(keep), []
    missing = wanted - set().union(*(_bound(n) for n in tree.body), set())
    if missing:
        raise ValueError(f"{package or 'module'} has no {', '.join(sorted(missing))}")
    rest = [node for node in tree.body if not isinstance(node, ast.Expr)]
    while True:
        taken = [node for node in rest if _bound(node) & wanted or not _bound(node)]
        if not taken:
            break
        rest = [node for node in rest if node not in taken]
        kept += taken
        wanted |= _uses(n for n in taken if not isinstance(n, ast.Import | ast.ImportFrom)).names
    return _blank(text, rest), [n for n in kept if isinstance(n, ast.Import | ast.ImportFrom)]


def _blank(text: str, nodes) -> str:
    lines = text.splitlines()
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        for number in range(first - 1, node.end_lineno):
            lines[number] = ""
    return "\n".join(lines) + "\n"


def shake(texts: dict, used: dict, root: str) -> dict:
    """Return {module: source} with what `used` needs of a package, and of what that needs in turn.

    `texts` maps dotted module names to sources; a package is named without `__init__`.
    """
    used, done = dict(used), {}
    while True:
        todo = [m for m in used if m in texts and done.get(m, (0,))[0] != used[m]]
        if not todo:
            return {module: source for module, (_, source) in done.items()}
        for module in todo:
            keep = used[module]
            package = root
            source, imports = prune(texts[module], keep, package)
            done[module] = (keep if keep is ALL else set(keep), source)
            uses = _uses(ast.parse(source).body)
            for node in imports:
                _note(used, node, package, uses, root, texts)
