"""Names that objects have which are not of the program: the interpreter's, and the chip's."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

_CHIP = Path(__file__).resolve().parents[1] / "board" / "chip"
#: Written out by the interpreter: names in its types and modules, and in theirs.
_SCRIPT = """
seen = set()
names = set()
def walk(thing, depth):
    if depth > 4 or id(thing) in seen:
        return
    seen.add(id(thing))
    for name in dir(thing):
        names.add(name)
        try:
            inner = getattr(thing, name)
        except Exception:
            continue
        if not isinstance(inner, (int, str, bytes, float, tuple)):
            walk(inner, depth + 1)
import builtins
walk(builtins, 0)
for name in %r:
    try:
        walk(__import__(name), 0)
    except ImportError:
        pass
import asyncio
for name in ("stream", "lock", "event", "core", "funcs"):
    walk(__import__("asyncio." + name, None, None, ("x",)), 0)
def g():
    yield
for thing in (g(), open("/dev/null"), open("/dev/null", "rb"), super, b"", "", memoryview(b"")):
    walk(thing, 0)
print(" ".join(sorted(names)))
"""
_MODULES = (
    "array", "asyncio", "binascii", "cmath", "collections", "cryptolib", "deflate", "errno",
    "framebuf", "gc", "hashlib", "heapq", "io", "json", "machine", "math", "micropython", "os",
    "platform", "random", "re", "select", "socket", "ssl", "struct", "sys", "time", "tls",
    "uctypes", "vfs", "websocket",
)  # fmt: skip
#: What `dir` does not tell: objects made in C, and those that only appear at run time.
_UNTOLD = """
    cancel coro data done ph_key state cancelled result exception get_coro push peek pop
    remove register unregister modify poll ipoll update digest hexdigest encrypt decrypt
    group groups start end span match search sub split pattern send throw close pend_throw
    accept bind connect listen makefile recv recvfrom recvfrom_into recv_into sendall sendto
    setblocking settimeout setsockopt shutdown fileno args errno value code msg name
    strerror read readinto readline readlines write seek tell flush ioctl cipher getpeercert
    readblocks writeblocks mount umount open
"""


@functools.cache
def of_interpreter() -> frozenset:
    """Those of the interpreter."""
    command = [Path(sys.executable).with_name("micropython"), "-c", _SCRIPT % (_MODULES,)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return frozenset({*done.stdout.split(), *_UNTOLD.split()})


@functools.cache
def names() -> frozenset:
    """All of them that do not begin with an underscore."""
    found = set(of_interpreter())
    for file in sorted(_CHIP.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name):
                found.add(node.id)
    return frozenset(name for name in found if not name.startswith("_"))
