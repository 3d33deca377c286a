"""Writes docs/settings.md: every setting of the declaration (lib/settings) as a table.

python -m tools.settings_doc [--check]
"""

import argparse
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"

_HEAD = """\
# Settings

Made by `python -m tools.settings_doc` from the declaration in `lib/settings`: do not edit it here.
[Add a setting](add-a-setting.md) tells how the declaration works.

A number is stored whole, in the unit that its key ends in; where the page shows another unit, the
table gives what is stored and, in brackets, how it reads. An owner may change what is marked so,
an installer may change everything.
"""


def _declaration():
    """lib/settings as the board imports it."""
    for folder in ("tools/shim", "lib"):
        if str(ROOT / folder) not in sys.path:
            sys.path.insert(0, str(ROOT / folder))
    return importlib.import_module("settings.declaration")


def page() -> str:
    """The text of docs/settings.md."""
    declaration = _declaration()
    lines = [_HEAD]
    for group in declaration.GROUPS:
        module = importlib.import_module(f"settings.group_{group}")
        lines.append(f"## {' / '.join(module.TITLE)}\n")
        lines.append("| key | Nederlands, français, English | values | default | who |")
        lines.append("| --- | --- | --- | --- | --- |")
        lines += [_line(declaration, row) for row in module.ROWS]
        lines.append("")
        for row in module.ROWS:
            lines.append(f"- `{row[declaration.KEY]}`: {row[declaration.HELP][2]}")
        lines.append("")
    return "\n".join(lines)


def _line(declaration, row) -> str:
    shape = row[declaration.SHAPE]
    labels = ", ".join(dict.fromkeys(row[declaration.LABEL]))
    cells = (
        f"`{row[declaration.KEY]}`",
        labels,
        _values(declaration, shape),
        _shown(declaration, shape, shape[declaration.DEFAULT]),
        row[declaration.ROLE],
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _values(declaration, shape) -> str:
    kind = shape[declaration.KIND]
    if kind == "bool":
        return "on, off"
    if kind == "choice":
        return ", ".join(f"`{choice[0]}`" for choice in shape[declaration.CHOICES])
    low, high = shape[declaration.MINIMUM], shape[declaration.MAXIMUM]
    if kind == "int":
        return f"{_shown(declaration, shape, low)} to {_shown(declaration, shape, high)}"
    return f"{kind} of {low} to {high} characters"


def _shown(declaration, shape, value) -> str:
    """A value as it is stored, and in brackets as a page shows it when that differs."""
    kind = shape[declaration.KIND]
    if kind == "bool":
        return "on" if value else "off"
    if kind == "choice":
        return f"`{value}`"
    if kind == "secret":
        return "none"
    if kind == "text":
        return value or "empty"
    unit, digits = shape[declaration.UNIT], shape[declaration.DIGITS]
    if digits:
        return f"{value} ({value / 10**digits:.{digits}f} {unit})"
    return f"{value} {unit}".strip()


def main(arguments=None) -> int:
    """Write the page, or with --check say whether it is up to date; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.settings_doc",
        description="Write docs/settings.md from the declaration of the settings.",
        epilog="example: python -m tools.settings_doc --check",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    options = parser.parse_args(arguments)
    text = page()
    if options.check:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/settings.md is out of date: python -m tools.settings_doc", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
