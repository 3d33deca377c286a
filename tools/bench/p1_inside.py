"""The part of `p1.py` that runs inside MicroPython: measures and prints one line of JSON."""

import gc
import json
import time

import p1_regex

from p1.decode import decode
from p1.framer import AGAIN, WINDOW, Framer
from p1.reading import Reading

_ROUNDS = 7
_TELEGRAMS = 120


class Ours:
    """Framer and decoder as the firmware uses them."""

    def __init__(self):
        """Make the buffers."""
        self.framer = Framer()
        first = Reading()
        self.readings = (first, Reading(first))

    def run(self, pieces):
        """Telegrams decoded."""
        framer = self.framer
        telegrams = 0
        for piece in pieces:
            framer.feed(piece, len(piece), 0)
            while True:
                length = framer.poll()
                if length > 0:
                    telegrams += decode(framer.buf, length, self.readings[telegrams & 1]) is None
                elif length != AGAIN:
                    break
        return telegrams


def _theirs(raws):
    telegrams = 0
    for raw in raws:
        telegrams += p1_regex.decode(raw) is not None
    return telegrams


def _pieces(raw):
    return [raw[start : start + WINDOW] for start in range(0, len(raw), WINDOW)]


def _time_us(function, argument, telegrams):
    repeats = _TELEGRAMS // telegrams
    started = time.ticks_us()
    for _ in range(repeats):
        if function(argument) != telegrams:
            raise ValueError("not decoded")
    return time.ticks_diff(time.ticks_us(), started) / (repeats * telegrams)


def _telegrams(group):
    raws = []
    for path in group.split(":"):
        with open(path, "rb") as source:
            raws += [b"/" + part for part in source.read().split(b"/")[1:]]
    return raws


def _speed(raws):
    """Best time a telegram of both, measured in turn [us]."""
    ours = Ours()
    pieces = [piece for raw in raws for piece in _pieces(raw)]
    best_ours = best_theirs = 1e9
    for _ in range(_ROUNDS):
        gc.collect()
        best_ours = min(best_ours, _time_us(ours.run, pieces, len(raws)))
        gc.collect()
        best_theirs = min(best_theirs, _time_us(_theirs, raws, len(raws)))
    return {
        "bytes": sum([len(raw) for raw in raws]) // len(raws),
        "ours_us": best_ours,
        "theirs_us": best_theirs,
    }


def _heap(raws):
    """Bytes allocated a telegram, over a minute in which the values change."""
    pieces = [piece for raw in raws for piece in _pieces(raw)]
    ours = Ours()
    ours.run(pieces)
    found = {}
    for name, function, argument in (("ours", ours.run, pieces), ("theirs", _theirs, raws)):
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        telegrams = function(argument)
        found[name] = (gc.mem_alloc() - before) / telegrams
        gc.enable()
    return found


def main(groups):
    """Measure and print.

    Each group holds the names of files, joined by ":", with telegrams of one meter of successive
    seconds; the first is used for the heap as well.
    """
    streams = [_telegrams(group) for group in groups]
    speeds = [_speed(raws) for raws in streams]
    print(json.dumps({"speed": speeds, "heap": _heap(streams[0])}))


def spin(which, group, telegrams):
    """Decode so many telegrams with "ours" or "theirs" and nothing else, to count instructions."""
    raws = _telegrams(group)
    pieces = [_pieces(raw) for raw in raws]
    ours = Ours()
    for number in range(telegrams):
        if which == "ours":
            ours.run(pieces[number % len(raws)])
        else:
            p1_regex.decode(raws[number % len(raws)])
