"""What sources name, and what that tells of the way in which they use a library."""

import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_REQUEST = ("request", "req")


class Names:
    """What some sources name, outside of imports and definitions."""

    def __init__(self):
        """Nothing yet."""
        self.plain: set = set()
        self.members: set = set()  # attributes, keywords, whole strings
        self.features: set = set()  # members, and what else may make a fact untrue

    def take(self, tree: ast.AST):
        """Add what `tree` names."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.plain.add(node.id)
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Store):
                self.members.add(node.attr)
                if isinstance(node.value, ast.Name) and node.value.id in _REQUEST:
                    self.features.add("request." + node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.members.add(node.value)
                if node.value[:1] == "/" and "<" in node.value:
                    self.features.add("route with parts")
            elif isinstance(node, ast.keyword):
                self.members.add(node.arg)
            elif isinstance(node, FUNCTIONS) and _takes_request(node):
                self.features |= _kinds_of_handler(node)
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple | ast.Constant):
                if _has_status(node.value):
                    self.features.add("answer in parts")
            elif isinstance(node, ast.ImportFrom):
                self.plain |= {alias.name for alias in node.names}
        self.features |= self.members | self.plain


def _takes_request(node) -> bool:
    return any(arg.arg in _REQUEST for arg in node.args.args)


def _kinds_of_handler(node) -> set:
    kinds = {"async handler"} if isinstance(node, ast.AsyncFunctionDef) else set()
    answers = [n.value for n in ast.walk(node) if isinstance(n, ast.Return)]
    if not all(isinstance(answer, ast.Call) for answer in answers):
        kinds.add("answer in parts")
    return kinds


def _has_status(value) -> bool:
    """Whether a value may be an answer with a status: 404, ("text", 404), (404, {...})."""
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
    return any(type(number) is int and 100 <= number <= 599 for number in numbers)
