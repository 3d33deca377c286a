"""The build: what lands on the flash, reproducible, small, and with nothing needed left out."""

import gzip
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import build, onboard, prune

_RTU = """\
from umodbus import functions

def read(address: int, count: int) -> bytes:
    return functions.read_holding_registers(address, count)
"""


@pytest.fixture
def tree(tmp_path):
    """A small repository of its own with the libraries already fetched; yields its root."""
    build.build()
    shutil.copytree(build.BUILD / "onboard", tmp_path / "build/onboard")
    _put(tmp_path, "boot.py", "import gc\n")
    _put(tmp_path, "main.py", "import firmware.app\n")
    _put(tmp_path, "firmware/__init__.py", '"""Nothing."""\n')
    _put(tmp_path, "firmware/app.py", "import rtu\n")
    _put(tmp_path, "lib/rtu.py", _RTU)
    _put(tmp_path, "web/index.html", "<p>page</p>\n" * 50)
    _put(tmp_path, "web/texts/nl.json", "{}\n")
    return tmp_path


def _put(root: Path, name: str, text: str):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def _bytes(root: Path) -> dict:
    flash = root / "build/flash"
    return {p.relative_to(flash).as_posix(): p.read_bytes() for p in flash.rglob("*.*")}


def test_flash_holds_sources_modules_libraries_and_pages(tree):
    assert sorted(build.build(tree, plain=True)) == [
        "boot.py",
        "firmware/__init__.mpy",
        "firmware/app.mpy",
        "lib/microdot/__init__.mpy",
        "lib/microdot/microdot.mpy",
        "lib/rtu.mpy",
        "lib/umodbus/__init__.mpy",
        "lib/umodbus/const.mpy",
        "lib/umodbus/functions.mpy",
        "main.py",
        "web/index.html.gz",
        "web/texts/nl.json.gz",
    ]


def test_two_builds_are_equal_byte_for_byte(tree):
    build.build(tree)
    first = _bytes(tree)
    shutil.rmtree(tree / "build/flash")
    for path in tree.rglob("*.*"):
        os.utime(path, (1, 1))
    build.build(tree)
    assert _bytes(tree) == first
    assert first["web/index.html.gz"][4:8] == bytes(4), "no time of making in it"
    assert gzip.decompress(first["web/index.html.gz"]) == b"<p>page</p>\n" * 50


def test_only_what_changed_is_made_again(tree):
    build.build(tree, plain=True)
    flash = tree / "build/flash"
    for path in flash.rglob("*.*"):
        os.utime(path, (1, 1))
    _put(tree, "firmware/app.py", "import rtu\nx = 1\n")
    build.build(tree, plain=True)
    made = [p.name for p in flash.rglob("*.*") if p.stat().st_mtime > 1]
    assert made == ["app.mpy"]


def test_a_source_that_is_gone_leaves_the_flash(tree):
    build.build(tree)
    (tree / "lib/rtu.py").unlink()
    (tree / "web/texts/nl.json").unlink()
    left = build.build(tree)
    assert not [path for path in left if "rtu" in path or "umodbus" in path or "texts" in path]
    assert not (tree / "build/flash/web/texts").exists()


def test_a_source_that_does_not_compile_is_named_with_its_line(tree):
    _put(tree, "firmware/app.py", "x = 1\ndef broken(:\n")
    with pytest.raises(build.BuildError, match=r'File "firmware/app.py", line 2'):
        build.build(tree)


def test_an_import_that_the_library_lacks_is_refused(tree):
    _put(tree, "lib/rtu.py", "from umodbus.functions import read_nothing\n")
    with pytest.raises(ValueError, match="read_nothing"):
        build.build(tree)


def test_pruned_functions_answer_like_the_whole_library(tree):
    build.build(tree, plain=True)
    flash, libraries = tree / "build/flash/lib", build.BUILD / "onboard"
    script = "import sys; sys.path.insert(0, sys.argv[1]); import rtu; print(rtu.read(513, 40))"
    micropython = Path(sys.executable).with_name("micropython")
    done = subprocess.run(
        [micropython, "-c", script, flash], capture_output=True, text=True, check=True
    )
    sys.path.insert(0, str(libraries))
    try:
        whole = importlib.import_module("umodbus.functions").read_holding_registers(513, 40)
    finally:
        sys.path.remove(str(libraries))
    assert done.stdout.strip() == repr(whole) == r"b'\x03\x02\x01\x00('"


def test_umodbus_costs_little_heap(tree):
    build.build(tree, plain=True)
    script = (
        "import sys, gc; sys.path.insert(0, sys.argv[1]); gc.collect(); before = gc.mem_alloc();"
        "from umodbus import functions; gc.collect(); print(gc.mem_alloc() - before)"
    )
    micropython = Path(sys.executable).with_name("micropython")
    command = [micropython, "-c", script, tree / "build/flash/lib"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 4096, "whole it takes 22 KB"


def test_prune_keeps_line_numbers_and_what_the_kept_parts_need():
    text = "from .a import T\nX = 1\nY = X + 1\n\ndef f(v: T) -> T:\n    return Y\n\nZ = 3\n"
    source, imports = prune.prune(text, {"f"})
    assert source == "\nX = 1\nY = X + 1\n\ndef f(v: T) -> T:\n    return Y\n\n\n"
    assert imports == []


def test_a_module_handed_around_as_a_value_is_kept_whole():
    modules = {"umodbus": "", "umodbus.functions": ""}
    used = prune.needs(["from umodbus import functions\ncall(functions)\n"], "umodbus", modules)
    assert used["umodbus.functions"] is prune.ALL


def test_rows_of_the_library_list_need_version_and_hash():
    digest = "0" * 64
    row = f"microdot==2.7.0 --hash=sha256:{digest}"
    assert onboard.rows(f"# why\n\n{row}\n") == [("microdot", "2.7.0", digest)]
    with pytest.raises(onboard.OnboardError, match="microdot>=2"):
        onboard.rows("microdot>=2\n")


def test_an_archive_with_another_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(onboard, "fetch", lambda *row: b"something else")
    with pytest.raises(onboard.OnboardError, match=r"microdot 2\.7\.0.*hash"):
        onboard.install(tmp_path / "onboard")
    assert not (tmp_path / "onboard").exists()
