"""A decoded telegram as a record for JSON. What is absent in the telegram is None, never 0."""

from datetime import UTC, datetime

from civil import belgian_offset_s

from p1.reading import Reading
from p1.times import iso

# Why a telegram is not ok.
CRC = "crc"
TRUNCATED = "truncated"
TOO_LONG = "too_long"
NO_CRC = "no_crc"
DUPLICATE = "duplicate"
EMPTY = "empty"
ENCRYPTED = "encrypted"
KEY = "key"
#: What each means.
ERRORS = {
    CRC: "the CRC differs: bytes were damaged on the way",
    TRUNCATED: "the end of the telegram is missing",
    TOO_LONG: "longer than any meter sends",
    NO_CRC: "a CRC is missing that this kind of meter prints",
    DUPLICATE: "an object stands in it twice: two telegrams were merged",
    EMPTY: "not one known object stands in it",
    ENCRYPTED: "the meter encrypts, and no key was given",
    KEY: "the key does not open it, or bytes were damaged",
}

_SUMMER_S = 7200
_WINTER_S = 3600
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


def accepted(reading: Reading, text: bytes | bytearray) -> dict:
    """The record of a reading of the telegram `text`, in the units that its names say."""
    record: dict = {"ok": True, "error": None}
    for name in _PLAIN:
        record[name] = getattr(reading, name, None)
    if reading.time_s is not None:
        record["timestamp"] = iso(reading.time_s, reading.utc_offset_s)
    for phase in ("l1", "l2", "l3"):
        record[f"{phase}_v"] = _parts(getattr(reading, f"{phase}_dv"), 10)
        record[f"{phase}_a"] = _parts(getattr(reading, f"{phase}_ca"), 100)
    record["month_peak_at"] = _local(reading.month_peak_at_s, text)
    if reading.peak_history is not None:
        record["peak_history"] = [[_local(at_s, text), w] for _, at_s, w in reading.peak_history]
    record["gas_m3"] = _parts(reading.gas_l, 1000)
    record["gas_at"] = _local(reading.gas_at_s, text)
    record["water_m3"] = _parts(reading.water_l, 1000)
    record["heat_gj"] = _parts(reading.heat_mj, 1000)
    return record


def _parts(value, parts):
    return None if value is None else value / parts


def _local(unix_s, text):
    """ISO 8601 with the offset that the meter's letter says; without a letter that of the season.

    Belgian, Dutch and Luxembourg time are the same.
    """
    if unix_s is None:
        return None
    offset_s = belgian_offset_s(unix_s)
    other_s = _SUMMER_S + _WINTER_S - offset_s
    if _stamp(unix_s, offset_s) not in text and _stamp(unix_s, other_s) in text:
        offset_s = other_s
    return iso(unix_s, offset_s)


def _stamp(unix_s, offset_s):
    """How a meter writes that time."""
    local = datetime.fromtimestamp(unix_s + offset_s, UTC)
    return (local.strftime("%y%m%d%H%M%S") + ("S" if offset_s == _SUMMER_S else "W")).encode()
