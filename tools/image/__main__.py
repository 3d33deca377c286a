"""Makes build/flash.bin from an official MicroPython build and the firmware in build/flash.

    make image MICROPYTHON=ESP32_GENERIC-v1.28.0.bin
    python -m tools.image ESP32_GENERIC-v1.28.0.bin --flash-size 4MB

Builds: https://micropython.org/download/ESP32_GENERIC/ (the .bin, not the .app-bin).
"""

import argparse
import sys
from pathlib import Path

from tools import build, onboard
from tools.image import filesystem, micropython

_SIZES = {f"{number}MB": number << 20 for number in (2, 4, 8, 16, 32)}


def assemble(source: bytes, files: dict, flash_size: int) -> tuple:
    """Return (content of the flash from offset 0 on, Build, Partition of the files).

    The same input gives the same bytes. Raises ImageError and FilesystemError.
    """
    made = micropython.read(source)
    place = micropython.filesystem(made, flash_size)
    content = bytearray(b"\xff" * (place.offset + place.size))
    content[made.base : made.base + len(source)] = source
    if len(content) > flash_size:
        raise micropython.ImageError(f"it is larger than a flash of {flash_size:#x} bytes")
    content[place.offset : place.offset + place.size] = filesystem.make(files, place.size)
    return bytes(content), made, place


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.image", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("micropython", nargs="?", metavar="FILE.bin", help="the official build")
    parser.add_argument("--flash-size", choices=_SIZES, default="4MB", help="(%(default)s)")
    parser.add_argument("-o", "--output", default=str(build.BUILD / "flash.bin"))
    return parser


def main(arguments=None) -> int:
    """Make the image; returns the exit code."""
    options = _parser().parse_args(arguments)
    if not options.micropython:
        return _fail("name the MicroPython build: make image MICROPYTHON=file.bin\n" + _where())
    try:
        source = Path(options.micropython).read_bytes()
    except OSError as error:
        return _fail(f"{options.micropython}: {error.strerror}\n{_where()}")
    try:
        sizes = build.build()
        files = {path: (build.BUILD / "flash" / path).read_bytes() for path in sizes}
        content, made, place = assemble(source, files, _SIZES[options.flash_size])
    except micropython.ImageError as error:
        return _fail(f"{options.micropython}: {error}\n{_where()}")
    except (filesystem.FilesystemError, build.BuildError, onboard.OnboardError) as error:
        return _fail(str(error))
    Path(options.output).write_bytes(content)
    used = filesystem.used(content[place.offset :])
    print(build.report(sizes))
    print(f"{made.version} for {made.chip}")
    print(f"files at {place.offset:#x}: {used} of {place.size} bytes")
    if place not in made.partitions:
        print(f"This build takes what flash there is: the chip must have {options.flash_size}.")
    print(f"{options.output}: {len(content)} bytes. Write it with:")
    print(f"\n  esptool --chip {made.chip} write-flash 0x0 {options.output}\n")
    return 0


def _where() -> str:
    return "Builds: https://micropython.org/download/ESP32_GENERIC/ (the .bin, not the .app-bin)."


def _fail(text: str) -> int:
    print(f"image: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
