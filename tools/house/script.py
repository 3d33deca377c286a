"""Things that happen to a house at a given time: faults, plugs, overrides, by name.

An event reads NAME[=VALUE]@WHEN[+SECONDS]: WHEN is HH:MM[:SS] on the house's clock or +SECONDS
after the start; without a length it lasts. Example: `p1.stop@18:05+30`, `inverter.slow=2@+60+10`.
"""

import datetime

from tools.house import p1_faults, rtu_port
from tools.house.meter import local_time

_VALUES = ("soc", "month_peak", "load", "pv", "inverter.mode")
_PLUGS = {"p1.unplug": "p1", "inverter.unplug": "rs485"}

#: Every name an event may have, with what it does.
NAMES = {
    **{f"p1.{name}": text for name, text in p1_faults.FAULTS.items()},
    **{f"inverter.{name}": text for name, text in rtu_port.FAULTS.items()},
    "p1.unplug": "the P1 cable is out",
    "inverter.unplug": "the RS485 cable is out",
    "inverter.mode": "somebody chooses storage mode =VALUE on the display",
    "inverter.power_cycle": "the inverter loses power for the length given, 20 s by default",
    "soc": "the battery is at =VALUE %",
    "month_peak": "the month peak is =VALUE W",
    "load": "the load is =VALUE W instead of the scene's",
    "pv": "the sun gives =VALUE W instead of the scene's",
}


class Event:
    """One thing that happens, and when it ends if it does."""

    def __init__(self, text: str):
        """Read the text of an event. Raises ValueError that says what is wrong."""
        order, at, when = text.partition("@")
        self.name, equals, value = order.partition("=")
        if not at or self.name not in NAMES:
            raise ValueError(f"event {text!r}: NAME[=VALUE]@WHEN[+SECONDS]; names: {_names()}")
        try:
            self.value = float(value) if equals else None
            self.after_s, self.clock, self.length_s = _when(when)
        except ValueError as error:
            raise ValueError(f"event {text!r}: {error}") from None
        if self.name in _VALUES and self.value is None:
            raise ValueError(f"event {text!r}: {self.name} needs =VALUE")

    def begins_s(self, start_s: float) -> float:
        """When it happens in a house that starts at `start_s` [Unix s]."""
        if self.clock is None:
            return start_s + self.after_s
        start = local_time(start_s)
        at = datetime.datetime.combine(start.date(), self.clock, start.tzinfo)
        if at < start:
            at += datetime.timedelta(days=1)
        return at.timestamp()

    def begin(self, house) -> None:
        """Let it happen."""
        place, _, fault = self.name.partition(".")
        if self.name in _PLUGS:
            getattr(house, _PLUGS[self.name]).unplug()
        elif self.name == "inverter.mode":
            house.inverter.set_mode(int(self.value))
        elif self.name == "inverter.power_cycle":
            house.inverter.power_cycle(off_s=self.length_s or 20.0)
        elif place == "p1":
            house.p1_faults.order(fault)
        elif place == "inverter":
            house.port.order(fault, code=int(self.value or 4), delay_s=self.value or 1.5)
        else:
            self._override(house, self.value)

    def end(self, house) -> None:
        """Let it be over; what cannot be undone stays."""
        place = self.name.partition(".")[0]
        if self.name in _PLUGS:
            getattr(house, _PLUGS[self.name]).plug()
        elif self.name in ("load", "pv"):
            self._override(house, None)
        elif place == "p1":
            house.p1_faults.order(None)
        elif place == "inverter":
            house.port.order(None)

    def _override(self, house, value: float | None) -> None:
        if self.name == "soc":
            house.set_soc(value)
        elif self.name == "month_peak":
            house.set_month_peak(int(value))
        elif self.name == "load":
            house.load_override_w = value
        else:
            house.pv_override_w = value


class Script:
    """Events in order of time."""

    def __init__(self, texts: list, start_s: float):
        """Read the events of a house that starts at `start_s` [Unix s]. Raises ValueError."""
        events = [Event(text) for text in texts]
        self._waiting = [(event.begins_s(start_s), event.begin) for event in events]
        for event in events:
            if event.length_s is not None:
                self._waiting.append((event.begins_s(start_s) + event.length_s, event.end))
        self._waiting.sort(key=lambda step: step[0])

    def second(self, house) -> None:
        """Do what is due; call it once a second."""
        now_s = house.meter.unix_s
        while self._waiting and self._waiting[0][0] <= now_s:
            self._waiting.pop(0)[1](house)


def _names() -> str:
    return ", ".join(NAMES)


def _when(text: str) -> tuple[float | None, datetime.time | None, float | None]:
    """Seconds after the start or time of day, and how long: (after_s, clock, length_s)."""
    if text.startswith("+"):
        after, plus, length = text[1:].partition("+")
        return float(after), None, float(length) if plus else None
    clock, plus, length = text.partition("+")
    return None, datetime.time.fromisoformat(clock), float(length) if plus else None
