"""Everything that the telegrams of the vectors say, as the interpreter that runs it has it."""

import json
import sys

from p1_rig import manifest, reading_of, results_of, vector

from p1.reading import Reading

_HIDDEN = ("template", "generation", "news")


def _public(thing):
    names = [name for name in dir(thing) if name[0] != "_" and name not in _HIDDEN]
    found = {name: getattr(thing, name) for name in names}
    return {name: found[name] for name in names if not callable(found[name])}


def readings() -> dict:
    """By file: a dict of its fields for each telegram that the framer hands out."""
    told = {}
    for name, _, _, _ in manifest():
        texts = [text for text in results_of(vector(name)) if isinstance(text, bytes)]
        reading = Reading()
        told[name] = []
        for text in texts:
            reading_of(text, reading)
            told[name].append(_public(reading))
            told[name][-1]["channels"] = [_public(channel) for channel in reading.channels]
    return told


def main():
    """Print them as JSON."""
    json.dump(readings(), sys.stdout)
