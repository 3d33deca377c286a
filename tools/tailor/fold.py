"""Leaves out branches that cannot run."""

import ast

_BLOCKS = ("body", "orelse", "finalbody")


def fold(tree: ast.Module) -> ast.Module:
    """Leave out once what cannot run; that may bring more to light."""
    return _Fold().visit(tree)


class _Fold(ast.NodeTransformer):
    """Leaves out what cannot run: `if False`, `for x in ()`, `except ():`, `a and True`."""

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        is_and = isinstance(node.op, ast.And)
        kept = []
        for value in node.values:
            if isinstance(value, ast.Constant) and bool(value.value) == is_and:
                continue
            kept.append(value)
            if isinstance(value, ast.Constant):
                break
        if not kept:
            return node.values[-1]
        if isinstance(kept[-1], ast.Constant) and not any(map(_acts, kept)):
            kept = kept[-1:]
        node.values = kept
        return kept[0] if len(kept) == 1 else node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
            return ast.copy_location(ast.Constant(not node.operand.value), node)
        return node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        if _is_empty(node.body) and not node.orelse and not _acts(node.test):
            return None
        if node.orelse and _is_empty(node.orelse):
            node.orelse = []
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        never = isinstance(node.iter, ast.Tuple) and not node.iter.elts
        return None if never or (_is_empty(node.body) and not _acts(node.iter)) else node

    def visit_Try(self, node):
        self.generic_visit(node)
        if (
            isinstance(node.handlers[0].type, ast.Name)
            and node.handlers[0].type.id == "ImportError"
        ):
            there = _is_there(node.body[0])
            if there is not None:
                return node.body if there else node.handlers[0].body
        node.handlers = [h for h in node.handlers if not _is_never(h.type)]
        if _is_empty(node.body):
            return node.finalbody
        return node if node.handlers or node.finalbody else node.body + node.orelse

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in _BLOCKS:
            block = getattr(node, field, None)
            if isinstance(block, list) and any(isinstance(s, ast.Pass) for s in block):
                setattr(node, field, [s for s in block if not isinstance(s, ast.Pass)])
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass(lineno=node.lineno + 1, col_offset=0)]
        return node


def _is_there(node) -> "bool | None":
    """Whether MicroPython has what an import statement asks for; None when that is not sure."""
    if isinstance(node, ast.Import) and node.names[0].name == "orjson":
        return False
    if isinstance(node, ast.ImportFrom) and node.module in ("inspect", "functools"):
        return False
    is_print = isinstance(node, ast.ImportFrom) and node.names[0].name == "print_exception"
    return True if is_print else None


def _is_never(node) -> bool:
    return isinstance(node, ast.Tuple) and not node.elts


def _is_empty(block: list) -> bool:
    return all(isinstance(statement, ast.Pass) for statement in block)


def _acts(node) -> bool:
    """Whether evaluating `node` may do something."""
    kinds = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    return any(isinstance(inner, kinds) for inner in ast.walk(node))
