"""The tests of lib/, under MicroPython, against a squeezed lib/ that knows what they name."""

import re
from pathlib import Path

import pytest

from tools import build, mpytest
from tools.squeeze import run

_TESTS = sorted(mpytest.TESTS.glob("test_*.py"))
_HEAP = "1M"  # texts are compiled inside
_RIGS = sorted(mpytest.TESTS.glob("*.py"))
#: Tests that look at how much memory a module as it is written takes.
_OF_SOURCES = {"test_p1_memory.py"}


def _library() -> dict:
    return {path: text for path, text in build.sources().items() if path.startswith("lib/")}


def _written(folder: Path, texts: dict) -> Path:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / "lib"


def _foreign(library: dict) -> list:
    return [path for path in library if path.startswith(("lib/microdot/", "lib/umodbus/"))]


@pytest.fixture(scope="module")
def squeezed(tmp_path_factory) -> Path:
    """Folder with all modules of lib/, each squeezed by itself."""
    build.build()
    library = _library()
    roots = {file.name: file.read_text() for file in _RIGS}
    passes = [name for name in run.PASSES if name != "bundle"]
    made = run.run(library, roots, _foreign(library), passes)
    assert made.counts["inline"] > 20
    return _written(tmp_path_factory.mktemp("squeezed"), made.texts)


@pytest.mark.parametrize("file", _TESTS, ids=lambda file: file.name)
def test_squeezed_modules_pass_the_tests_of_lib(file, squeezed):
    if file.name in _OF_SOURCES:
        pytest.skip("measures sources")
    passed, output = mpytest.run_file(file, squeezed, _HEAP)
    assert passed, output


@pytest.mark.parametrize(
    "name", ["test_control_setpoint.py", "test_inverter_sofar.py", "test_modbus_rtu.py"]
)
def test_bundled_modules_pass_the_tests_of_lib(name, tmp_path):
    file = mpytest.TESTS / name
    library = _library()
    text = file.read_text()
    roots = {name: text}
    for rig in _RIGS:
        if re.search(rf"\b{rig.stem}\b", text) and rig != file:
            roots[rig.name] = rig.read_text()
    made = run.run(library, roots, _foreign(library))
    library_folder = _written(tmp_path, made.texts)
    passed, output = mpytest.run_file(file, library_folder, _HEAP)
    assert passed, output


def test_nothing_catches_what_an_object_lacks():
    """A class that is dissolved has no attributes to miss: tools/squeeze/single.py."""
    caught = re.compile(r"except[^\n]*\b(AttributeError|NameError)\b")
    for path, text in build.sources().items():
        if path not in _foreign({path: text}):
            assert not caught.search(text), path
