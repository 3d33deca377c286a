"""What was read, in words: values with their units, texts of the page, frames to be written."""

import json

from tools.modbus import ROOT

#: End of a field's name: how many decimals its number has, and the unit.
_UNITS = (
    ("_wh", 3, "kWh"),
    ("_w", 0, "W"),
    ("_dv", 1, "V"),
    ("_ca", 2, "A"),
    ("_mhz", 3, "Hz"),
    ("_pct", 0, "%"),
    ("_c", 0, "°C"),
    ("_s", 0, "s"),
)
#: Fields on which a doubt of lib/inverter/doubts_<family> casts a shadow.
DOUBTS = {
    "doubt_power": ("battery_w", "battery_dv", "battery_ca"),
    "doubt_total": ("battery_w",),
    "doubt_no_battery": ("battery_w", "battery_dv", "battery_ca", "soc_pct"),
    "doubt_limits": (
        "charge_limit_ca",
        "discharge_limit_ca",
        "charge_limit_w",
        "discharge_limit_w",
        "battery_max_charge_w",
        "battery_max_discharge_w",
    ),
}
#: Codes of the doubts that are none.
HARMLESS = ("doubt_protocol", "model_agrees")


def value(field: str, number) -> str:
    """`number` of the record's `field` with its unit."""
    if number is None:
        return "unknown"
    if isinstance(number, tuple):
        return ", ".join(map(str, number)) or "none"
    for end, decimals, unit in _UNITS:
        if field.endswith(end):
            return f"{number / 10**decimals:.{decimals}f} {unit}"
    return str(number)


def doubt(code: str, read, expected) -> str:
    """The page's sentence for what a family's doubts have found."""
    texts = json.loads((ROOT / "web" / "texts" / "en.json").read_text(encoding="utf-8"))
    return texts["trial"].get(code, code).format(read, expected)


def span(block) -> str:
    """The registers of a block."""
    return f"0x{block.address:04X}..0x{block.address + block.count - 1:04X}"


def write(function: int, address: int, words) -> str:
    """A write as it goes on the wire."""
    text = " ".join(f"{word:04X}" for word in words)
    return f"  function 0x{function:02X}, register 0x{address:04X} ({address}): {text}"
