"""The vectors once more, judged by dsmr-parser: the same value in every field that both know.

Known differences, each with its reason: dsmr-parser overrides the S or W of a time by the season,
takes placeholder times of 2000 and 1970 as they stand, reads a value behind a stray quotation mark
(the manifest does not), and cannot read units without `*`.
"""

import functools
import json
import subprocess
import sys
from decimal import Decimal
from types import SimpleNamespace

import pytest
from dsmr_parser import telegram_specifications as specifications
from dsmr_parser.parsers import TelegramParser

from tools.mpytest import ROOT, interpreter

sys.path.append(str(ROOT / "tests_host" / "lib"))

import p1_told
from p1_rig import manifest, results_of, vector

_PHASES = {
    f"INSTANTANEOUS_{kind}_L{phase}{sign}": (f"l{phase}_{ending}", factor)
    for phase in (1, 2, 3)
    for kind, sign, ending, factor in (
        ("VOLTAGE", "", "dv", 10),
        ("CURRENT", "", "ca", 100),
        ("ACTIVE_POWER", "_POSITIVE", "import_w", 1000),
        ("ACTIVE_POWER", "_NEGATIVE", "export_w", 1000),
    )
}
_NUMBERS = {
    "ELECTRICITY_USED_TARIFF_1": ("import_t1_wh", 1000),
    "ELECTRICITY_USED_TARIFF_2": ("import_t2_wh", 1000),
    "ELECTRICITY_DELIVERED_TARIFF_1": ("export_t1_wh", 1000),
    "ELECTRICITY_DELIVERED_TARIFF_2": ("export_t2_wh", 1000),
    "ELECTRICITY_IMPORTED_TOTAL": ("import_wh", 1000),
    "ELECTRICITY_EXPORTED_TOTAL": ("export_wh", 1000),
    "ELECTRICITY_ACTIVE_TARIFF": ("tariff", 1),
    "CURRENT_ELECTRICITY_USAGE": ("import_w", 1000),
    "CURRENT_ELECTRICITY_DELIVERY": ("export_w", 1000),
    "BELGIUM_CURRENT_AVERAGE_DEMAND": ("quarter_average_w", 1000),
    "ACTUAL_SWITCH_POSITION": ("breaker", 1),
    "ACTUAL_TRESHOLD_ELECTRICITY": ("limiter_w", 1000),
    "FUSE_THRESHOLD_L1": ("fuse_ca", 100),
    **_PHASES,
}
_TEXTS = {
    "P1_MESSAGE_HEADER": "dsmr_version",
    "BELGIUM_VERSION_INFORMATION": "dsmr_version",
    "TEXT_MESSAGE": "message",
}
_IDENTIFIERS = (
    "EQUIPMENT_IDENTIFIER",
    "EQUIPMENT_IDENTIFIER_GAS",  # in the specification of Iskra IE meters that of the meter itself
    "BELGIUM_EQUIPMENT_IDENTIFIER",
    "LUXEMBOURG_EQUIPMENT_IDENTIFIER",
)
# What no field of ours holds: it steers nothing in the house.
_ONLY_THERE = ("SHORT_", "LONG_", "VOLTAGE_S", "POWER_EVENT", "TEXT_MESSAGE_CODE", "P1_MESSAGE")
_LETTER_AGAINST_THE_SEASON = ("ie_isk_octal_header_ad3b.txt", "be_50217_spec_gas_water_3ad7.txt")
_STRAY_QUOTE = ("nl_dsmr22_isk_mt382_a.txt", "nl_dsmr22_kmp_zabf0015517.txt")
_NEVER_SET = ("nl_ath_dsmr-4.0-isk-2_4f82.txt", "nl_w_mcs_4398.txt")
_CANNOT_BE_READ_THERE = ("at_est5_wh_7ef9.txt", "be_oh_50213_gas_placeholder_70ac.txt")
_CANNOT_BE_READ_THERE += ("be_oh_50213_units_nostar_6efb.txt",)


def _specification(name, version):
    if name.startswith("ie_") or "iskra_ie" in name:
        return specifications.ISKRA_IE
    if name.startswith("be_"):
        return specifications.BELGIUM_FLUVIUS
    if name.startswith("lu_"):
        return specifications.LUXEMBOURG_SMARTY
    return {"40": specifications.V4, "42": specifications.V4, "50": specifications.V5}.get(
        version, specifications.V2_2
    )


def _cases():
    for name, crc_valid, kind, expected in manifest():
        is_old = name.startswith(("nl_dsmr22", "nl_oh_landis", "nl_rob_v3"))
        if kind == "encrypted" or not (is_old or crc_valid in ("yes", "mixed")):
            continue
        if name not in _CANNOT_BE_READ_THERE:
            yield pytest.param(name, expected.get("version", ""), id=name)


def _telegrams(name):
    stream = vector(name)
    for text in results_of(stream):
        if isinstance(text, bytes):
            start = stream.index(text)
            yield stream[start : start + len(text) + 4].rstrip() + b"\r\n"


def _parsed(stream, specification):
    text = stream.decode("latin-1")
    return TelegramParser(specification, apply_checksum_validation=False).parse(text)


def _unix(moment):
    return None if moment is None else int(moment.timestamp())


def _meant(raw):
    """A serial number out of its hexadecimal ASCII; None where there are but zeros."""
    if not (raw or "").strip("0"):
        return None
    try:
        text = bytes.fromhex(raw).decode("ascii").strip()
    except ValueError:
        return raw
    return text if text.isprintable() else raw


def _check_mbus(name_of_file, devices, reading):
    for device in devices:
        channel = SimpleNamespace(**reading.channels[int(device.channel_id) - 1])
        for name, found in device:
            if name in ("MBUS_DEVICE_TYPE", "DEVICE_TYPE"):
                assert channel.medium == (None if found.value is None else int(found.value))
            elif name in ("MBUS_VALVE_POSITION", "VALVE_POSITION_GAS"):
                assert channel.valve == int(found.value)
            elif "IDENTIFIER" in name:
                assert channel.meter_id == _meant(found.value)
            elif "READING" in name and found.value is not None and channel.value is not None:
                assert channel.value == int(Decimal(found.value) * 1000)
                assert channel.at_s == _unix(found.datetime)
            elif "READING" in name:
                assert channel.value is None
                assert not found.value or name_of_file in _STRAY_QUOTE
            else:
                raise AssertionError(name)


def _check_peaks(name, rows, reading):
    rows = sorted(rows, key=lambda row: row.datetime)
    assert [row[2] for row in reading.peak_history] == [int(row.value * 1000) for row in rows]
    if name not in _LETTER_AGAINST_THE_SEASON:
        assert [row[1] for row in reading.peak_history] == [_unix(row.occurred) for row in rows]


def _check(name, telegram, reading):
    checked = 0
    for key, found in telegram:
        if key in _NUMBERS and found.value is not None:
            field, factor = _NUMBERS[key]
            assert getattr(reading, field) == int(Decimal(found.value) * factor), key
        elif key in _TEXTS:
            meant = _meant(found.value) if key == "TEXT_MESSAGE" else found.value
            assert getattr(reading, _TEXTS[key]) == meant, key
        elif key in _IDENTIFIERS:
            assert reading.meter_id == _meant(found.value), key
        elif key == "P1_MESSAGE_TIMESTAMP" and name != "ie_isk_octal_header_ad3b.txt":
            assert reading.time_s == (None if name in _NEVER_SET else _unix(found.value))
        elif key == "BELGIUM_MAXIMUM_DEMAND_MONTH":
            assert reading.month_peak_w == int(found.value * 1000)
            assert reading.month_peak_at_s == _unix(found.datetime)
        elif key == "BELGIUM_MAXIMUM_DEMAND_13_MONTHS":
            _check_peaks(name, found, reading)
        elif key == "MBUS_DEVICES":
            _check_mbus(name, found, reading)
        else:
            assert key in _NUMBERS or key.startswith(_ONLY_THERE), key
            continue
        checked += 1
    return checked


@functools.cache
def _told(where):
    """All readings by file, as that interpreter decodes them."""
    if where == "CPython":
        return json.loads(json.dumps(p1_told.readings()))
    path = f"{ROOT / 'lib'}:{ROOT / 'tests_host' / 'lib'}:.frozen"
    done = subprocess.run(
        [interpreter(), "-X", "heapsize=4m", "-c", "import p1_told; p1_told.main()"],
        env={"MICROPYPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("where", ["CPython", "MicroPython"])
@pytest.mark.parametrize(("name", "version"), list(_cases()))
def test_same_values_as_dsmr_parser(name, version, where):
    telegrams = list(_telegrams(name))
    readings = _told(where)[name]
    assert len(readings) == len(telegrams)
    for stream, told in zip(telegrams, readings, strict=True):
        telegram = _parsed(stream, _specification(name, version))
        checked = _check(name, telegram, SimpleNamespace(**told))
        assert checked >= 4 or name in ("nl_ndok_heat_unpadded_b9f.txt",)


def test_both_interpreters_tell_the_same():
    assert _told("CPython") == _told("MicroPython")
