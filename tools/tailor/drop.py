"""Leaves out what nobody reaches, and what is set and never read."""

import ast

from tools.tailor.names import FUNCTIONS, Names

DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
_BLOCKS = ("body", "orelse", "finalbody")


def drop_unreached(tree: ast.Module, outside: Names):
    """Leave out functions, classes, methods and names that nobody reaches."""
    reached = Names()
    reached.plain |= outside.plain | outside.members
    reached.members |= outside.members
    live: list = []
    while True:
        more = [node for node in _idle(tree.body, live) if _is_wanted(node, reached)]
        if not more:
            break
        for node in more:
            live.append(node)
            _take_head(reached, node)
    _keep(tree, live, reached.plain | reached.members)


def _idle(block: list, live: list):
    """Yield statements that are not live, also those of live classes."""
    for node in block:
        if node not in live:
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _idle(node.body, live)


def _is_wanted(node, reached: Names) -> bool:
    names = _bound(node)
    if names is None or not names:
        return True
    is_member = getattr(node, "owner", False)
    if isinstance(node, FUNCTIONS) and node.name[:2] == "__":
        return True
    return bool(names & (reached.members if is_member else reached.plain | reached.members))


def _bound(node) -> "set | None":
    """Names that a statement binds, if it does nothing else."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
        return {target.id for target in node.targets}
    if isinstance(node, ast.Assign) and all(isinstance(t, ast.Attribute) for t in node.targets):
        for target in node.targets:
            target.owner = node.owner = True
        return {target.attr for target in node.targets}
    return None


def _take_head(reached: Names, node):
    """What a live statement names; the members of a class are looked at one by one."""
    if not isinstance(node, ast.ClassDef):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            reached.take(node)
        return
    for part in [*node.bases, *node.decorator_list]:
        reached.take(part)
    for member in node.body:
        member.owner = True


def _keep(tree, live: list, wanted: set):
    tree.body = [node for node in tree.body if node in live]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            node.names = [a for a in node.names if (a.asname or a.name) in wanted] or node.names
        if isinstance(node, ast.ClassDef):
            first = node.body[0]
            _keep(node, live, wanted)
            node.body = node.body or [ast.copy_location(ast.Pass(), first)]


def drop_unread(tree: ast.Module, outside: Names):
    """Leave out attributes and variables that are set and never read."""
    read = Names()
    read.take(tree)
    members = read.members | outside.members
    _Unread(lambda target: _is_unread_member(target, members)).visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            _drop_locals(node)


def _is_unread_member(target, members: set) -> bool:
    is_member = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    return is_member and target.attr not in members


def _drop_locals(function):
    inner = list(ast.walk(function))
    kept = {name for n in inner if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
    names = [n for n in inner if isinstance(n, ast.Name)]
    kept |= {n.id for n in names if not isinstance(n.ctx, ast.Store)}

    def is_unread(target):
        return isinstance(target, ast.Name) and target.id not in kept

    _Unread(is_unread).visit(function)
    for node in inner:
        if node is not function and isinstance(node, FUNCTIONS) and node.name not in kept:
            for other in inner:
                for field in _BLOCKS:
                    block = getattr(other, field, None)
                    is_class = isinstance(other, ast.ClassDef)
                    if isinstance(block, list) and node in block and not is_class:
                        block[block.index(node)] = ast.copy_location(ast.Pass(), node)


class _Unread(ast.NodeTransformer):
    def __init__(self, is_unread):
        self._is_unread = is_unread

    def visit_ClassDef(self, node):
        """Look only into functions: what a class binds is read as an attribute."""
        node.body = [n if isinstance(n, ast.Assign) else self.visit(n) for n in node.body]
        return node

    def visit_Assign(self, node):
        if all(self._is_unread(target) for target in node.targets) and not _waits(node.value):
            return ast.copy_location(ast.Pass(), node)
        return node


def _waits(node) -> bool:
    return any(isinstance(inner, ast.Await | ast.Yield) for inner in ast.walk(node))
