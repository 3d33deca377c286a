"""What a virtual chip is made of: stand-in modules in its ROM, the build in its flash."""

import json
from pathlib import Path

from mpremote.romfs import VfsRomWriter

from tools import build, shorten
from tools.board import ballast
from tools.image import filesystem

SIZE = 0x200000  # partition `vfs` of the official 4 MB builds
_CHIP = Path(__file__).with_name("chip")
#: Stand-ins that come and go: their texts need not be names for ever.
_SELDOM = ("_machine.py", "_network.py", "_lan.py")
#: Folders of the flash that belong to the program; everything else is the board's own.
_PROGRAM = ("boot.py", "main.py", "firmware", "lib", "web")


def chip() -> Path:
    """Compile the stand-ins if they have changed; returns the file with the chip's ROM.

    Beside it lies a folder of the same name with the modules one by one.
    """
    texts = {f.relative_to(_CHIP).as_posix(): f.read_text() for f in _CHIP.rglob("*.py")}
    plan = {}
    for name, text in sorted(shorten.shorten(ballast.renamed(texts))[0].items()):
        kind = [name not in _SELDOM, []]
        plan[name.removesuffix(".py") + ".mpy"] = (kind, name, text.encode())
    folder, rom = build.BUILD / "chip", build.BUILD / "chip.rom"
    with build.locked():
        build.make(plan, folder)
        content = _rom(folder)
        if not rom.exists() or rom.read_bytes() != content:
            rom.write_bytes(content)
    return rom


def _rom(folder: Path) -> bytes:
    """The folder as a MicroPython ROM file system, from which modules run in place."""
    writer = VfsRomWriter()

    def copy(below: Path):
        for entry in sorted(below.iterdir()):
            if entry.is_dir():
                writer.opendir(entry.name)
                copy(entry)
                writer.closedir()
            else:
                writer.mkfile(entry.name, entry.read_bytes())

    copy(folder)
    return bytes(writer.finalise())


def program(plain: bool = False) -> dict:
    """Return {path: content} of the firmware as built now; `plain`: module by module."""
    folder = "plain" if plain else "flash"
    sizes = build.build(plain=plain, folder=folder)
    with build.locked():
        return {path: (build.BUILD / folder / path).read_bytes() for path in sizes}


def prepare(file: Path, files: dict, board: dict):
    """Write `files` {path: bytes or None} to the flash in `file`, which is made if need be.

    Program files that are not among `files` go; what the board stored itself stays. `board` is
    merged into /board.json unless that is broken, which is then left as it is.
    """
    if file.exists():
        held = filesystem.contents(file.read_bytes())
    else:
        held = {}
        file.write_bytes(filesystem.make({}, SIZE))
    wish = dict(files)
    described = wish.get("board.json", held.get("board.json", b"{}"))
    try:
        wish["board.json"] = json.dumps(json.loads(described) | board).encode()
    except (ValueError, TypeError):
        pass
    content = file.read_bytes()
    fresh = filesystem.update(content, wish, remove=_PROGRAM)
    if fresh != content:
        file.write_bytes(fresh)
