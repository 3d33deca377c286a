"""Writes a tree as a source in which each statement stands on the line where it came from."""

import ast


def laid_out(tree: ast.Module, lines: int) -> str:
    """The source of `tree`, each statement on the line where it came from."""
    page = [""] * (lines + 1)
    _Writer(page).block(tree.body, "")
    return "\n".join(page)


class _Writer:
    """Writes statements into lines."""

    def __init__(self, page: list):
        self._page = page

    def block(self, statements: list, indent: str):
        for node in statements:
            self._statement(node, indent)

    def _statement(self, node, indent: str, word: str = ""):
        for decorator in getattr(node, "decorator_list", ()):
            self._put(decorator.lineno, indent, "@" + ast.unparse(decorator))
        if not getattr(node, "body", None):
            self._put(node.lineno, indent, ast.unparse(node))
            return
        self._put(node.lineno, indent, word + _head(node))
        self.block(node.body, indent + " ")
        for handler in getattr(node, "handlers", ()):
            self._put(handler.lineno, indent, _head(handler))
            self.block(handler.body, indent + " ")
        orelse = getattr(node, "orelse", None)
        if (
            orelse
            and isinstance(node, ast.If)
            and len(orelse) == 1
            and isinstance(orelse[0], ast.If)
        ):
            self._statement(orelse[0], indent, "el")
        elif orelse:
            self._put(orelse[0].lineno - 1, indent, "else:")
            self.block(orelse, indent + " ")
        if getattr(node, "finalbody", None):
            self._put(node.finalbody[0].lineno - 1, indent, "finally:")
            self.block(node.finalbody, indent + " ")

    def _put(self, number: int, indent: str, text: str):
        line = self._page[number - 1]
        if "\n" in text:
            raise ValueError(f"line {number}: cannot be written on one line")
        if line.endswith(":"):
            self._page[number - 1] = f"{line} {text}"
        else:
            self._page[number - 1] = f"{line}; {text}" if line else indent + text


def _head(node) -> str:
    """The line that opens a compound statement."""
    bare = ast.copy_location(type(node)(**dict(ast.iter_fields(node))), node)
    bare.body = [ast.Pass()]
    for field in ("orelse", "finalbody", "handlers", "decorator_list"):
        if hasattr(bare, field):
            setattr(bare, field, [])
    if isinstance(node, ast.Try):
        return "try:"
    return ast.unparse(bare).rpartition("\n")[0].strip()
