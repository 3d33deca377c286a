"""Which binding each name of a module means: scopes as Python (and MicroPython) define them."""

import ast

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def walk(tree):
    """Yield all nodes below `tree` and itself, as ast.walk in another order and half the time."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                if field != "ctx":
                    left.append(value)
            elif type(value) is list:
                for item in reversed(value):
                    if isinstance(item, ast.AST):
                        left.append(item)


class Binding:
    """A name in the scope that binds it, and every place where it is written."""

    def __init__(self, name: str, scope: "Scope"):
        """Nothing refers to it yet."""
        self.name = name
        self.scope = scope
        self.refs: list = []  # (node, field, index in the field or None)
        self.stores: list = []  # nodes that bind it
        self.loads: list = []  # Name nodes that read it
        self.readers: set = set()  # scopes in which it is read or bound

    def rename(self, name: str):
        """Write `name` in all places."""
        for node, field, index in self.refs:
            if index is None:
                setattr(node, field, name)
            else:
                getattr(node, field)[index] = name
        self.name = name


class Scope:
    """A module, class, function, lambda or comprehension."""

    def __init__(self, kind: str, node, parent: "Scope | None"):
        """`kind`: module, class, function or comprehension."""
        self.kind = kind
        self.node = node
        self.parent = parent
        self.names: dict = {}
        self.children: list = []
        self.outer: dict = {}  # names declared global or nonlocal: the scope to look in
        if parent:
            parent.children.append(self)

    def own(self, name: str) -> Binding:
        """The binding of `name` here, made if need be."""
        if name not in self.names:
            self.names[name] = Binding(name, self)
        return self.names[name]

    def walk(self):
        """Yield this scope and all below."""
        yield self
        for child in self.children:
            yield from child.walk()


class Resolved(ast.NodeVisitor):
    """The scopes of a module; `of` maps id(node) of Name, arg, def, class to its binding."""

    def __init__(self, tree: ast.Module):
        """Look through `tree`."""
        self.module = self._at = Scope("module", tree, None)
        self.outside = Scope("outside", None, None)  # builtins, and what is not known
        self.of: dict = {}
        self.scope_of: dict = {id(tree): self.module}  # by id(node): the scope that it opens
        self._uses: list = []
        for node in tree.body:
            self.visit(node)
        for scope, name, ref, kind in self._uses:
            self._bind(scope, name, ref, kind)

    def _bind(self, scope, name, ref, kind):
        found = self._find(scope, name, kind == "bind")
        found.refs.append(ref)
        found.readers.add(scope)
        node = ref[0]
        if not isinstance(node, ast.Global | ast.Nonlocal):
            (found.stores if kind == "bind" else found.loads).append(node)
        if ref[2] is None or isinstance(node, ast.alias):
            self.of[id(node)] = found

    def _find(self, scope, name, is_own) -> Binding:
        first = scope
        while scope:
            if name in scope.outer:
                scope = scope.outer[name]
                if scope.kind == "module":
                    return scope.own(name)
                continue
            if name in scope.names and (scope.kind != "class" or scope is first):
                return scope.names[name]
            scope = scope.parent
        if is_own:
            raise AssertionError(name)
        return self.outside.own(name)

    def _use(self, name, node, field, kind="load", index=None):
        if kind == "bind" and name not in self._at.outer:
            self._at.own(name)
        self._uses.append((self._at, name, (node, field, index), kind))

    def _open(self, kind, node):
        self._at = Scope(kind, node, self._at)
        self.scope_of[id(node)] = self._at

    def _close(self):
        self._at = self._at.parent

    def visit_Name(self, node):
        """Read, bind or delete."""
        self._use(node.id, node, "id", "load" if isinstance(node.ctx, ast.Load) else "bind")

    def visit_FunctionDef(self, node):
        """Bind the name here; the body is a scope."""
        self._use(node.name, node, "name", "bind")
        for inner in [*node.decorator_list, *_defaults(node.args)]:
            self.visit(inner)
        self._function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node):
        """A scope of its own."""
        for inner in _defaults(node.args):
            self.visit(inner)
        self._function(node, [node.body])

    def _function(self, node, body):
        self._open("function", node)
        for inner in walk(ast.Module(body, [])) if _may_declare(node) else ():
            if isinstance(inner, ast.Global | ast.Nonlocal):
                self._declare(inner)
        for argument in arguments(node.args):
            self._use(argument.arg, argument, "arg", "bind")
        for inner in body:
            self.visit(inner)
        self._close()

    def _declare(self, node):
        for name in node.names:
            is_global = isinstance(node, ast.Global)
            self._at.outer[name] = self.module if is_global else self._at.parent

    def visit_Global(self, node):
        """The names are references too."""
        for index, name in enumerate(node.names):
            self._use(name, node, "names", "load", index)
            if isinstance(node, ast.Global):
                self.module.own(name)

    visit_Nonlocal = visit_Global  # noqa: N815

    def visit_ClassDef(self, node):
        """Bind the name here; the body is a scope that functions in it do not see."""
        self._use(node.name, node, "name", "bind")
        for inner in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(inner)
        self._open("class", node)
        for inner in node.body:
            self.visit(inner)
        self._close()

    def visit_Import(self, node):
        """Bind what it imports."""
        for alias in node.names:
            if alias.asname:
                self._use(alias.asname, alias, "asname", "bind")
            else:
                name = alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name
                if name != "*":
                    self._use(name, alias, "asname", "bind")

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_ExceptHandler(self, node):
        """Bind the exception's name."""
        if node.type:
            self.visit(node.type)
        if node.name:
            self._use(node.name, node, "name", "bind")
        for inner in node.body:
            self.visit(inner)

    def visit_NamedExpr(self, node):
        """Refuse what nobody here uses."""
        raise SyntaxError("assignment expressions are not squeezed", ("", node.lineno, 0, ""))

    def _comprehension(self, node):
        self.visit(node.generators[0].iter)
        self._open("comprehension", node)
        for number, part in enumerate(node.generators):
            if number:
                self.visit(part.iter)
            self.visit(part.target)
            for test in part.ifs:
                self.visit(test)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._close()

    visit_ListComp = visit_SetComp = _comprehension  # noqa: N815
    visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815


def _may_declare(node) -> bool:
    return isinstance(node, _FUNCTIONS)


def _defaults(arguments_node: ast.arguments) -> list:
    return [*arguments_node.defaults, *(d for d in arguments_node.kw_defaults if d)]


def arguments(node: ast.arguments) -> list:
    """All arg nodes of a function, in the order of MicroPython."""
    found = [*node.posonlyargs, *node.args, *node.kwonlyargs]
    return found + [a for a in (node.vararg, node.kwarg) if a]
