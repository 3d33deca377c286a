"""A bounded memory of what happened: events as codes with arguments, and the alarms that stand.

No texts: a page makes them from code and arguments when it shows them. A fault that comes and goes
fills no more than one entry, which counts. Times are seconds of a clock that never goes back; the
caller passes them in.
"""

from array import array

from micropython import const

#: Kinds of an event.
NOTE = 0
RAISED = 1
CLEARED = 2

_ARGS = const(4)  # arguments kept of one event
_TEXT = const(40)  # characters kept of one text argument
_SHARE = const(4)  # one code may hold at most 1/4 of the ring


def subject_of(args: tuple) -> "str | None":
    """What an event is about: its first argument when that is a text, such as a task's name."""
    return args[0] if args and isinstance(args[0], str) else None


def kept(args: tuple) -> tuple:
    """`args` within bounds: at most 4, whole numbers, None and short texts."""
    for arg in args:
        if not (arg is None or isinstance(arg, (int, bool))):
            return tuple(_short(arg) for arg in args[:_ARGS])
    return args if len(args) <= _ARGS else args[:_ARGS]


def _short(arg):
    if arg is None or isinstance(arg, (int, bool)):
        return arg
    return str(arg)[:_TEXT]


class Ring:
    """The last events. The same event again (kind, code and subject) within `merge_s` counts up.

    Beyond a quarter of the ring a code has no further entries: its newest takes the event in.
    """

    def __init__(self, capacity: int = 48, merge_s: int = 600):
        """Hold at most `capacity` events; all memory but that of the arguments is taken here."""
        self.seq = 0  # events ever added
        self.dropped = 0  # entries that were overwritten
        self._merge_s = merge_s
        self._codes: list = [None] * capacity
        self._args: list = [()] * capacity
        self._kinds = bytearray(capacity)
        self._firsts = array("I", bytes(4 * capacity))
        self._lasts = array("I", bytes(4 * capacity))
        self._times = array("I", bytes(4 * capacity))
        self._next = 0

    def add(self, now_s: int, kind: int, code: str, args: tuple = ()):
        """Note that `code` happened at `now_s`; `args` are kept within bounds."""
        self.seq += 1
        args = kept(args)
        slot = self._same(now_s, kind, code, subject_of(args))
        if slot is None:
            slot = self._fresh(now_s, kind, code)
        self._args[slot] = args
        self._lasts[slot] = now_s
        self._times[slot] += 1

    def _fresh(self, now_s: int, kind: int, code: str) -> int:
        slot = self._next
        if self._codes[slot] is not None:
            self.dropped += 1
        self._next = (slot + 1) % len(self._codes)
        self._codes[slot] = code
        self._kinds[slot] = kind
        self._firsts[slot] = now_s
        self._times[slot] = 0
        return slot

    def _same(self, now_s: int, kind: int, code: str, subject) -> "int | None":
        """The entry that takes the event in, or None when it deserves one of its own."""
        newest = None
        entries = 0
        for slot in self._newest_first():
            if self._codes[slot] != code or self._kinds[slot] != kind:
                continue
            same = subject_of(self._args[slot]) == subject
            if same and now_s - self._lasts[slot] <= self._merge_s:
                return slot
            entries += 1
            if newest is None:
                newest = slot
        return newest if entries >= max(1, len(self._codes) // _SHARE) else None

    def _newest_first(self):
        capacity = len(self._codes)
        for back in range(1, capacity + 1):
            slot = (self._next - back) % capacity
            if self._codes[slot] is None:
                return
            yield slot

    def events(self):
        """Yield (kind, code, args, first_s, last_s, times), the latest entry first."""
        for slot in self._newest_first():
            yield (
                self._kinds[slot],
                self._codes[slot],
                self._args[slot],
                self._firsts[slot],
                self._lasts[slot],
                self._times[slot],
            )


class Alarms:
    """The alarms that stand now, by code and subject; raising and clearing them are events."""

    def __init__(self, ring: Ring, capacity: int = 24):
        """Keep at most `capacity` alarms; one more is only an event and counts as dropped."""
        self.dropped = 0
        self._ring = ring
        self._capacity = capacity
        self._active = {}

    def raise_alarm(self, now_s: int, code: str, args: tuple = ()) -> bool:
        """Let the alarm stand, with the newest `args`; True when it did not stand already."""
        args = kept(args)
        key = (code, subject_of(args))
        alarm = self._active.get(key)
        if alarm is not None:
            alarm[1] = args
            return False
        if len(self._active) < self._capacity:
            self._active[key] = [now_s, args]
        else:
            self.dropped += 1
        self._ring.add(now_s, RAISED, code, args)
        return True

    def clear(self, now_s: int, code: str, subject: "str | None" = None) -> bool:
        """End the alarm; True when it stood. The event ends with how long it stood [s]."""
        alarm = self._active.pop((code, subject), None)
        if alarm is None:
            return False
        self._ring.add(now_s, CLEARED, code, alarm[1][: _ARGS - 1] + (now_s - alarm[0],))
        return True

    def is_active(self, code: str, subject: "str | None" = None) -> bool:
        """Whether the alarm stands."""
        return (code, subject) in self._active

    def active(self) -> list:
        """(code, args, since_s) of every alarm that stands, the longest standing first."""
        standing = [(alarm[0], key[0], alarm[1]) for key, alarm in self._active.items()]
        standing.sort(key=_since)
        return [(code, args, since_s) for since_s, code, args in standing]


def _since(standing):
    return standing[0]
