"""Gathers the MicroPython stubs into build/typings, where the type checker can have them alone.

    python -m tools.typings

The stub packages lie among the host's own packages, which a checker of device code must not see.
"""

import shutil
import sys
from importlib import metadata

from tools.build import BUILD

_PACKAGES = ("micropython-esp32-stubs", "micropython-stdlib-stubs")


def gather() -> int:
    """Copy the stubs of all packages unless that has been done; returns the number of files."""
    target = BUILD / "typings"
    mark = target / ".versions"
    wish = " ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    if not mark.exists() or mark.read_text() != wish:
        shutil.rmtree(target, ignore_errors=True)
        for name in _PACKAGES:
            for file in metadata.files(name) or ():
                if file.suffix == ".pyi" or file.name == "VERSIONS":
                    place = target / file
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file.locate(), place)
        mark.write_text(wish)
    return sum(1 for _ in target.rglob("*.pyi"))


if __name__ == "__main__":
    sys.exit(0 if gather() else "typings: no stubs found")
