"""The records of `tools.p1` for every file of the vectors, against the manifest's values."""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tools.mpytest import ROOT
from tools.p1.telegrams import of_file

sys.path.append(str(ROOT / "tests_host" / "lib"))

import p1_mutations
from p1_rig import manifest, telegram, vector

_KEY = bytes.fromhex("D491470F47126332B07D1923B3504188")
_ROWS = {name: rest for name, *rest in manifest()}
# DSMR 2.2 and 3.0 print no CRC.
_OLD = ("nl_dsmr22", "nl_oh_landis", "nl_rob_v3")
_BELGIUM = ZoneInfo("Europe/Brussels")


def _iso(stamp):
    """ISO 8601 of a time as meters print it; None where it is impossible or was never set."""
    try:
        moment = datetime.strptime("20" + stamp[:12], "%Y%m%d%H%M%S")
    except (TypeError, ValueError):
        return None
    if not 2001 <= moment.year <= 2069:
        return None
    if not stamp[12:]:
        return moment.replace(tzinfo=_BELGIUM).isoformat()
    return moment.replace(tzinfo=timezone(timedelta(hours=1 + (stamp[12] == "S")))).isoformat()


def _watts(kilo):
    return None if kilo is None else round(kilo * 1000)


def _meant(raw):
    """A serial number out of its hexadecimal ASCII."""
    if not raw or not raw.strip("0"):
        return None
    try:
        text = bytes.fromhex(raw).decode("ascii")
    except ValueError:
        return raw
    return text.strip() if text.isprintable() else raw


def _type_of(row):
    """What the channel measures; the object of gas as it flows tells by itself."""
    return row.get("type", 3 if row.get("code") == "24.2.3" else None)


def _metered(expected, *types):
    """Value and time of the meter of that kind; of two that of the one which is not at zero."""
    rows = [row for row in expected.get("mbus", ()) if _type_of(row) in types]
    rows = [row for row in rows if row.get("value") is not None and row["unit"] is not None]
    rows.sort(key=lambda row: (row["value"] > 0, row["ts"]))
    return (rows[-1]["value"], _iso(rows[-1]["ts"])) if rows else (None, None)


def _record(expected):
    """The record that a telegram should give."""
    record = {
        "ok": True,
        "error": None,
        "meter_id": _meant(expected.get("serial")),
        "dsmr_version": expected.get("version"),
        "timestamp": _iso(expected.get("clock")),
        "tariff": expected.get("tariff"),
        "import_w": _watts(expected.get("p_imp")),
        "export_w": _watts(expected.get("p_exp")),
        "quarter_average_w": _watts(expected.get("demand")),
        "breaker": None if expected.get("breaker") is None else int(expected["breaker"]),
        "limiter_w": _watts(expected.get("limiter")),
        "message": expected.get("text"),
    }
    for number in "12":
        record[f"import_t{number}_wh"] = _watts(expected.get("imp" + number))
        record[f"export_t{number}_wh"] = _watts(expected.get("exp" + number))
    nothing = [None] * 3
    for i, phase in enumerate(("l1", "l2", "l3")):
        record[f"{phase}_v"] = expected.get("u", nothing)[i]
        record[f"{phase}_a"] = expected.get("i", nothing)[i]
        record[f"{phase}_import_w"] = _watts(expected.get("pl_imp", nothing)[i])
        record[f"{phase}_export_w"] = _watts(expected.get("pl_exp", nothing)[i])
    stamp, peak = expected.get("peak", (None, None))
    record["month_peak_at"], record["month_peak_w"] = _iso(stamp), _watts(peak)
    rows = sorted(expected.get("hist", ()))
    record["peak_history"] = [[_iso(row[1]), _watts(row[2])] for row in rows]
    if "hist" not in expected:
        record["peak_history"] = None
    record["gas_m3"], record["gas_at"] = _metered(expected, 3)
    record["water_m3"] = _metered(expected, 7)[0]
    record["heat_gj"] = _metered(expected, 4, 12, 13)[0]
    return record


def _records(name):
    return list(of_file(vector(name), _KEY))


@pytest.mark.parametrize("name", _ROWS)
def test_records_of_each_file(name):
    crc_valid, kind, expected = _ROWS[name]
    records = _records(name)
    good = [found for found in records if found["ok"]]
    if "frames" in expected:
        assert len(good) == expected["crc_ok"]
        assert len(records) - len(good) == expected["crc_bad"] + expected["truncated"]
        for which, found in zip(("first_", "last_"), good[:1] + good[-1:], strict=False):
            assert found["timestamp"] == _iso(expected[which + "clock"])
            assert found["import_t1_wh"] == _watts(expected[which + "imp1"])
            assert found["export_w"] == _watts(expected[which + "p_exp"])
    elif crc_valid == "yes" or kind == "encrypted" or name.startswith(_OLD):
        assert records == [records[0] | _record(expected)]
    else:
        assert not good


def test_encrypted_file_says_what_its_plain_text_says():
    expected = _record(_ROWS["lu_enc_smarty_openhab.bin"][2])
    assert expected["limiter_w"] == 77376
    assert _records("lu_enc_smarty_openhab.bin")[0].items() >= expected.items()


def test_good_telegram_is_found_behind_any_damage():
    random = p1_mutations.Random(7)
    good = telegram()
    (wanted,) = of_file(good, None)
    sources = [*p1_mutations.sources(), vector("lu_enc_smarty_openhab.bin")]
    for case in range(1500):
        bad = p1_mutations.damaged(random, sources[-1 if case % 5 == 0 else case % len(sources)])
        assert list(of_file(bad + good, _KEY))[-1] == wanted, bad
