"""Prints what each module of the firmware takes of the board's heap once it is imported.

    python -m tools.board.heap [PREFIX...]

Each is imported after the modules that it imports itself, on a virtual board with more heap than
the real one so that all can be seen at once. Words are of 64 bits: the chip's figures are a
little more than half. What a module allocates when it is used is not in it.

The second column counts names (identifiers, short strings) that no earlier module has. They are
kept for ever, in tables each twice as large as the one before: the step to a new table is in the
sum below, not in the module that happened to take it.
"""

import argparse
import ast
import asyncio
import re
import sys

from tools import build
from tools.board.virtual import HEAP, VirtualBoard

_MEASURE = """
import gc, micropython
def measure(name):
    gc.collect()
    before = gc.mem_alloc()
    __import__(name)
    gc.collect()
    print("cost", name, gc.mem_alloc() - before)
    micropython.qstr_info()
gc.collect()
print("cost (start)", gc.mem_alloc())
micropython.qstr_info()
for name in %r:
    measure(name)
print("all measured")
"""
#: Imported first, so that what they take is nobody's: the chip has them in its ROM.
_CHIP = ["asyncio.stream", "asyncio.event", "asyncio.lock", "machine", "network", "json", "re"]


def order() -> list:
    """Return the dotted names of our modules and libraries, importers after what they import."""
    sources = {}
    for path, text in build.sources().items():
        dotted = path.removeprefix("lib/").removesuffix(".py").replace("/", ".")
        sources[dotted.removesuffix(".__init__")] = text
    done = []

    def visit(name):
        if name in done or name not in sources:
            return
        done.append(name)
        place = len(done) - 1
        parent = name.rpartition(".")[0]
        for other in [parent, *_imports(sources[name])]:
            if other in sources and other not in done:
                visit(other)
        done.append(done.pop(place))

    for name in sorted(sources):
        visit(name)
    return done


def _imports(text: str) -> list:
    found = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


_ROW = re.compile(r"^cost (\S+) (-?\d+)\nqstr pool: .* n_qstr=(\d+), .*n_total_bytes=(\d+)", re.M)


async def costs() -> list:
    """Return (module, bytes without names, bytes of names, new names) in the order of import."""
    script = _MEASURE % (_CHIP + order())
    async with VirtualBoard(files={"main.py": script.encode()}, heap="1M") as board:
        await board.wait_log("all measured")
        text = "\n".join(board.log)
    rows, count, size = [], 0, 0
    for name, cost, names, name_bytes in _ROW.findall(text):
        cost, names, name_bytes = int(cost), int(names), int(name_bytes)
        rows.append((name, cost - name_bytes + size, name_bytes - size, names - count))
        count, size = names, name_bytes
    return rows


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.board.heap", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("prefix", nargs="*", help="only modules that begin so")
    prefixes = tuple(parser.parse_args().prefix)
    rows = asyncio.run(costs())
    ours = [row for row in rows if row[0] not in (*_CHIP, "(start)")]
    for name, size, _, names in ours:
        if not prefixes or name.startswith(prefixes):
            print(f"{size:8} {names:5} {name}")
    size, name_bytes, names = (sum(row[i] for row in ours) for i in (1, 2, 3))
    chip = sum(row[1] + row[2] for row in rows) - size - name_bytes
    print(f"{size:8} {names:5} all of ours, if all were imported")
    print(f"{name_bytes:8}       the tables of those names")
    print(f"{chip:8}       the chip's own modules and stand-ins; the heap is {HEAP}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
