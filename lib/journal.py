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
    plain = args[:_ARGS]
    for i in range(len(plain)):
        arg = plain[i]
        if not (arg is None or isinstance(arg, (int, bool))):
            plain = plain[:i] + (str(arg)[:_TEXT],) + plain[i + 1 :]
    return plain


class Ring:
    """The last events. The same event again (kind, code and subject) within `merge_s` counts up.

    Beyond a quarter of the ring a code has no further entries: its newest takes the event in.
    """

    def __init__(self, capacity: int = 48, merge_s: int = 600):
        """Hold at most `capacity` events; all memory but that of the arguments is taken here."""
        self.seq = 0  # events ever added
        self.dropped = 0  # entries that were overwritten
        self._merge_s = merge_s
        self._capacity = capacity
        self._texts: list = [None] * (2 * capacity)  # code and arguments of each slot
        self._numbers = array("I", bytes(16 * capacity))  # kind, first, last, times of each slot
        self._next = 0

    def add(self, now_s: int, kind: int, code: str, args: tuple = ()):
        """Note that `code` happened at `now_s`; `args` are kept within bounds."""
        self.seq += 1
        args = kept(args)
        numbers, texts = self._numbers, self._texts
        slot = self._same(now_s, kind, code, subject_of(args))
        if slot < 0:
            slot = self._next
            self._next = (slot + 1) % self._capacity
            if texts[2 * slot] is not None:
                self.dropped += 1
            texts[2 * slot] = code
            numbers[4 * slot] = kind
            numbers[4 * slot + 1] = now_s
            numbers[4 * slot + 3] = 0
        texts[2 * slot + 1] = args
        numbers[4 * slot + 2] = now_s
        numbers[4 * slot + 3] += 1

    def _same(self, now_s: int, kind: int, code: str, subject) -> int:
        """The entry that takes the event in, or -1 when it deserves one of its own."""
        capacity, numbers, texts = self._capacity, self._numbers, self._texts
        newest = -1
        entries = 0
        for back in range(1, capacity + 1):
            slot = (self._next - back) % capacity
            if texts[2 * slot] != code or numbers[4 * slot] != kind:
                continue
            same = subject_of(texts[2 * slot + 1]) == subject
            if same and now_s - numbers[4 * slot + 2] <= self._merge_s:
                return slot
            entries += 1
            if newest < 0:
                newest = slot
        return newest if entries >= max(1, capacity // _SHARE) else -1

    def events(self, epoch_s: int = 0):
        """Yield (kind, code, args, first_s, last_s, times), the latest entry first.

        `epoch_s` is added to the times.
        """
        numbers, texts = self._numbers, self._texts
        for back in range(1, self._capacity + 1):
            slot = (self._next - back) % self._capacity
            code = texts[2 * slot]
            if code is None:
                return
            first_s = numbers[4 * slot + 1] + epoch_s
            last_s = numbers[4 * slot + 2] + epoch_s
            yield (
                numbers[4 * slot],
                code,
                texts[2 * slot + 1],
                first_s,
                last_s,
                numbers[4 * slot + 3],
            )


class Alarms:
    """The alarms that stand now, by code and subject; raising and clearing them are events."""

    def __init__(self, ring: Ring, capacity: int = 24):
        """Keep at most `capacity` alarms; one more is only an event and counts as dropped."""
        self.dropped = 0
        self._ring = ring
        self._capacity = capacity
        self._active: list = []  # [code, args, since_s], the longest standing first

    def _find(self, code: str, subject) -> int:
        """Index of the alarm, -1 when it does not stand."""
        for i in range(len(self._active)):
            alarm = self._active[i]
            if alarm[0] == code and subject_of(alarm[1]) == subject:
                return i
        return -1

    def raise_alarm(self, now_s: int, code: str, args: tuple = ()) -> bool:
        """Let the alarm stand, with the newest `args`; True when it did not stand already."""
        args = kept(args)
        i = self._find(code, subject_of(args))
        if i >= 0:
            self._active[i][1] = args
            return False
        if len(self._active) < self._capacity:
            self._active.append([code, args, now_s])
        else:
            self.dropped += 1
        self._ring.add(now_s, RAISED, code, args)
        return True

    def clear(self, now_s: int, code: str, subject: "str | None" = None) -> bool:
        """End the alarm; True when it stood. The event ends with how long it stood [s]."""
        i = self._find(code, subject)
        if i < 0:
            return False
        _, args, since_s = self._active.pop(i)
        self._ring.add(now_s, CLEARED, code, args[: _ARGS - 1] + (now_s - since_s,))
        return True

    def is_active(self, code: str, subject: "str | None" = None) -> bool:
        """Whether the alarm stands."""
        return self._find(code, subject) >= 0

    def active(self, epoch_s: int = 0) -> list:
        """(code, args, since_s) of every alarm that stands, the longest standing first.

        `epoch_s` is added to the times.
        """
        found = []
        for code, args, since_s in self._active:
            found.append((code, args, since_s + epoch_s))
        return found
