"""Settings for a virtual board before its first start, as `KEY=VALUE` from a command line."""

import argparse
import importlib
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
for _folder in ("lib", "tools/shim"):
    if str(_ROOT / _folder) not in sys.path:
        sys.path.append(str(_ROOT / _folder))

from settings import check, codec, declaration  # noqa: E402  # the board's own declaration

#: What `--set` says of itself.
HELP = "a setting of the board's first start, such as meter.passthrough_port=2001; repeatable"


def settings_file(pairs: list) -> dict:
    """The file that holds `pairs` of (key, value), by its path on the board; {} for none."""
    if not pairs:
        return {}
    return {"data/settings_a.json": codec.encode(codec.VERSION, 1, dict(pairs))}


def pair(text: str) -> tuple:
    """(key, value) of `KEY=VALUE`, judged by the declaration; for `argparse`'s type."""
    key, _, word = text.partition("=")
    group = declaration.group_of(key)
    rows = importlib.import_module(f"settings.group_{group}").ROWS if group else ()
    row = declaration.find(rows, key)
    if row is None:
        raise argparse.ArgumentTypeError(f"no setting is called {key!r}; see docs/settings.md")
    value, code = check.check_value(row, _value(row[declaration.SHAPE], word))
    if code:
        raise argparse.ArgumentTypeError(f"{key} cannot be {word!r}; see docs/settings.md")
    return key, value


def _value(shape, word: str):
    kind = shape[declaration.KIND]
    if kind == "bool":
        return {"on": True, "true": True, "off": False, "false": False}.get(word.lower(), word)
    is_number = kind == "int" or (kind == "choice" and type(shape[declaration.DEFAULT]) is int)
    try:
        return int(word) if is_number else word
    except ValueError:
        return word
