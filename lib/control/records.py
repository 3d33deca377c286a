"""What goes into the energy control, what it remembers, and what comes out.

All are reused: the governor fills one `Inputs`, `controller.decide` changes one `Memory` and fills
one `Decision`. None means unknown, never 0.
"""


class Inputs:
    """One look at the house, taken when a telegram arrived or a second passed without one.

    Powers in W, energies in Wh, times in s (Unix, UTC) or ms (ticks).
    """

    def __init__(self):
        """Everything unknown; control is off."""
        self.now_ms = 0
        self.unix_s = None
        self.fresh = False  # a telegram that no decision has seen yet
        self.grid_w = None
        self.import_w = 0  # counts in the capacity tariff; export does not
        self.import_wh = None
        self.quarter_average_w = None  # P1 1.4.0: energy since the quarter began / 900 s
        self.month_peak_w = None  # P1 1.6.0
        self.month_peak_at_s = None
        self.battery_w = None
        self.soc_pct = None
        self.max_charge_w = 0
        self.max_discharge_w = 0
        self.fault = None  # name of a safe state that the governor found, or None


class Settings:
    """The control's share of the settings; `lib/settings/declaration.py` holds their meaning."""

    def __init__(self):
        """Start from the declared defaults."""
        self.enabled = True
        self.desired_peak_w = 2500
        self.min_soc_pct = 25
        self.peak_buffer_pct = 30
        self.deadband_w = 20
        self.month_guard = True


class Decision:
    """One set-point and the numbers that explain it.

    `regime` and `reason` are codes; the sentences to them are in `web/texts/`.
    """

    def __init__(self):
        """No set-point but zero, for the reason that nothing is known yet."""
        self.setpoint_w = 0
        self.regime = "safe"
        self.reason = "starting"
        self.demand_w = None  # what house minus sun takes, battery left out
        self.limit_w = None  # the actual peak that this quarter is held under
        self.clock_known = False
        self.quarter_whole = False  # whether all of the quarter so far is known
        self.quarter_left_s = None
        self.quarter_left_wh = None  # what may still be imported before the limit
        self.quarter_forecast_w = None  # the quarter's average if nothing changes
        self.buffer_top_pct = None  # SoC above which the battery balances
        self.guarded = False  # the month-start guard widens the buffer
