"""The flash image: right place, right content, and MicroPython itself mounts and imports it.

`stand_in` makes a file of the make-up of an official build with esptool's own image writer: boot
loader, partition table with checksum, application.
"""

import asyncio
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from esptool.bin_image import (
    ESP32C3FirmwareImage,
    ESP32FirmwareImage,
    ESP32S3FirmwareImage,
    ImageSegment,
)

from tools import build
from tools.board import VirtualBoard
from tools.board import flash as flash_tools
from tools.image import __main__ as image
from tools.image import filesystem, micropython

#: Rows of ports/esp32/partitions-4MiB.csv of MicroPython 1.24: label, type, subtype, offset, size.
_TABLE = (
    ("nvs", 1, 0x02, 0x9000, 0x6000),
    ("phy_init", 1, 0x01, 0xF000, 0x1000),
    ("factory", 0, 0x00, 0x10000, 0x1F0000),
    ("vfs", 1, 0x81, 0x200000, 0x200000),
)
_MB = 1 << 20


def table_of(rows, checksum: bool = True) -> bytes:
    """A partition table as ESP-IDF's gen_esp32part writes it."""
    table = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", kind, subtype, offset, size, label.encode(), 0)
        for label, kind, subtype, offset, size in rows
    )
    if checksum:
        table += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(table).digest()
    return table.ljust(0xC00, b"\xff")


def program(kind, address: int, content: bytes) -> bytes:
    """An image that the chip's ROM would take: header, one segment, checksum, digest."""
    made = kind()
    made.entrypoint = address
    segment = ImageSegment(address, content.ljust(-(-len(content) // 4) * 4, b"\0"))
    segment.name = ".data"
    made.segments.append(segment)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "image.bin")
        made.save(str(file))
        return file.read_bytes()


def stand_in(rows=_TABLE, kind=ESP32FirmwareImage, base=0x1000, banner=b"MicroPython v1.26.1 on "):
    """What micropython.org offers, in small."""
    boot = program(kind, 0x3FFF0018, b"boot loader")
    app = program(kind, 0x3FFB0000, banner + b"x" * 5000)
    content = boot.ljust(0x8000 - base, b"\xff") + table_of(rows)
    return content.ljust(0x10000 - base, b"\xff") + app


@pytest.fixture(scope="module")
def files() -> dict:
    """The firmware as built now."""
    sizes = build.build()
    return {path: (build.BUILD / "flash" / path).read_bytes() for path in sizes}


def test_the_image_is_the_build_with_our_files_at_its_file_system(files):
    source = stand_in()
    content, made, place = image.assemble(source, files, 4 * _MB)
    assert (made.chip, made.base, made.version) == ("esp32", 0x1000, "MicroPython v1.26.1")
    assert (place.offset, place.size) == (0x200000, 0x200000)
    assert len(content) == 4 * _MB
    assert content[:0x1000] == b"\xff" * 0x1000
    assert content[0x1000 : 0x1000 + len(source)] == source
    assert content[0x1000 + len(source) : 0x200000].strip(b"\xff") == b""
    assert filesystem.contents(content[0x200000:]) == files


def test_the_stand_in_is_one_that_esptool_accepts(tmp_path):
    file = tmp_path / "boot.bin"
    file.write_bytes(stand_in())
    command = [sys.executable, "-m", "esptool", "image-info", file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ESP32 Image Header" in done.stdout and "(valid)" in done.stdout


def test_two_images_are_equal_byte_for_byte(files):
    first = image.assemble(stand_in(), files, 4 * _MB)[0]
    again = image.assemble(stand_in(), dict(reversed(files.items())), 4 * _MB)[0]
    assert first == again


@pytest.mark.parametrize("kind", [ESP32S3FirmwareImage, ESP32C3FirmwareImage])
def test_other_chips_boot_from_offset_zero(files, kind):
    source = stand_in(kind=kind, base=0)
    content, made, _ = image.assemble(source, files, 4 * _MB)
    assert made.base == 0
    assert content[: len(source)] == source


def test_a_dump_of_a_whole_flash_will_do_as_well(files):
    source = b"\xff" * 0x1000 + stand_in()
    content, made, _ = image.assemble(source, files, 4 * _MB)
    assert made.base == 0
    assert content == image.assemble(stand_in(), files, 4 * _MB)[0]


def test_a_build_without_a_row_for_files_has_them_behind_its_last_partition(files):
    rows = (*_TABLE[:2], ("factory", 0, 0, 0x10000, 0x210000))
    content, _, place = image.assemble(stand_in(rows), files, 8 * _MB)
    assert (place.offset, place.size) == (0x220000, 8 * _MB - 0x220000)
    assert filesystem.contents(content[0x220000:]) == files


def test_the_file_system_is_the_one_that_micropython_makes(tmp_path):
    """Empty, it is byte for byte what `VfsLfs2.mkfs` leaves on an erased flash."""
    flash = tmp_path / "flash"
    flash.write_bytes(b"\xff" * _MB)
    script = (
        "import sys, vfs; sys.path.append(sys.argv[1]); import _flash;"
        "vfs.VfsLfs2.mkfs(_flash.Flash(sys.argv[2]))"
    )
    modules = build.BUILD / "chip"
    flash_tools.chip()
    command = [f"{sys.prefix}/bin/micropython", "-c", script, modules, flash]
    subprocess.run(command, check=True)
    assert flash.read_bytes() == filesystem.make({}, _MB)


_IMPORT_ALL = """
import gc, os, sys
def modules(folder, prefix):
    for name, kind, *_ in os.ilistdir(folder):
        if kind == 0x4000:
            yield from modules(folder + "/" + name, prefix + name + ".")
        elif name.endswith(".mpy") and name != "__init__.mpy":
            yield prefix + name[:-4]
        elif name == "__init__.mpy":
            yield prefix[:-1]
count = 0
held = set(sys.modules)
for name in list(modules("/firmware", "firmware.")) + list(modules("/lib", "")):
    __import__(name)
    count += 1
    for other in set(sys.modules) - held:
        del sys.modules[other]
    gc.collect()
print("imported", count, "/chip" in sys.path)
pages = [entry[0] for entry in os.ilistdir("/web") if entry[1] == 0x8000]
print("pages", [(name, open("/web/" + name, "rb").read(2) == b"\\x1f\\x8b") for name in pages])
"""


def test_micropython_mounts_the_image_and_imports_every_module(files, tmp_path):
    content, _, place = image.assemble(stand_in(), files, 4 * _MB)
    (tmp_path / "flash.lfs").write_bytes(content[place.offset :])
    main = {"main.py": b"print('main runs')\n"}

    async def run():
        board = VirtualBoard(data=tmp_path, before=_IMPORT_ALL)
        board.flash_file.write_bytes(filesystem.update(board.flash_file.read_bytes(), main))
        try:
            await board.start(update=False)
            await board.wait_log("main runs")
            return board.log
        finally:
            await board.stop()

    log = asyncio.run(run())
    count = len([path for path in files if path.endswith(".mpy")])
    assert log[0] == f"imported {count} True", "\n".join(log)
    assert log[1] == "pages [('index.html.gz', True)]"


def test_the_board_itself_starts_from_the_image(files, tmp_path):
    content, _, place = image.assemble(stand_in(), files, 4 * _MB)
    (tmp_path / "flash.lfs").write_bytes(content[place.offset :])

    async def run():
        board = VirtualBoard(data=tmp_path)
        try:
            await board.start(update=False)
            await board.wait_log("board JULLIX_000001 profile virtual start power")
        finally:
            await board.stop()
        return filesystem.contents((tmp_path / "flash.lfs").read_bytes())

    held = asyncio.run(run())
    assert {path: held[path] for path in files} == files
    assert json.loads(held["identity.json"])["made_by_board"] is True


def _refusal(source: bytes, flash_size: int = 4 * _MB) -> str:
    with pytest.raises(micropython.ImageError) as caught:
        image.assemble(source, {}, flash_size)
    return str(caught.value)


def _with(row: int, **changes) -> bytes:
    fields = dict(zip(("label", "kind", "subtype", "offset", "size"), _TABLE[row], strict=True))
    changed = tuple((fields | changes).values())
    return stand_in((*_TABLE[:row], changed, *_TABLE[row + 1 :]))


def test_unsuitable_builds_are_refused_in_words():
    good = stand_in()
    damaged = bytearray(good)
    damaged[0x8000 - 0x1000 + 8] ^= 1
    unmarked = bytearray(stand_in())
    unmarked[0x8000 - 0x1000 + 64] = 0
    unknown = bytearray(good)
    unknown[12] = 99
    for source, words in (
        (b"", "empty"),
        (b"hello", "not an image"),
        (b"\xff" * 0x20000, "not an image"),
        (b"\xe9", "not an image"),
        (program(ESP32FirmwareImage, 0x3FFB0000, b"app" * 50000), "no partition table"),
        (good[:0x5000], "no partition table"),
        (bytes(unknown), "number 99"),
        (bytes(damaged), "damaged (checksum)"),
        (bytes(unmarked), "damaged"),
        (stand_in(banner=b"NodeMCU v3.0 "), "not with MicroPython"),
        (stand_in(banner=b"MicroPython v1.23.0 on "), "1.24 is the oldest"),
        (stand_in((*_TABLE[:3], ("ffat", 1, 0x81, 0x200000, 0x200000))), "TinyUF2"),
        (_with(3, size=0x300000), "beyond a flash"),
        (_with(3, size=0x1000), "cannot hold any"),
        (_with(3, offset=0x200100), "beyond a flash"),
        (_with(3, offset=0x1F0800, size=0x200000), "cannot hold any"),
        (_with(3, offset=0x1F0000), "overlap"),
    ):
        assert words in _refusal(source), words
    assert "FLASH_SIZE=8MB" in _refusal(good, 2 * _MB)


def test_files_that_do_not_fit_are_refused():
    with pytest.raises(filesystem.FilesystemError, match="3000000 bytes of files do not go"):
        image.assemble(stand_in(), {"big": bytes(3_000_000)}, 4 * _MB)


def test_the_command_writes_the_image_and_says_how_to_flash_it(tmp_path, capsys):
    source, output = tmp_path / "official.bin", tmp_path / "flash.bin"
    source.write_bytes(stand_in())
    assert image.main([str(source), "-o", str(output)]) == 0
    said = capsys.readouterr().out
    assert f"esptool --chip esp32 write-flash 0x0 {output}" in said
    assert "MicroPython v1.26.1 for esp32\nfiles at 0x200000" in said
    assert "firmware/app.mpy" in said
    assert output.stat().st_size == 4 * _MB


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert image.main([]) == 1
    assert "make image MICROPYTHON=file.bin" in capsys.readouterr().err
    assert image.main([str(tmp_path / "none.bin")]) == 1
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "text.bin").write_text("<html>")
    assert image.main([str(tmp_path / "text.bin")]) == 1
    assert "not an image" in capsys.readouterr().err
