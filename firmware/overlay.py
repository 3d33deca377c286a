"""Modules that are needed seldom: imported for the moment, and dropped again.

A module that nobody holds any more gives its code back to the heap; what it costs is the import
when it is needed next. While none is lent, their place is held by a buffer: the garbage of a
second and the small things that stay would else litter it, and after a day no module found room.
"""

import gc
import sys

from micropython import const

_STEPS = (8192, 6144, 4096, 2048)  # bytes; each failed try costs a collection
_ROOM = const(3072)  # bytes in one piece that are left to everybody else

_lent = []
_held = None


def borrow(name: str):
    """Import the module `name`. May raise MemoryError. To be followed by `give_back`."""
    make_room(name)
    try:
        return __import__(name, None, None, ("*",))
    except MemoryError:
        _lent.remove(name)
        raise


def give_back(*names: str):
    """Drop modules, those that import others first, and hold the place that they took.

    Nothing of them may be referenced any more: no class, no function, no row.
    """
    for name in names:
        sys.modules.pop(name, None)
        package, _, last = name.rpartition(".")
        parent = sys.modules.get(package)
        if parent is not None and hasattr(parent, last):
            delattr(parent, last)
        keep(name)
    hold()


def make_room(name: str):
    """Let go of the place, for the module `name` to be imported by somebody else."""
    global _held
    _lent.append(name)
    if _held is not None:
        _held = None
        gc.collect()


def keep(name: str):
    """Let the borrowed module `name` stay for good."""
    while name in _lent:
        _lent.remove(name)


def hold():
    """Take free memory in one piece out of everybody's way, unless a module is lent."""
    global _held
    _held = None
    gc.collect()
    if _lent:
        return
    try:
        room = bytearray(_ROOM)
    except MemoryError:
        return
    for size in _STEPS:
        try:
            _held = bytearray(size)
            break
        except MemoryError:
            pass
    del room


def held() -> int:
    """Bytes that are held."""
    return len(_held) if _held is not None else 0
