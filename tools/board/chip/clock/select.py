"""Stand-in for `select`: waits shorter in a faster world, and tells how long the loop was held.

asyncio polls before every step of a task; the time between the return of one poll and the start
of the next is what that step took. Every step longer than `hold_us` is told with its processor
time, which tells a busy host from a busy board.
"""

import _world

_real = _world.real_select
_time = _world.real_time
POLLIN, POLLOUT, POLLERR, POLLHUP = _real.POLLIN, _real.POLLOUT, _real.POLLERR, _real.POLLHUP

_NAP_US = 200  # grain of a wait that is too short for the system's milliseconds
_given = _world.given()
_speed = _given["speed"]
_hold_us = _given["hold_us"]
_given = None


class poll:  # noqa: N801 - MicroPython's own name
    """As `select.poll`, for `ipoll` with a timeout, which is all that asyncio uses."""

    def __init__(self):
        """Wrap a real one."""
        self._poll = _real.poll()
        self.register = self._poll.register
        self.unregister = self._poll.unregister
        self.modify = self._poll.modify
        self.poll = self._poll.poll
        self._back_us = _time.ticks_us()
        self._back_cpu = _time.clock()

    def ipoll(self, timeout=-1, flags=0):
        """Wait up to `timeout` ms of the board's own time for any stream."""
        if _hold_us:
            self._judge()
        if timeout <= 0 or _speed == 1:
            found = self._poll.ipoll(timeout)
        else:
            found = self._wait(timeout * 1000 // _speed)
        if _hold_us:
            self._back_us = _time.ticks_us()
            self._back_cpu = _time.clock()
        return found

    def _wait(self, left_us):
        end_us = _time.ticks_us() + left_us
        while left_us > 2000:
            # One millisecond less, for the system may come back late but not early
            ready = self._poll.poll(left_us // 1000 - 1)
            if ready:
                return ready
            left_us = end_us - _time.ticks_us()
        while left_us > 0:
            ready = self._poll.poll(0)
            if ready:
                return ready
            _time.sleep_us(min(left_us, _NAP_US))
            left_us = end_us - _time.ticks_us()
        return self._poll.ipoll(0)

    def _judge(self):
        """Tell a step that took too long; the processor's time is read only for that."""
        now_us = _time.ticks_us()
        held_us = now_us - self._back_us
        if held_us >= _hold_us:
            cpu_us = int((_time.clock() - self._back_cpu) * 1000000)
            at_ms = (now_us - _world.origin_us) // 1000
            _world.tell(f"hold {at_ms} {held_us} {cpu_us}\n")
