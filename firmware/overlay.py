"""Modules that are needed seldom: imported for the moment, and dropped again.

A module that nobody holds any more gives its code back to the heap; what it costs is the import
when it is needed next.
"""

import gc
import sys


def borrow(name: str):
    """Import the module `name`. May raise MemoryError. To be followed by `give_back`."""
    return __import__(name, None, None, ("*",))


def give_back(*names: str):
    """Drop modules, those that import others first, and collect the memory that they took.

    Nothing of them may be referenced any more: no class, no function, no row.
    """
    for name in names:
        sys.modules.pop(name, None)
        package, _, last = name.rpartition(".")
        parent = sys.modules.get(package)
        if parent is not None and hasattr(parent, last):
            delattr(parent, last)
    gc.collect()
