"""Lifts stored values of an older version to the one that declaration.py states.

A step may rename, split or add keys. It never gives an existing key another meaning (a new meaning
gets a new key) and does nothing when its work is already there. So a board that goes back one
version and forward again loses nothing, and a file may pass through the same step twice.
"""

#: (version that the step leads to, function that changes the dict of values), oldest first.
STEPS = ()


def migrate(version: int, values: dict, steps=STEPS) -> dict:
    """Apply every step above `version` to `values`, in place, and return it."""
    for to_version, step in steps:
        if to_version > version:
            step(values)
    return values


def rename(values: dict, old: str, new: str):
    """Move the value of `old` to `new`, for use in steps; what already stands at `new` wins."""
    if old in values:
        value = values.pop(old)
        values.setdefault(new, value)
