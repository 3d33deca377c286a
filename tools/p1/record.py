"""A decoded telegram as a record for JSON. What is absent in the telegram is None, never 0."""

from civil import belgian_offset_s

from p1.reading import Reading
from p1.times import iso

# Why a telegram is not ok.
CRC = "crc"  # the CRC differs
TRUNCATED = "truncated"  # it has no end
TOO_LONG = "too_long"  # longer than any meter sends
NO_CRC = "no_crc"  # a CRC is missing that this kind of meter prints
DUPLICATE = "duplicate"  # an object stands in it twice: two telegrams that were merged
EMPTY = "empty"  # not one known object
ENCRYPTED = "encrypted"  # no key was given
KEY = "key"  # the key does not open it, or bytes were damaged
ERRORS = (CRC, TRUNCATED, TOO_LONG, NO_CRC, DUPLICATE, EMPTY, ENCRYPTED, KEY)

_PLAIN = (
    "meter_id",
    "dsmr_version",
    "timestamp",
    "tariff",
    "import_w",
    "export_w",
    "import_t1_wh",
    "import_t2_wh",
    "export_t1_wh",
    "export_t2_wh",
    "l1_import_w",
    "l2_import_w",
    "l3_import_w",
    "l1_export_w",
    "l2_export_w",
    "l3_export_w",
    "l1_v",
    "l2_v",
    "l3_v",
    "l1_a",
    "l2_a",
    "l3_a",
    "quarter_average_w",
    "month_peak_w",
    "month_peak_at",
    "peak_history",
    "gas_m3",
    "gas_at",
    "water_m3",
    "heat_gj",
    "breaker",
    "limiter_w",
    "message",
)


def refused(error: str) -> dict:
    """The record of a telegram that is not ok: nothing of its text can be relied on."""
    return {"ok": False, "error": error} | dict.fromkeys(_PLAIN)


def accepted(reading: Reading) -> dict:
    """The record of a reading, in the units that its names say."""
    record: dict = {"ok": True, "error": None}
    for name in _PLAIN:
        record[name] = getattr(reading, name, None)
    if reading.time_s is not None:
        record["timestamp"] = iso(reading.time_s, reading.utc_offset_s)
    for phase in ("l1", "l2", "l3"):
        record[f"{phase}_v"] = _parts(getattr(reading, f"{phase}_dv"), 10)
        record[f"{phase}_a"] = _parts(getattr(reading, f"{phase}_ca"), 100)
    record["month_peak_at"] = _local(reading.month_peak_at_s)
    if reading.peak_history is not None:
        record["peak_history"] = [[_local(at_s), w] for _, at_s, w in reading.peak_history]
    record["gas_m3"] = _parts(reading.gas_l, 1000)
    record["gas_at"] = _local(reading.gas_at_s)
    record["water_m3"] = _parts(reading.water_l, 1000)
    record["heat_gj"] = _parts(reading.heat_mj, 1000)
    return record


def _parts(value, parts):
    return None if value is None else value / parts


def _local(unix_s):
    """ISO 8601 in Belgian, Dutch or Luxembourg time, which are the same."""
    return None if unix_s is None else iso(unix_s, belgian_offset_s(unix_s))
