"""What a program as a whole says about its names: which are in strings, which are keywords."""

import ast
import re

from tools.squeeze.program import strings, text_of
from tools.squeeze.scopes import walk

_WORD = re.compile(r"[A-Za-z_]\w*")
_FORMATS = {"format", "join"}
_LONG = 40  # a word so long may be a table of names without anything between them


class Strings:
    """Names that may be reached by their text."""

    def __init__(self, trees: list):
        """Collect all string constants, and those that are parts of a text made at run time."""
        self.words: set = set()
        self.parts: set = set()
        everything: set = set()
        for tree in trees:
            everything |= strings(tree)
        for text in everything:
            self.words.update(_WORD.findall(text))
        self._tables = "\n".join(sorted(word for word in self.words if len(word) > _LONG))
        self.has_keyword_tables = False  # `f(**table)`: arguments are passed by texts too
        for tree in trees:
            for node in walk(tree):
                if isinstance(node, ast.keyword) and node.arg is None:
                    self.has_keyword_tables = True
                for text in _pieces(node):
                    self.parts.update(_ends(text))

    def __contains__(self, name: str) -> bool:
        """Whether some text may be this name."""
        if name in self.words or name in self._tables:
            return True
        return any(name.startswith(p) or name.endswith(p) for p in self.parts if len(p) > 1)


def _pieces(node) -> list:
    """Texts that an expression puts together with others."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        inner = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        inner = node.values
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inner = [node.func.value, *node.args] if node.func.attr in _FORMATS else []
    else:
        return []
    texts = [text_of(n.value) for n in inner if isinstance(n, ast.Constant)]
    return [text for text in texts if text]


def _ends(text: str) -> list:
    """The word characters with which a piece begins or ends."""
    words = _WORD.findall(text)
    if not words or not re.fullmatch(r"[\w%{}.]+", text):
        return []
    return [words[0], words[-1]]


def is_special(name: str) -> bool:
    """Whether the language gives the name a meaning."""
    return name.startswith("__")


def root_names(trees: list) -> set:
    """All names that sources outside the program use: none of them may change or go."""
    found: set = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.keyword | ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.alias):
                found.update(node.name.split("."))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
    for tree in trees:
        for text in strings(tree):
            found.update(_WORD.findall(text))
    return found - {None}


def keywords(trees: list) -> set:
    """Names by which some call passes an argument."""
    return {
        node.arg
        for tree in trees
        for node in walk(tree)
        if isinstance(node, ast.keyword) and node.arg
    }
