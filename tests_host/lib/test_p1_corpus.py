"""Every telegram of the vectors, to the values of the manifest."""

from civil import civil_from_days
from p1_rig import drain, fed, manifest, vector

from p1.decode import decode
from p1.framer import Framer
from p1.reading import Reading


def _milli(value):
    return None if value is None else int(value * 1000 + 0.5)


def _stamp(unix_s, offset_s):
    """Unix seconds as a meter would write them, the inverse of what is tested."""
    days, second = divmod(unix_s + offset_s, 86400)
    year, month, day = civil_from_days(days)
    clock = second // 3600 * 10000 + second // 60 % 60 * 100 + second % 60
    return f"{year - 2000:02d}{month:02d}{day:02d}{clock:06d}"


def _is_same_time(stamp, unix_s):
    """Whether `unix_s` is what the meter wrote; impossible and never-set times are None."""
    if int(stamp[2:4]) > 12 or int(stamp[4:6]) > 31 or stamp[:2] in ("00", "70"):
        return unix_s is None
    if stamp[12:]:
        return _stamp(unix_s, 7200 if stamp[12] == "S" else 3600) == stamp[:12]
    return stamp[:12] in (_stamp(unix_s, 3600), _stamp(unix_s, 7200))


def _meant(raw):
    """What a serial number in hexadecimal ASCII says; others say themselves."""
    if not raw.strip("0"):
        return None
    try:
        text = bytes([int(raw[i : i + 2], 16) for i in range(0, len(raw), 2)])
    except ValueError:
        return raw
    if len(raw) % 2 or min(text) < 32 or max(text) > 126:
        return raw
    return text.decode().strip()


_MILLI = (
    ("imp", "import_wh"),
    ("imp1", "import_t1_wh"),
    ("imp2", "import_t2_wh"),
    ("exp", "export_wh"),
    ("exp1", "export_t1_wh"),
    ("exp2", "export_t2_wh"),
    ("p_imp", "import_w"),
    ("p_exp", "export_w"),
    ("demand", "quarter_average_w"),
    ("limiter", "limiter_w"),
)
_PHASES = (
    ("u", "_dv", 10),
    ("i", "_ca", 100),
    ("pl_imp", "_import_w", 1000),
    ("pl_exp", "_export_w", 1000),
)


def _check_numbers(expected, reading, name):
    for key, field in _MILLI:
        if key in expected or key not in ("imp", "exp"):
            assert getattr(reading, field) == _milli(expected.get(key)), (name, field)
    for key, ending, factor in _PHASES:
        for i, value in enumerate(expected.get(key, (None, None, None))):
            wanted = None if value is None else int(value * factor + 0.5)
            assert getattr(reading, f"l{i + 1}{ending}") == wanted, (name, key, i)
    assert reading.tariff == expected.get("tariff"), name
    fuse = expected.get("fuse")
    assert reading.fuse_ca == (None if fuse is None else int(fuse * 100 + 0.5)), name
    breaker = expected.get("breaker")
    assert reading.breaker == (None if breaker is None else int(breaker)), name


def _check_texts(expected, reading, name):
    if "\\x" not in expected["header"] and expected["header"] != "FLU5S456789_A":
        assert reading.header == expected["header"], name
    assert reading.dsmr_version == expected.get("version"), name
    serial = expected.get("serial")
    assert reading.meter_id == (None if serial is None else _meant(serial)), name
    assert reading.message == expected.get("text"), name
    if "clock" in expected:
        assert _is_same_time(expected["clock"], reading.time_s), name
    else:
        assert reading.time_s is None, name


def _check_peaks(expected, reading, name):
    if "peak" in expected:
        stamp, value = expected["peak"]
        assert reading.month_peak_w == _milli(value), name
        assert _is_same_time(stamp, reading.month_peak_at_s), name
    if "hist" not in expected:
        assert reading.peak_history is None, name
        return
    rows = sorted(expected["hist"], key=lambda row: row[0])
    assert len(reading.peak_history) == expected["hist_n"] == len(rows), name
    for i, (closed, stamp, value) in enumerate(rows):
        month, at_s, value_w = reading.peak_history[i]
        assert (2000 + int(closed[:2])) * 12 + int(closed[2:4]) - 2 == month, name
        assert _is_same_time(stamp, at_s), name
        assert value_w == _milli(value), name


def _check_channels(expected, reading, name):
    channels = {}
    for row in expected.get("mbus", ()):
        channels[row["ch"]] = row
    for i, channel in enumerate(reading.channels):
        row = channels.get(i + 1, {})
        assert channel.medium == row.get("type"), (name, i)
        assert channel.meter_id == _meant(row.get("id", "")), (name, i)
        valve = row.get("valve")
        assert channel.valve == (None if valve is None else int(valve)), (name, i)
        if row.get("value") is None or (not row["value"] and row["unit"] is None):
            assert channel.value is None and channel.at_s is None, (name, i)
        else:
            assert channel.value == _milli(row["value"]), (name, i)
            assert channel.unit == row["unit"], (name, i)
            assert _is_same_time(row["ts"], channel.at_s), (name, i)


def _check(expected, reading, name):
    _check_numbers(expected, reading, name)
    _check_texts(expected, reading, name)
    _check_peaks(expected, reading, name)
    _check_channels(expected, reading, name)


def _telegrams(name):
    framer = Framer()
    results = fed(framer, vector(name), 100)
    drain(framer, results, framer.flush)
    return [result for result in results if isinstance(result, bytes)], results


def _reading_of(text, reading, name):
    refused = decode(text, len(text), reading)
    assert refused is None, (name, refused)
    return reading


def test_telegrams_with_a_good_crc_have_the_values_of_the_manifest():
    reading = Reading()
    checked = 0
    for name, crc_valid, kind, expected in manifest():
        is_old = name.startswith(("nl_dsmr22", "nl_oh_landis", "nl_rob_v3"))
        if "frames" in expected or kind == "encrypted" or not (crc_valid == "yes" or is_old):
            continue
        telegrams, results = _telegrams(name)
        assert len(telegrams) == len(results) == 1, (name, results)
        _check(expected, _reading_of(telegrams[0], reading, name), name)
        checked += 1
    assert checked == 57


def test_streams_have_the_values_of_the_manifest():
    for name, _, _, expected in manifest():
        if "frames" not in expected:
            continue
        telegrams, results = _telegrams(name)
        assert len(telegrams) == expected["crc_ok"], name
        assert len(results) - len(telegrams) == expected["crc_bad"] + expected["truncated"], name
        for which, i in (("first_", 0), ("last_", -1)):
            if not telegrams:
                continue
            reading = _reading_of(telegrams[i], Reading(), name)
            assert _is_same_time(expected[which + "clock"], reading.time_s), name
            assert reading.import_t1_wh == _milli(expected[which + "imp1"]), name
            assert reading.import_t2_wh == _milli(expected[which + "imp2"]), name
            assert reading.import_w == _milli(expected[which + "p_imp"]), name
            assert reading.export_w == _milli(expected[which + "p_exp"]), name


def test_sum_of_power_over_a_minute():
    reading = Reading()
    total_w = 0
    telegrams, _ = _telegrams("be_50216_3x230_stream60s.txt")
    for text in telegrams:
        total_w += _reading_of(text, reading, "stream60s").import_w
    assert total_w == 26860


def test_telegrams_with_a_bad_or_no_crc_are_rejected():
    rejected = 0
    for name, crc_valid, kind, expected in manifest():
        is_old = name.startswith(("nl_dsmr22", "nl_oh_landis", "nl_rob_v3"))
        if "frames" in expected or kind == "encrypted" or crc_valid == "yes" or is_old:
            continue
        telegrams, results = _telegrams(name)
        assert telegrams == [] and len(results) == 1, name
        rejected += 1
    assert rejected == 13


def test_values_of_rejected_telegrams_are_read_as_they_stand():
    reading = Reading()
    for name, crc_valid, kind, expected in manifest():
        stream = vector(name)
        end = stream.find(b"\n!") + 1
        if crc_valid == "yes" or "frames" in expected or kind == "encrypted" or not end:
            continue
        if name == "nl_w_overflow_67b1.txt":  # holds most of its lines twice
            continue
        stream = stream[stream.index(b"/") : end + 1]
        _check(expected, _reading_of(stream, reading, name), name)
