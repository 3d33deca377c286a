"""Rewrites the body of a function so that it runs in the middle of another one."""

import ast
import copy

from tools.squeeze.scopes import walk

_LOOPS = (ast.For, ast.While, ast.AsyncFor)


class CannotError(Exception):
    """The body has a return that cannot be written without a function."""


def has_return(node) -> bool:
    """Whether a return stands in a statement or list (bodies hold no inner functions)."""
    nodes = node if isinstance(node, list) else [node]
    return any(isinstance(inner, ast.Return) for n in nodes for inner in walk(n))


def ends(block: list) -> bool:
    """Whether control never reaches the end of the block."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    if isinstance(last, ast.If):
        return ends(last.body) and ends(last.orelse)
    if isinstance(last, ast.While):
        is_endless = isinstance(last.test, ast.Constant) and last.test.value is True
        return is_endless and not _breaks(last.body)
    return False


def _breaks(block: list) -> bool:
    """Whether a break in the block ends the loop around it."""
    for node in block:
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, _LOOPS):
            if _breaks(node.orelse):
                return True
            continue
        for field in ("body", "orelse", "finalbody"):
            if _breaks(getattr(node, field, [])):
                return True
        if any(_breaks(handler.body) for handler in getattr(node, "handlers", [])):
            return True
    return False


def falling(block: list, give) -> list:
    """The block with `give(value)` for `return value`, going on behind it.

    `give` makes statements; it is asked for None where the end is reached. Raises CannotError.
    """
    try:
        return _fall(copy.copy(block), give, frozenset())
    except CannotError:
        return _looped(block, give)


def _fall(block: list, give, _seen) -> list:
    made: list = []
    for index, node in enumerate(block):
        rest = block[index + 1 :]
        if isinstance(node, ast.Return):
            return made + give(node.value, node)
        if not has_return(node):
            made.append(node)
            if isinstance(node, ast.Raise) or ends([node]):
                return made
        elif isinstance(node, ast.If):
            return [*made, _branch(node, rest, give)]
        elif isinstance(node, _LOOPS):
            return [*made, _loop(node, rest, give)]
        elif isinstance(node, ast.Try) and not rest and not has_return(node.body):
            return [*made, _try(node, give)]
        else:
            raise CannotError
    return made + give(None, block[-1] if block else None)


def _branch(node: ast.If, rest: list, give):
    """An `if` with returns in it: what follows belongs to the branch that goes on."""
    if rest and not ends(node.body) and not ends(node.orelse):
        raise CannotError
    body = node.body if ends(node.body) else node.body + rest
    orelse = node.orelse if ends(node.orelse) else node.orelse + rest
    fresh = copy.copy(node)
    fresh.body = _fall(body, give, None) or [_like(ast.Pass(), node)]
    fresh.orelse = _fall(orelse, give, None)
    if isinstance(fresh.body[0], ast.Pass) and len(fresh.body) == 1 and fresh.orelse:
        fresh.test = ast.UnaryOp(ast.Not(), fresh.test)
        fresh.body, fresh.orelse = fresh.orelse, []
    return fresh


def _loop(node, rest: list, give):
    """A loop that is left by return: by break, and what follows becomes its `else`."""
    if node.orelse or _breaks(node.body):
        raise CannotError
    for inner in walk(ast.Module(node.body, [])):
        if isinstance(inner, _LOOPS) and has_return(inner):
            raise CannotError
    fresh = copy.copy(node)
    fresh.body = _broken(node.body, give)
    is_endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
    fresh.orelse = [] if is_endless and node.test.value else _fall(rest, give, None)
    return fresh


def _try(node: ast.Try, give):
    """A last `try` whose handlers or else return."""
    if node.finalbody:
        raise CannotError
    fresh = copy.copy(node)
    fresh.handlers = []
    for handler in node.handlers:
        other = _handler(handler)
        other.body = _fall(handler.body, give, None) or [_like(ast.Pass(), node)]
        fresh.handlers.append(other)
    fresh.orelse = _fall(node.orelse, give, None)
    if ends(node.body):
        fresh.orelse = []
    return fresh


def _looped(block: list, give) -> list:
    """The block in a loop that runs once and is left by break."""
    for node in block:
        for inner in walk(node):
            is_loop = isinstance(inner, _LOOPS)
            if (is_loop or (isinstance(inner, ast.Try) and inner.finalbody)) and has_return(inner):
                raise CannotError
    body = _broken(block, give)
    if not ends(block):
        body += [*give(None, block[-1]), _like(ast.Break(), block[-1])]
    loop = ast.While(ast.Constant(True), body, [])
    return [_like(loop, block[0])]


def _broken(block: list, give) -> list:
    """The block with a break behind each value that it gives."""
    made: list = []
    for node in block:
        if isinstance(node, ast.Return):
            return made + [*give(node.value, node), _like(ast.Break(), node)]
        if has_return(node):
            fresh = copy.copy(node)
            for field in ("body", "orelse", "finalbody"):
                if getattr(node, field, None):
                    setattr(fresh, field, _broken(getattr(node, field), give))
            if getattr(node, "handlers", None):
                fresh.handlers = []
                for handler in node.handlers:
                    other = _handler(handler)
                    other.body = _broken(handler.body, give)
                    fresh.handlers.append(other)
            node = fresh
        made.append(node)
    return made


def _handler(node):
    fresh = copy.copy(node)
    fresh.source = node  # whose name is known to a binding
    return fresh


def _like(fresh, node):
    fresh.origin = getattr(node, "origin", None)
    return fresh
