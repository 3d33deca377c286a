"""Tells a load that pulses (washing drum, simmering hob) from one that came to stay.

Following a pulse costs what the inverter's lag lets through at both of its edges; holding still
costs the shorter of its two phases. So where that phase is short, the battery had better hold the
median of the last minute, and it wears less. The median, not the mean: of all constants it
exchanges least.
"""

from array import array

from micropython import const

_WINDOW = const(61)  # seconds remembered; odd, so that one of them is the median
_MEDIAN = const(30)
_LOW = const(6)  # a tenth of the window: the quiet level of a pulse with a short on-time
_HIGH = const(54)
_LEAST_W = const(100)  # smaller ripple is not worth a judgement
_SHORT_S = const(8)  # longest short phase that it still pays to sit out: 1.5 times twice the lag
_PERIOD_S = const(40)
_EDGES = const(4)  # two whole pulses make a pattern


class Pulses:
    """Running median of the demand and whether it pulses, one value [W] a second."""

    def __init__(self):
        """Start with an empty window."""
        self.pulsing = False
        self._ring = array("i", bytes(4 * _WINDOW))
        self._sorted = array("i", bytes(4 * _WINDOW))
        self._next = 0
        self._filled = False
        self._high = False
        self._phase_s = 0
        self._edges = 0
        self._high_s = 0
        self._low_s = 0

    def median_w(self) -> int:
        """Median demand [W] of the last minute."""
        return self._sorted[_MEDIAN]

    def update(self, demand_w: int):
        """Take in the demand of one second."""
        if not self._filled:
            self._fill(demand_w)
        self._replace(self._ring[self._next], demand_w)
        self._ring[self._next] = demand_w
        self._next = (self._next + 1) % _WINDOW
        low_w, high_w = self._sorted[_LOW], self._sorted[_HIGH]
        if high_w - low_w < _LEAST_W:
            self._forget()
            return
        self._follow_edges(demand_w > (low_w + high_w) // 2)

    def _follow_edges(self, high: bool):
        self._phase_s += 1
        if high != self._high:
            if self._high:
                self._high_s = self._phase_s
            else:
                self._low_s = self._phase_s
            self._high = high
            self._phase_s = 0
            self._edges = min(self._edges + 1, _EDGES)
        usual_s = self._high_s if high else self._low_s
        if self._edges >= 2 and self._phase_s > 2 * usual_s + 2:
            self._forget()
        self.pulsing = (
            self._edges >= _EDGES
            and min(self._high_s, self._low_s) <= _SHORT_S
            and self._high_s + self._low_s <= _PERIOD_S
        )

    def _forget(self):
        self._edges = 0
        self.pulsing = False

    def _fill(self, demand_w: int):
        for i in range(_WINDOW):
            self._ring[i] = self._sorted[i] = demand_w
        self._filled = True

    def _replace(self, old_w: int, new_w: int):
        """Keep the sorted window sorted: the gap of `old_w` moves to where `new_w` belongs."""
        window = self._sorted
        at = _position(window, old_w)
        while at + 1 < _WINDOW and window[at + 1] < new_w:
            window[at] = window[at + 1]
            at += 1
        while at > 0 and window[at - 1] > new_w:
            window[at] = window[at - 1]
            at -= 1
        window[at] = new_w


def _position(window, value: int) -> int:
    """Index of `value` in the sorted `window` that holds it."""
    low, high = 0, _WINDOW - 1
    while low < high:
        middle = (low + high) >> 1
        if window[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
