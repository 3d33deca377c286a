"""The type check finds what it is there for: calls that the chip's own modules would refuse."""

import subprocess
import sys
from pathlib import Path

from tools import typings

_ROOT = Path(__file__).parents[2]


def _faults(tmp_path, text: str) -> list:
    """What mypy says of a module of firmware/board with the content `text`."""
    typings.gather()
    file = tmp_path / "module.py"
    file.write_text(text)
    mypy = [Path(sys.executable).with_name("mypy"), "--config-file", "tools/mypy.ini"]
    mypy.append("--no-pretty")
    done = subprocess.run([*mypy, file], cwd=_ROOT, capture_output=True, text=True)
    return [line.partition("error: ")[2] for line in done.stdout.splitlines() if "error:" in line]


def test_modules_and_functions_of_the_board_are_known(tmp_path):
    assert _faults(tmp_path, "import machine, network, time, asyncio\ntime.ticks_ms()\n") == []


def test_what_the_board_lacks_is_found(tmp_path):
    for text, words in (
        ("import machine\nmachine.Relay(1)\n", 'has no attribute "Relay"'),
        ("import machine\nmachine.WDT(timeout='5 s')\n", "incompatible type"),
        ("import network\nnetwork.AUTH_NOTHING\n", 'has no attribute "AUTH_NOTHING"'),
        ("from functools import partial\n", '"functools"'),
        ("import ticks\nticks.diff(1)\n", 'Missing positional argument "then_ms"'),
        ("def f(self):\n    import ticks\n    return ticks.ahead(1)\n", 'no attribute "ahead"'),
    ):
        found = _faults(tmp_path, text)
        assert any(words in fault for fault in found), (text, found)
