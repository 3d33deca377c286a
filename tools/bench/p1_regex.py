"""How readers of P1 commonly decode: one regular expression an object, over the telegram as text.

Runs under MicroPython and CPython. The patterns are compiled once; the CRC uses the same table as
ours. Only `tools/bench` uses it.
"""

import re

from crc16 import crc16_arc

_POWER = r"\((\d+\.\d+)\*kW\)"
_ENERGY = r"\((\d+\.\d+)\*kWh\)"
_SOURCES = (
    ("dsmr_version", r"0-0:96\.1\.4\(([^)]*)\)"),
    ("meter_id", r"0-0:96\.1\.1\(([^)]*)\)"),
    ("time", r"0-0:1\.0\.0\((\d+)([SW])\)"),
    ("tariff", r"0-0:96\.14\.0\((\d+)\)"),
    ("breaker", r"0-0:96\.3\.10\((\d)\)"),
    ("message", r"0-0:96\.13\.0\(([^)]*)\)"),
    ("month_peak", r"1-0:1\.6\.0\((\d+)[SW]\)\((\d+\.\d+)\*kW\)"),
    ("limiter", r"0-0:17\.0\.0" + _POWER),
    ("fuse", r"1-0:31\.4\.0\((\d+)\*A\)"),
    ("gas", r"0-\d:24\.2\.3\((\d+)[SW]\)\((\d+\.\d+)\*m3\)"),
    ("water", r"0-\d:24\.2\.1\((\d+)[SW]\)\((\d+\.\d+)\*m3\)"),
)
_NUMBERS = (
    ("import_t1", r"1-0:1\.8\.1" + _ENERGY),
    ("import_t2", r"1-0:1\.8\.2" + _ENERGY),
    ("export_t1", r"1-0:2\.8\.1" + _ENERGY),
    ("export_t2", r"1-0:2\.8\.2" + _ENERGY),
    ("quarter_average", r"1-0:1\.4\.0" + _POWER),
    ("import", r"1-0:1\.7\.0" + _POWER),
    ("export", r"1-0:2\.7\.0" + _POWER),
    ("l1_import", r"1-0:21\.7\.0" + _POWER),
    ("l2_import", r"1-0:41\.7\.0" + _POWER),
    ("l3_import", r"1-0:61\.7\.0" + _POWER),
    ("l1_export", r"1-0:22\.7\.0" + _POWER),
    ("l2_export", r"1-0:42\.7\.0" + _POWER),
    ("l3_export", r"1-0:62\.7\.0" + _POWER),
    ("l1_v", r"1-0:32\.7\.0\((\d+\.\d+)\*V\)"),
    ("l2_v", r"1-0:52\.7\.0\((\d+\.\d+)\*V\)"),
    ("l3_v", r"1-0:72\.7\.0\((\d+\.\d+)\*V\)"),
    ("l1_a", r"1-0:31\.7\.0\((\d+\.\d+)\*A\)"),
    ("l2_a", r"1-0:51\.7\.0\((\d+\.\d+)\*A\)"),
    ("l3_a", r"1-0:71\.7\.0\((\d+\.\d+)\*A\)"),
)
_TEXTS = [(name, re.compile(source)) for name, source in _SOURCES]
_FLOATS = [(name, re.compile(source)) for name, source in _NUMBERS]
_HISTORY = re.compile(r"0-0:98\.1\.0\(\d+\)([^\r]*)")


def decode(raw):
    """Values of the telegram in the bytes `raw`, None when its CRC is wrong."""
    end = raw.rfind(b"!") + 1
    if crc16_arc(raw, end) != int(raw[end : end + 4], 16):
        return None
    text = str(raw[:end], "utf-8")
    values = {}
    for name, pattern in _FLOATS:
        match = pattern.search(text)
        values[name] = float(match.group(1)) if match else None
    for name, pattern in _TEXTS:
        match = pattern.search(text)
        values[name] = match.group(1) if match else None
        if match and name in ("gas", "water", "month_peak"):
            values[name] = float(match.group(2))
    match = _HISTORY.search(text)
    if match:
        groups = match.group(1).split("(")[3:]
        values["history"] = [groups[i : i + 3] for i in range(0, len(groups), 3)]
    return values
