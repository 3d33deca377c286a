"""The meter: telegrams judged by dsmr-parser, quarters and months across every border."""

import datetime
from decimal import Decimal

import pytest
from dsmr_parser.exceptions import InvalidChecksumError
from dsmr_parser.parsers import TelegramParser
from dsmr_parser.telegram_specifications import BELGIUM_FLUVIUS

from tools.house import telegram
from tools.house.meter import TIMEZONE, Meter, local_time
from tools.house.p1_faults import FAULTS, P1Faults


def _unix(*when, fold: int = 0) -> int:
    return int(datetime.datetime(*when, tzinfo=TIMEZONE, fold=fold).timestamp())


def _judge(frame: bytes):
    return TelegramParser(BELGIUM_FLUVIUS).parse(frame.decode("ascii"), throw_ex=True)


def _run(meter: Meter, seconds: int, power_w: float) -> None:
    for _ in range(seconds):
        meter.second([power_w])


def test_crc_has_the_check_value_of_crc16_arc():
    assert telegram.crc16_arc(b"123456789") == 0xBB3D


def test_every_field_reads_back_in_a_second_opinion():
    meter = Meter(_unix(2026, 6, 15, 14, 30, 4))
    meter.import_wh, meter.export_wh = [1234567.6, 20.2], [3.0, 999999999.0]
    meter.gas_m3 = 1234.567
    meter.set_month_peak(2489, _unix(2026, 6, 3, 18, 15))
    meter.second([1200.4, -300, 20], [231.2, 230.9, 229.8])
    reading = _judge(telegram.encode(meter))
    assert reading.P1_MESSAGE_TIMESTAMP.value.timestamp() == _unix(2026, 6, 15, 14, 30, 5)
    assert reading.BELGIUM_VERSION_INFORMATION.value == "50217"
    assert reading.ELECTRICITY_USED_TARIFF_1.value == Decimal("1234.567")
    assert reading.ELECTRICITY_USED_TARIFF_2.value == Decimal("0.020")
    assert reading.ELECTRICITY_DELIVERED_TARIFF_2.value == Decimal("999999.999")
    assert reading.ELECTRICITY_ACTIVE_TARIFF.value == "0001"
    assert reading.CURRENT_ELECTRICITY_USAGE.value == Decimal("0.920")
    assert reading.CURRENT_ELECTRICITY_DELIVERY.value == 0
    assert reading.INSTANTANEOUS_ACTIVE_POWER_L1_POSITIVE.value == Decimal("1.200")
    assert reading.INSTANTANEOUS_ACTIVE_POWER_L2_NEGATIVE.value == Decimal("0.300")
    assert reading.INSTANTANEOUS_VOLTAGE_L3.value == Decimal("229.8")
    assert reading.INSTANTANEOUS_CURRENT_L1.value == Decimal("5.19")
    assert reading.BELGIUM_MAXIMUM_DEMAND_MONTH.value == Decimal("2.489")
    assert reading.BELGIUM_MAXIMUM_DEMAND_MONTH.datetime.timestamp() == _unix(2026, 6, 3, 18, 15)
    assert len(reading.BELGIUM_MAXIMUM_DEMAND_13_MONTHS) == 13
    assert reading.MBUS_DEVICES[0].MBUS_METER_READING.value == Decimal("1234.567")


def test_one_phase_house_has_only_the_lines_of_l1():
    meter = Meter(_unix(2026, 1, 2, 3), phases=1)
    meter.second([-512.6])
    frame = telegram.encode(meter)
    reading = _judge(frame)
    assert b"41.7.0" not in frame and b"52.7.0" not in frame
    assert reading.CURRENT_ELECTRICITY_DELIVERY.value == Decimal("0.513")
    assert reading.ELECTRICITY_ACTIVE_TARIFF.value == "0002"


def test_quarter_average_is_energy_so_far_over_the_whole_quarter():
    meter = Meter(_unix(2026, 6, 15, 12), phases=1)
    shown_w = []
    for seconds in (175, 5, 3, 2, 10):  # 130 W, the moments at which a real meter was read
        _run(meter, seconds, 130)
        shown_w.append(int(meter.quarter_average_w))
    assert shown_w == [25, 26, 26, 26, 28]
    _run(meter, 100, -5000)
    assert int(meter.quarter_average_w) == 28
    _run(meter, 900 - 295 - 1, 130)
    assert meter.quarter_average_w > 100
    _run(meter, 1, 130)
    assert meter.quarter_average_w == 0


def test_month_peak_moves_only_when_a_quarter_closes_higher():
    start_s = _unix(2026, 6, 15, 12)
    meter = Meter(start_s, phases=1)
    meter.set_month_peak(2000, _unix(2026, 6, 2, 8, 15))
    _run(meter, 899, 3000)
    assert meter.month_peak_w == 2000
    _run(meter, 1, 3000)
    assert (meter.month_peak_w, meter.month_peak_at_s) == (3000, start_s + 900)
    _run(meter, 900, 2999)
    assert (meter.month_peak_w, meter.month_peak_at_s) == (3000, start_s + 900)
    assert "1-0:1.6.0(260615121500S)(03.000*kW)" in telegram.encode(meter).decode()


def test_month_closes_into_the_history_and_the_peak_starts_again():
    meter = Meter(_unix(2026, 6, 30, 23, 45), phases=1)
    meter.set_month_peak(2000, _unix(2026, 6, 2, 8, 15))
    oldest = meter.history[0]
    _run(meter, 900, 4000)  # the last quarter of June still belongs to June
    july_s = _unix(2026, 7, 1)
    assert meter.unix_s == july_s
    assert meter.history[-1] == (july_s, july_s, 4000)
    assert len(meter.history) == 13 and oldest not in meter.history
    assert (meter.month_peak_w, meter.month_peak_at_s) == (0, july_s)
    frame = telegram.encode(meter).decode()
    assert "(260701000000S)(260701000000S)(04.000*kW)\r\n" in frame
    assert "1-0:1.6.0(260701000000S)(00.000*kW)" in frame
    _run(meter, 900, 100)
    assert (meter.month_peak_w, meter.month_peak_at_s) == (100, july_s + 900)


def test_history_rows_end_at_local_month_starts_on_both_sides_of_summer_time():
    meter = Meter(_unix(2026, 6, 15, 12))
    ends = [telegram.stamp(end_s) for end_s, _, _ in meter.history]
    assert ends[0] == "250601000000S"
    assert ends[5] == "251101000000W"
    assert ends[-1] == "260601000000S"
    assert ends == sorted(ends)
    for end_s, at_s, _ in meter.history:
        assert end_s - 31 * 86400 - 3600 <= at_s <= end_s and at_s % 900 == 0


def test_summer_time_begins_and_ends_with_the_right_letter():
    spring = Meter(_unix(2026, 3, 29, 1, 59, 59), phases=1)
    spring.second([0])
    assert telegram.stamp(spring.unix_s) == "260329030000S"
    autumn_s = _unix(2026, 10, 25, 2, 59, 59)
    assert telegram.stamp(autumn_s) == "261025025959S"
    assert telegram.stamp(autumn_s + 1) == "261025020000W"
    meter = Meter(autumn_s - 899, phases=1)
    meter.set_month_peak(10, meter.unix_s - 900)
    _run(meter, 900, 1000)
    assert telegram.stamp(meter.month_peak_at_s) == "261025020000W"
    _run(meter, 3600, 1000)
    assert telegram.stamp(meter.unix_s) == "261025030000W"


def test_tariff_follows_the_belgian_day_and_night():
    for when, tariff in (
        ((2026, 6, 15, 6, 59, 59), 2),
        ((2026, 6, 15, 7, 0, 0), 1),
        ((2026, 6, 15, 21, 59, 59), 1),
        ((2026, 6, 15, 22, 0, 0), 2),
        ((2026, 6, 20, 12, 0, 0), 2),
    ):
        assert Meter(_unix(*when)).tariff == tariff, when
    meter = Meter(_unix(2026, 6, 15, 6, 59, 59), phases=1)
    before = list(meter.import_wh)
    _run(meter, 2, 3600)
    assert [after - b for after, b in zip(meter.import_wh, before, strict=True)] == [1, 1]


def test_energy_is_exact_over_an_hour_whatever_is_shown():
    meter = Meter(_unix(2026, 6, 15, 12), phases=1)
    before = meter.import_wh[0]
    _run(meter, 3600, 0.4)
    assert meter.import_wh[0] - before == pytest.approx(0.4, abs=1e-5)


def test_jump_to_another_month_closes_the_old_one():
    meter = Meter(_unix(2026, 6, 15, 12), phases=1)
    meter.set_month_peak(3333, _unix(2026, 6, 2, 8, 15))
    _run(meter, 100, 1000)
    meter.jump(_unix(2026, 7, 1, 0, 0, 10))
    assert meter.history[-1] == (_unix(2026, 7, 1), _unix(2026, 6, 2, 8, 15), 3333)
    assert (meter.month_peak_w, meter.quarter_wh) == (0, 0)
    meter.jump(_unix(2026, 6, 30))
    assert meter.month_peak_w == 0
    meter.set_history([1000, 2000])
    assert meter.history[-1][::2] == (_unix(2026, 6, 1), 2000)
    assert meter.history[0][::2] == (_unix(2026, 5, 1), 1000)
    meter.set_history([])
    assert _judge(telegram.encode(meter)).CURRENT_ELECTRICITY_USAGE.value == Decimal("1.000")


def test_start_of_a_month_has_no_peak_yet():
    meter = Meter(_unix(2026, 7, 1, 0, 14, 59))
    assert meter.month_peak_w == 0
    assert local_time(meter.month_peak_at_s).day == 1


def _faulty(name: str, count: int = 3) -> list[bytes]:
    meter, faults = Meter(_unix(2026, 6, 15, 12)), P1Faults(seed=3)
    meter.second([1000, 0, 0])
    assert _judge(faults.send(meter))
    faults.order(name)
    sent = []
    for _ in range(count):
        meter.second([1000, 0, 0])
        sent.append(faults.send(meter))
    faults.order(None)
    meter.second([1000, 0, 0])
    assert _judge(faults.send(meter))
    return sent


def test_faults_leave_nothing_that_a_strict_reader_may_accept():
    assert _faulty("stop") == [b"", b"", b""]
    broken, *rest = _faulty("stop_mid_line")
    assert broken.startswith(b"/FLU5") and not broken.endswith(b"\n")
    assert rest == [b"", b""]
    for name in ("wrong_crc", "flipped_bit"):
        for frame in _faulty(name):
            with pytest.raises(InvalidChecksumError):
                TelegramParser(BELGIUM_FLUVIUS).parse(frame.decode("latin-1"))
    assert all(b"!" not in frame for frame in _faulty("truncated"))
    assert all(frame.count(b"/FLU5") == 0 for frame in _faulty("garbage"))


def test_faults_that_hide_a_good_telegram_keep_it_good():
    for frame in _faulty("glued"):
        assert frame.count(b"/FLU5") == 2 and frame.count(b"!") == 1
        assert _judge(frame[frame.rindex(b"/") :])
    for frame in _faulty("twice"):
        assert frame[: len(frame) // 2] == frame[len(frame) // 2 :]
    for frame in _faulty("garbage_before"):
        assert _judge(frame[frame.rindex(b"/FLU5") :])
    for frame in _faulty("no_clock"):
        assert b"0-0:1.0.0" not in frame and _judge(frame)
    for frame in _faulty("bad_clock"):
        assert b"(632525252525W)" in frame


def test_faults_end_after_their_count_and_unknown_ones_are_refused():
    meter, faults = Meter(_unix(2026, 6, 15, 12)), P1Faults()
    for name in FAULTS:
        faults.order(name, 2)
        faults.send(meter), faults.send(meter)
        assert faults.name is None, name
    with pytest.raises(ValueError, match="no such"):
        faults.order("no such")
