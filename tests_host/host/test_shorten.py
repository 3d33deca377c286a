"""Short private names on the board: the program stays the same, what could break stays."""

import json
import subprocess
import sys
from pathlib import Path

from tools import build, shorten

_BUS = '''\
"""A module with _private words in its text."""
from micropython import const

_LIMIT = const(3)
_table = [1, 2, 3]


class Bus:
    _shared = 5

    def __init__(self, port):
        self._port = port
        self._count, self._held = 0, None

    def add(self, amount):
        self._count += amount
        return self._sum(amount)

    def _sum(self, amount):
        return self._count + amount + _LIMIT + Bus._shared + len(_table)


def run():
    return [Bus(None).add(n) for n in _table]
'''


def _one(text: str) -> tuple:
    made, names = shorten.shorten({"lib/bus.py": text})
    return made["lib/bus.py"], names.get("lib/bus.py", {})


def _run(text: str):
    """The result of `run()` in a module, under MicroPython."""
    micropython = Path(sys.executable).with_name("micropython")
    script = text + "\nprint(run())\n"
    done = subprocess.run([micropython, "-c", script], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_private_names_get_short_and_the_program_stays_the_same():
    text, names = _one(_BUS)
    private = {"_LIMIT", "_table", "_shared", "_port", "_count", "_held", "_sum"}
    assert set(names.values()) == private
    assert set(names) == {"_a", "_b", "_c", "_d", "_e", "_f", "_g"}
    assert text.count("\n") == _BUS.count("\n")
    assert "_private words" in text and "_count" not in text
    assert _run(text) == _run(_BUS) != ""


def test_each_module_begins_with_the_same_short_names():
    other = "class Other:\n    def __init__(self):\n        self._zebra = 1\n"
    _, names = shorten.shorten({"a.py": _BUS, "b.py": other})
    assert names["b.py"] == {"_a": "_zebra"}


def test_names_that_somebody_else_may_use_stay():
    maker = "class Maker:\n    def __init__(self):\n        self._spring = self._inner = 0\n"
    for user in (
        "from maker import _spring\n",
        "def f(maker):\n    return maker._spring\n",
        "def f(maker):\n    maker._spring = 1\n",
        "def f(maker):\n    return getattr(maker, '_spring')\n",
        "def f(_spring=None):\n    return _spring\n",
        "def f(maker):\n    return maker.make(_spring=1)\n",
        "def f(maker):\n    return f'{maker._spring}'\n",
        "import maker\nclass Mine(maker.Maker):\n    def f(self):\n        self._spring = 2\n",
        "from maker import Maker\nclass Mine(Maker):\n    def _spring(self):\n        pass\n",
        "class Mine:\n    def f(self, maker):\n        self._spring = maker._spring\n",
    ):
        made, names = shorten.shorten({"maker.py": maker, "user.py": user})
        assert names["maker.py"] == {"_a": "_inner"}, user
        assert made["user.py"] == user


def test_a_name_read_off_a_sibling_of_the_same_module_is_renamed_with_it():
    text = (
        "class Row:\n    def __init__(self):\n        self._value = 7\n"
        "def run():\n    return Row()._value\n"
    )
    short, names = _one(text)
    assert names == {"_a": "_value"}
    assert _run(short) == "7\n"


def test_a_short_name_that_is_there_is_not_taken_again():
    text = "_a = 1\n_bcd = 2\ndef run():\n    return _a, _bcd\n"
    short, names = _one(text)
    assert names == {"_b": "_bcd"}
    assert _run(short) == "(1, 2)\n"


def test_special_names_stay():
    text = "class A:\n    def __enter__(self):\n        self.__x = 1\n        return _\n"
    assert _one(text) == (text, {})


def test_the_build_says_what_a_short_name_stands_for():
    build.build()
    names = json.loads((build.BUILD / "names.json").read_text())
    assert names["firmware/board/serial.py"]["_a"].startswith("_")
    sources = build.sources()
    for path, mapping in names.items():
        for name in mapping.values():
            assert name in sources[path]
