"""Peak shaving: spend from the battery just what keeps the quarter's average under the limit.

A short excursion costs nothing if the quarter still ends under the limit, so the battery waits as
long as it could still save the quarter at nearly full power, and then gives what is missing, no
more. The higher the house already draws, the earlier it starts: one more appliance must not find
it too late.
"""

from micropython import const

_REACTION_S = const(4)  # seconds that a command needs to be felt at the meter
_START_NUM = const(9)  # start when 9/10 of what the battery could still do is needed
_START_DEN = const(10)
_HORIZON = const(4)  # the forecast averages the demand over a quarter of the time left
_LONGEST_S = const(30)
_SURPRISE_W = const(3000)  # one more appliance: a plate and a kettle, an oven
_SURPRISE_S = const(150)


class Shaver:
    """Forecast of the quarter and the discharge that it asks for."""

    def __init__(self):
        """Start with no demand seen and no discharge under way."""
        self.active = False
        self.forecast_w = 0
        self._expected = None  # demand [W] times 16

    def update(self, demand_w: int, quarter, limit_w: int, max_discharge_w: int) -> int:
        """Return the discharge [W, >= 0] wanted now for the `quarter.Quarter` under way."""
        left_s = quarter.left_s
        expected_w = self._expect(demand_w, left_s)
        missing_ws = expected_w * left_s - quarter.left_ws(limit_w)
        self.forecast_w = limit_w + missing_ws // 900
        if missing_ws <= 0:
            self.active = False
            return 0
        useful_s = max(left_s - _REACTION_S, 1)
        possible_ws = min(max_discharge_w, expected_w) * useful_s
        beyond_w = max(expected_w + _SURPRISE_W - limit_w - max_discharge_w, 0)
        needed_ws = missing_ws + beyond_w * min(useful_s, _SURPRISE_S)
        if not self.active and needed_ws * _START_DEN < possible_ws * _START_NUM:
            return 0
        self.active = True
        return min(missing_ws // useful_s + 1, max(demand_w, 0))

    def _expect(self, demand_w: int, left_s: int) -> int:
        """The demand [W] to reckon with until the quarter's end: a mean that forgets quickly."""
        scaled = max(demand_w, 0) << 4
        if self._expected is None:
            self._expected = scaled
        span_s = max(min(left_s // _HORIZON, _LONGEST_S), 1)
        self._expected += (scaled - self._expected) // span_s
        return self._expected >> 4
