"""Squeezes a program again only when it, or the squeezing, has changed."""

import hashlib
import json
from pathlib import Path

from tools.squeeze import emit, run

_OURS = Path(__file__).parent


def squeezed(texts: dict, roots: dict, foreign: list, target: Path) -> dict:
    """Return {path: source} as run.run makes it; writes target/squeeze.map.

    What was made last lies in target/squeeze.json.
    """
    own = {file.name: file.read_text() for file in sorted(_OURS.glob("*.py"))}
    everything = json.dumps([texts, roots, foreign, own], sort_keys=True)
    key = hashlib.sha256(everything.encode()).hexdigest()
    store, table = target / "squeeze.json", target / "squeeze.map"
    if store.exists() and table.exists():
        held = json.loads(store.read_text())
        if held["key"] == key:
            return held["texts"]
    made = run.run(texts, roots, foreign)
    write(table, emit.table(made.places))
    store.write_text(json.dumps({"key": key, "texts": made.texts, "names": made.names}, indent=0))
    return made.texts


def write(file: Path, text: str):
    """Write a file unless it is so already."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
