"""`make bench`: every benchmark in one run, as one table of ratios.

    python -m tools.bench [--quick] [NAME...]

Each row sets two figures of the same run side by side, so that the machine's mood cancels out. The
exit status is 1 when a bound is missed.
"""

import argparse
import importlib
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_NAMES = ("control", "p1", "bus", "whole")


def _kept(ours, ratio, bound) -> "bool | None":
    """Whether a bound is kept: "<= 1.15" on the ratio, "<= 20 ms" (with a unit) on `ours`."""
    if bound in ("", None):
        return None
    comparison, limit, *unit = str(bound).split()
    value = float(ours if unit or ratio is None else ratio)
    return value <= float(limit) if comparison == "<=" else value >= float(limit)


def _text(value) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Run what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*_NAMES, []], help="all by default")
    parser.add_argument("--quick", action="store_true", help="minutes instead of an hour")
    options = parser.parse_args()
    table = Table(title="Jullix benchmarks: ours beside theirs, one run", show_lines=False)
    for column in ("what", "ours", "theirs", "ratio", "bound", "theirs is"):
        table.add_column(column, justify="left" if column in ("what", "theirs is") else "right")
    missed = 0
    for name in options.names or _NAMES:
        module = importlib.import_module(f"tools.bench.{name}")
        rows = module.rows(options.quick) if name == "whole" else module.rows()
        for what, ours, theirs, ratio, bound, note in rows:
            kept = _kept(ours, ratio, bound)
            missed += kept is False
            style = {True: "green", False: "bold red", None: ""}[kept]
            cells = [escape(_text(value)) for value in (what, ours, theirs, ratio, bound, note)]
            table.add_row(*cells, style=style)
    Console(width=140).print(table)
    print(f"{missed} bounds missed" if missed else "every bound kept")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
