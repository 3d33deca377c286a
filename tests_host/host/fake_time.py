"""An event loop whose clock jumps: nothing waits, and a day of sleeping passes in a moment."""

import asyncio
import selectors


class _Jumping(selectors.SelectSelector):
    """Instead of waiting, moves the clock to the moment at which the wait would end."""

    def __init__(self):
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout=None):
        assert timeout is not None, "everything waits for something that never comes"
        self.now_s += max(0, timeout)
        return super().select(0)


class FakeTime:
    """Runs coroutines on such a loop; `ms` and `ticks_ms()` tell its time."""

    def __init__(self, start_ms: int = 0):
        """`start_ms` is where the ticks begin; they wrap as on the board."""
        self._start_ms = start_ms
        self._selector = _Jumping()

    @property
    def ms(self) -> int:
        """Milliseconds since the start."""
        return round(self._selector.now_s * 1000)

    def jump(self, seconds: int):
        """Let time pass while nothing runs, as when something holds the loop."""
        self._selector.now_s += seconds

    def ticks_ms(self) -> int:
        """What the board's clock shows."""
        return (self._start_ms + self.ms) % (1 << 30)

    def run(self, coroutine):
        """Run to the end, cancel what else still runs, and return the result."""
        loop = asyncio.SelectorEventLoop(self._selector)
        loop.time = lambda: self._selector.now_s
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(coroutine)
