"""The sentences to the board's codes, from the same files that the page uses (`web/texts/`)."""

import json
import os
import re
from pathlib import Path

_TEXTS = Path(__file__).resolve().parent.parent.parent / "web" / "texts"
LANGUAGES = ("nl", "fr", "en")


def language() -> str:
    """The language of this terminal, as far as there are texts in it."""
    wanted = os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return wanted[:2] if wanted[:2] in LANGUAGES else "en"


class Sentences:
    """All texts of one language."""

    def __init__(self, code: str):
        """Read the texts of language `code`."""
        self.texts = json.loads((_TEXTS / f"{code}.json").read_text())

    def __getitem__(self, name: str) -> str:
        """The plain text called `name`."""
        return self.texts[name]

    def regime(self, control: dict) -> str:
        """Name of the regime in force."""
        return self.texts["regime"].get(control["regime"], control["regime"])

    def why(self, control: dict) -> str:
        """Why the set-point is what it is, in one sentence."""
        reason = control["reason"]
        text = self.texts["reason"].get(reason) or self.texts["alarm"].get(reason, reason)
        values = {name: watt(control[name]) for name in ("demand_w", "limit_w")}
        values["surplus_w"] = watt(max(0, -(control["demand_w"] or 0)))
        values["desired_w"] = watt(control["desired_peak_w"])
        values["buffer_pct"] = control["buffer_top_pct"]
        return fill(text, values)

    def alarm(self, code: str, args) -> str:
        """What an alarm means and what to do."""
        return fill(self.texts["alarm"].get(code, code), args)

    def event(self, kind: int, code: str, args) -> str:
        """What happened; kind 0 is a note, 1 an alarm that came, 2 one that went."""
        tables = (self.texts["event"], self.texts["alarm"])
        text = next((table[code] for table in tables if code in table), code)
        return ("", self.texts["raised"], self.texts["cleared"])[kind] + fill(text, args)


def fill(text: str, values) -> str:
    """Put `values` (by name, or by position) into the {places} of `text`."""

    def value(match):
        key = match[1]
        try:
            return str(values[int(key)] if key.isdigit() else values[key])
        except (KeyError, IndexError):
            return "?"

    return re.sub(r"\{(\w+)\}", value, text)


def watt(power_w) -> str:
    """A power for people."""
    if power_w is None:
        return "–"
    return f"{power_w} W" if abs(power_w) < 1000 else f"{power_w / 1000:.2f} kW"
