"""Squeezes a program again only when it, or the squeezing, has changed."""

import hashlib
import json
from pathlib import Path

from tools.squeeze import emit, run

_OURS = Path(__file__).parent


def squeezed(texts: dict, roots: dict, foreign: list, target: Path) -> dict:
    """Return {path: ([whether it stays in memory, borders], source)}; writes target/squeeze.map.

    What was made last lies in target/squeeze.json.
    """
    own = {file.name: file.read_text() for file in sorted(_OURS.glob("*.py"))}
    everything = json.dumps([texts, roots, foreign, own], sort_keys=True)
    key = hashlib.sha256(everything.encode()).hexdigest()
    store, table = target / "squeeze.json", target / "squeeze.map"
    if store.exists() and table.exists():
        held = json.loads(store.read_text())
        if held["key"] == key:
            return held["made"]
    made = run.run(texts, roots, foreign)
    write(table, emit.table(made.places))
    found = {p: ([p in made.stays, made.borders[p]], text) for p, text in made.texts.items()}
    notes = {"key": key, "made": found, "names": made.names, "modules": made.modules}
    store.write_text(json.dumps(notes, indent=0))
    return found


def modules(target: Path) -> dict:
    """{name of a module: its short name} of what was made last."""
    store = target / "squeeze.json"
    return json.loads(store.read_text())["modules"] if store.exists() else {}


def short_name(target: Path, module: str, name: str) -> "str | None":
    """What the global `name` of our sources is called in `module` as it was made last."""
    store = target / "squeeze.json"
    names = json.loads(store.read_text())["names"].get(module, {}) if store.exists() else {}
    found = [short for long, short in names.items() if long.partition("_")[2] == name]
    return found[0] if len(found) == 1 else None


def write(file: Path, text: str):
    """Write a file unless it is so already."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
