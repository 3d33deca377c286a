"""What the house would draw without its battery, and which of it the battery should serve."""

from control.pulses import Pulses


class Demand:
    """The house's net demand (load minus sun) [W], import and discharge positive.

    `now_w` is the last second's demand. `follow_w` is what the battery should deliver: in general
    the demand plus half of what still comes from the grid, because the inverter lags and an equal
    push would arrive too late; while the load pulses it is the median of the last minute. Gain
    1/2: measured on plants with 0.3 to 3 s of lag and up to 2 s of dead time, it takes a tenth to
    a fifth off the exchange on each and overshoots on none by more than it saves.
    """

    def __init__(self):
        """Start with no demand seen."""
        self.now_w = 0
        self.follow_w = 0
        self._pulses = Pulses()

    @property
    def damped(self) -> bool:
        """Whether the battery sits out a pulsing load."""
        return self._pulses.pulsing

    def update(self, grid_w: int, battery_w: int):
        """Take in one second: grid exchange and battery power of the same moment."""
        self.now_w = grid_w + battery_w
        self._pulses.update(self.now_w)
        if self._pulses.pulsing:
            self.follow_w = self._pulses.median_w()
        else:
            self.follow_w = self.now_w + grid_w // 2
