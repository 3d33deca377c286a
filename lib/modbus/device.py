"""What a bus knows of one device: how long it takes to answer, and whether it answers at all."""

import ticks
from micropython import const

_ANSWER_MOST_MS = const(1000)
_TRIES = const(3)  # time-outs in a row after which a device is asked less often
_BACKOFF_MS = const(1000)  # first pause; doubled by each further time-out
_BACKOFF_MOST_MS = const(8000)
_LEAST_TIMEOUT_MS = const(300)  # given to a device that has been silent for long


class Device:
    """Learnt answer time and silence of one unit."""

    def __init__(self):
        """Nothing is known yet."""
        self.answer_ms = 0  # end of the request to begin of the answer: recent longest
        self.least_ms = 0  # ... and recent shortest
        self.limit_ms = 0  # longest wait for an answer; 0: as usual
        self.gap_ms = 0  # silence that it wants between two requests to it
        self.ended_ms = None  # end of the last exchange with it
        self._silences = 0  # requests in a row that not one byte answered
        self._asked_at_ms = 0
        self._pause_ms = 0

    def answered(self, answer_ms: int):
        """Note a valid answer (an exception is one) that began `answer_ms` after the request."""
        is_first = not self.answer_ms
        self._silences = 0
        self._pause_ms = 0
        if answer_ms > _ANSWER_MOST_MS:  # we were late to look: that tells nothing of the device
            return
        if answer_ms > self.answer_ms:
            self.answer_ms = answer_ms
        else:
            self.answer_ms -= (self.answer_ms - answer_ms) // 8
        if is_first or answer_ms < self.least_ms:
            self.least_ms = answer_ms
        else:
            self.least_ms += (answer_ms - self.least_ms) // 8

    def missed(self, now_ms: int, is_silent: bool):
        """Note a request without a valid answer; `is_silent`: not one byte came."""
        self._silences = self._silences + 1 if is_silent else 0
        self._asked_at_ms = now_ms
        if self._silences >= _TRIES:
            self._pause_ms = min(2 * self._pause_ms or _BACKOFF_MS, _BACKOFF_MOST_MS)

    def is_resting(self, now_ms: int) -> bool:
        """Whether a poll should leave the device alone for now, for it did not answer."""
        if self._pause_ms and ticks.diff(now_ms, self._asked_at_ms) >= self._pause_ms:
            return False
        return self._pause_ms > 0

    def is_silent(self) -> bool:
        """Whether the device has stopped answering: it is given one short try at a time."""
        return self._pause_ms > 0

    def gap_wait_ms(self, now_ms: int) -> int:
        """How long it must still be left alone after the last exchange with it."""
        if self.ended_ms is None:
            return 0
        left_ms = self.gap_ms - ticks.diff(now_ms, self.ended_ms)
        if left_ms <= 0:
            self.ended_ms = None  # an old stamp would look new again after the ticks wrap
            return 0
        return left_ms

    def timeout_ms(self, usual_ms: int) -> int:
        """How long to wait for an answer, `usual_ms` while the device answers."""
        if self.limit_ms:
            return self.limit_ms
        if not self._pause_ms:
            return usual_ms
        return min(usual_ms, max(_LEAST_TIMEOUT_MS, 4 * self.answer_ms))
