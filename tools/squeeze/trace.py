"""Turns the traceback of a board back into places of the sources.

    python -m tools.squeeze.trace [--map build/squeeze.map] < console.txt

Lines of the form `File "module", line N, in name` are replaced; all others pass as they are.
"""

import argparse
import re
import sys
from pathlib import Path

from tools.squeeze.program import dotted

_MAP = Path(__file__).resolve().parents[2] / "build" / "squeeze.map"
_PLACE = re.compile(r'File "([^"]+)", line (\d+)(?:, in (\S+))?')


def load(text: str) -> dict:
    """{(module, line): (file, line, function)} from the text of a map file."""
    table = {}
    for row in text.splitlines():
        new, old = row.split(" ")
        module, line = new.rsplit(":", 1)
        path, number, function = old.split(":")
        table[module, int(line)] = (path, int(number), function)
    return table


def restore(text: str, table: dict) -> str:
    """`text` with all places that `table` knows written as in the sources."""

    def place(match):
        found = table.get((dotted(match[1]), int(match[2])))
        if not found:
            return match[0]
        path, number, function = found
        return f'File "{path}", line {number}, in {function or "<module>"}'

    return _PLACE.sub(place, text)


def main() -> int:
    """Translate stdin to stdout; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.squeeze.trace", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--map", type=Path, default=_MAP, help="as the build wrote it")
    table = load(parser.parse_args().map.read_text())
    for line in sys.stdin:
        sys.stdout.write(restore(line, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
