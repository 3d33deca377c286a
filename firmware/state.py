"""Where the tasks meet: what is known of the house, newest value first.

Data flows one way: meter -> control -> inverter. Pages and services read here; what they want
changed goes through the settings.
"""

from latest import Latest

from control.records import Decision


class Setpoint:
    """A battery power to be held, and for how long it is worth anything."""

    def __init__(self):
        """Zero, decided never."""
        self.value_w = 0  # discharge +
        self.reason = "starting"
        self.valid_ms = 0  # from the tick at which it was put into its slot
        self.telegram_ms = None  # tick of the telegram that it follows from, None = no telegram


class State:
    """The slots of one board, and what its tasks count and report."""

    def __init__(self, journal):
        """Nothing is known; events and alarms go to `journal` (firmware/journal)."""
        self.journal = journal
        self.counters = {}
        self.meter = Latest()  # p1.reading.Reading of the newest good telegram
        self.inverter = Latest()  # inverter.record.InverterState, put after every change
        self.setpoint = Latest()  # Setpoint
        self.decision = Decision()  # the control's last, with its numbers
        self.trial = None  # what firmware/commission has found, or is at
        self.latency_ms = None  # telegram's last byte to the first byte of the set-point's write

    def count(self, name: str, times: int = 1):
        """Count something that went wrong or is worth knowing; names are few and fixed."""
        self.counters[name] = self.counters.get(name, 0) + times
