"""Who may import whom, and how long a module may be; read from the sources by `ast`."""

import ast
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_CHIP = {"machine", "network", "espnow", "aioespnow", "esp32", "esp", "neopixel", "bluetooth"}
#: What a pure module may use of the standard library: no clock, no file, no socket.
_PURE = {"array", "binascii", "collections", "hashlib", "json", "micropython", "struct"}
_DEVICE = {"asyncio", "cryptolib", "errno", "gc", "io", "os", "random", "re", "socket", "ssl"}
_DEVICE |= {"sys", "time"}
#: Exceptions of lib/: modules dropped after use, a slot to wait on, the PDUs, one block of memory
#: seen in two ways.
_ALLOWED = {
    ("lib/inverter/catalogue.py", "sys"),
    ("lib/latest.py", "asyncio"),
    ("lib/modbus/rtu.py", "umodbus"),
    ("lib/p1/checksum.py", "uctypes"),
}
_LONGEST = 400
_SHORTEST = {"boot.py": 20, "main.py": 20}


def _imports(tree: ast.AST):
    """Yield the dotted name of each import, and the absolute part of relative ones as '.'."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else node.module


def faults(path: str, text: str, lib: set) -> list:
    """What is wrong with the device source `path`; `lib` names the top-level modules of lib/."""
    found = []
    for name in _imports(ast.parse(text)):
        first = name.split(".")[0]
        if not _may_import(path, first, lib):
            found.append(f"{path} imports {name}")
    lines = text.count("\n")
    longest = _SHORTEST.get(path, _LONGEST)
    if lines > longest:
        found.append(f"{path} has {lines} lines, {longest} is the end")
    if path.startswith("lib/") and path.count("/") == 1:
        name = path.removeprefix("lib/").removesuffix(".py")
        if name in sys.stdlib_module_names:
            found.append(f"{path} hides the module {name} of CPython")
    return found


def _may_import(path: str, name: str, lib: set) -> bool:
    if path == "boot.py":
        return name in _DEVICE
    if name in lib or name in _PURE or (path, name) in _ALLOWED:
        return True
    if path.startswith("lib/"):
        return False
    if name in _CHIP:
        return path.startswith("firmware/board/")
    return name in {"firmware", "microdot"} | _DEVICE


def _lib_names(root: Path) -> set:
    return {entry.stem for entry in (root / "lib").iterdir() if not entry.name.startswith("_")}


def _sources():
    for folder in ("firmware", "lib"):
        yield from sorted((_ROOT / folder).rglob("*.py"))
    yield from (_ROOT / "boot.py", _ROOT / "main.py")


@pytest.mark.parametrize("file", list(_sources()), ids=lambda file: str(file.relative_to(_ROOT)))
def test_device_source_keeps_to_its_layer(file):
    path = file.relative_to(_ROOT).as_posix()
    assert faults(path, file.read_text(), _lib_names(_ROOT)) == []


def test_no_folder_of_lib_hides_a_module_of_cpython():
    assert _lib_names(_ROOT) & sys.stdlib_module_names == set()


def test_no_module_of_the_tools_is_too_long():
    long = [f for f in (_ROOT / "tools").rglob("*.py") if f.read_text().count("\n") > _LONGEST]
    assert long == []


def test_each_rule_finds_its_offender():
    long = "x = 1\n" * 401
    for path, text, expected in (
        ("lib/a.py", "import machine\n", ["lib/a.py imports machine"]),
        ("lib/a.py", "def f():\n    import time\n", ["lib/a.py imports time"]),
        ("lib/a.py", "from firmware import bus\n", ["lib/a.py imports firmware"]),
        ("lib/a.py", "import asyncio\n", ["lib/a.py imports asyncio"]),
        ("lib/a.py", "from . import b\n", ["lib/a.py imports ."]),
        ("lib/a.py", "from umodbus import functions\n", ["lib/a.py imports umodbus"]),
        ("lib/a.py", long, ["lib/a.py has 401 lines, 400 is the end"]),
        ("lib/queue.py", "", ["lib/queue.py hides the module queue of CPython"]),
        ("firmware/bus.py", "import machine\n", ["firmware/bus.py imports machine"]),
        ("firmware/bus.py", "from esp32 import NVS\n", ["firmware/bus.py imports esp32"]),
        ("firmware/bus.py", "import typing\n", ["firmware/bus.py imports typing"]),
        ("firmware/bus.py", "from tools import build\n", ["firmware/bus.py imports tools"]),
        ("boot.py", "from firmware import bus\n", ["boot.py imports firmware"]),
        ("main.py", "x = 1\n" * 21, ["main.py has 21 lines, 20 is the end"]),
    ):
        assert faults(path, text, {"ticks"}) == expected
    for path, text in (
        ("lib/a.py", "import struct, ticks\nfrom micropython import const\n"),
        ("lib/p1/queue.py", ""),
        ("lib/latest.py", "import asyncio\n"),
        ("lib/modbus/rtu.py", "from umodbus import functions\n"),
        ("firmware/board/x.py", "import machine, network\n"),
        ("firmware/bus.py", "import asyncio, time, ticks\nfrom firmware.journal import Journal\n"),
    ):
        assert faults(path, text, {"ticks"}) == []
