"""What meters and lines do in the wild, one test each, in the order of the facts on P1."""

from p1_rig import LINES, fed, reading_of, results_of, telegram, text_of, vector, with_line

from p1.decode import decode
from p1.framer import CRC_ERROR, TRUNCATED, WAIT, Framer
from p1.reading import Reading
from p1.template import DUPLICATE

GOOD = telegram()
GOOD_TEXT = text_of(GOOD)


def _line(text, instead_of=None):
    return reading_of(with_line(text, instead_of))


def test_01_single_wrong_characters_are_caught():
    assert results_of(vector("be_50216_3x230_biterror_c08b.txt")) == [CRC_ERROR]
    for wrong, right in ((b"!", b"1"), (b"%", b"-"), (b"\xb3", b"3"), (b"\xef\xbf\xbd", b"4")):
        bad = GOOD.replace(right, wrong, 1)
        assert results_of(bad + GOOD) == [CRC_ERROR, GOOD_TEXT], wrong


def test_02_lost_characters_are_caught_though_every_value_can_be_read():
    lost = vector("nl_smr5_lostchars_6d8c.txt")
    assert results_of(lost + GOOD) == [CRC_ERROR, GOOD_TEXT]


def test_03_stream_from_the_middle_and_telegrams_cut_off():
    results = results_of(vector("nl_dsmrr_midstart_74b0_4bc6.txt"))
    assert len(results) == 1 and results[0].startswith(b"/KFM5KAIFA-METER")
    results = results_of(vector("nl_smr5_truncated_then_good_34b6.txt"))
    assert results[0] == TRUNCATED and results[1].startswith(b"/ISK5")
    with_slash = with_line("0-0:96.13.0(test-/-test)", "0-0:96.13.0")
    assert results_of(with_slash) == [text_of(with_slash)]


def test_04_bytes_of_an_idle_line_between_telegrams():
    framer = Framer()
    assert fed(framer, b"\x00\x00" + GOOD + b"\xff" + GOOD + b"\xff\x00") == [GOOD_TEXT, GOOD_TEXT]
    assert framer.noise_bytes == 5
    assert len(results_of(vector("be_50217_13hist_ffbyte_32df.txt"))) == 1


def test_05_empty_lines_where_they_do_not_belong_and_none_where_they_do():
    assert len(results_of(vector("nl_smr5_stream4_lgf_restored.txt"))) == 4
    for blank in ("", "\r\n\r\n"):
        odd = telegram(blank=blank)
        assert results_of(odd) == [text_of(odd)]
        assert reading_of(odd).import_w == 338


def test_06_crc_of_three_digits_in_lower_case_without_line_end():
    for name in (
        "be_50213_restored_crc3digits_156.txt",
        "nl_ndok_heat_unpadded_b9f.txt",
        "be_50217_empty98_water_ch1_438b.txt",
        "nl_smr5_3ph_lowercase_8d36.txt",
    ):
        stream = vector(name).rstrip(b"\r\n")
        framer = Framer()
        results = fed(framer, stream, now_ms=0)
        assert results or framer.idle(99) == WAIT
        assert results or framer.idle(100) == len(text_of(stream)), name


def test_07_seven_bits_read_as_eight_are_noise():
    garbage = bytes([byte | 0x80 if i % 3 else byte for i, byte in enumerate(GOOD)])
    results = results_of(garbage + b"\r\n" + GOOD)
    assert results[-1] == GOOD_TEXT
    assert not [result for result in results[:-1] if isinstance(result, bytes)]


def test_08_stray_end_line_before_the_header():
    assert results_of(b"!DA4F\r\n" + GOOD) == [GOOD_TEXT]


def test_09_letter_against_the_season_and_no_letter():
    # Written as summer time in February, so one hour earlier than winter time would be.
    reading = reading_of(vector("ie_isk_octal_header_ad3b.txt"))
    assert (reading.time_s, reading.utc_offset_s) == (1675337267, 7200)
    reading = reading_of(vector("be_wal_iskra_ie5e_6690.txt"))
    assert (reading.time_s, reading.utc_offset_s) == (1712324993, 7200)


def test_10_impossible_and_never_set_times_are_none():
    for clock in ("632525252525W", "000101010000W", "700101010000W", "240341110912S"):
        assert _line("0-0:1.0.0(" + clock + ")", "0-0:1.0.0").time_s is None
    log = "1-0:99.97.0(1)(0-0:96.7.19)(000101000001W)(2147483647*s)"
    assert _line(log).import_w == 338


def test_11_times_that_are_possible_but_wrong_are_as_the_meter_says():
    reading = _line("0-1:24.1.0(003)\r\n0-1:24.2.3(241102121002W)(00092.287*m3)")
    assert reading.gas_at_s - reading.time_s == 31622054  # a year ahead
    assert reading.gas_l == 92287


def test_12_gas_meter_without_a_reading_yet_is_none():
    for name in ("be_oh_50213_gas_placeholder_70ac.txt", "be_dsmrr_hdr_ab_nogas_99b6.txt"):
        reading = reading_of(vector(name))
        assert (reading.gas_l, reading.gas_at_s) == (None, None), name
    assert reading_of(vector("nl_ndok_v5_2mbus_56dd.txt")).gas_l == 246138


def test_13_stale_and_unregistered_gas_meters():
    reading = reading_of(vector("nl_dsmrr_isk_bus2_09aa.txt"))
    assert (reading.gas_l, reading.channels[0].meter_id) == (241773, None)
    reading = reading_of(vector("nl_oh_unregistered_gas_0d3d.txt"))
    assert (reading.gas_l, reading.channels[0].meter_id) == (None, None)
    stale = (
        "0-1:24.1.0(003)\r\n0-1:24.2.1(231102121000W)(00012.345*m3)\r\n"
        "0-2:24.1.0(003)\r\n0-2:24.2.1(231102121500W)(00000.000*m3)"
    )
    assert _line(stale).gas_l == 12345


def test_14_units_missing_joined_or_not_kilo():
    assert reading_of(vector("lu_oh_smarty_units_missing_cfde.txt")).limiter_w == 77376
    reading = reading_of(vector("be_oh_50213_units_nostar_6efb.txt"))
    assert (reading.l1_dv, reading.import_w, reading.gas_l) == (2345, 1234, 99999)
    assert reading_of(vector("at_est5_wh_7ef9.txt")).import_t1_wh == 5017120
    assert reading_of(vector("nl_ndok_heat_unpadded_b9f.txt")).heat_mj == 240860


def test_15_import_and_export_at_once_are_netted():
    reading = reading_of(vector("nl_mh_2mbus_0876.txt"))
    assert (reading.import_w, reading.export_w, reading.grid_w) == (1220, 1110, 110)


def test_16_phases_need_not_add_up():
    reading = reading_of(vector("be_50215_1ph_gas_85af.txt"))
    assert (reading.import_w, reading.l1_import_w) == (433, 438)


def test_17_grid_of_three_times_230_volt_has_no_voltage_and_no_power_on_l2():
    reading = reading_of(vector("be_50216_3x230_single.txt"))
    assert (reading.l2_dv, reading.l2_import_w, reading.l2_ca) == (0, 0, 116)


def test_18_voltage_to_a_virtual_neutral_is_passed_on():
    assert _line("1-0:32.7.0(130.4*V)").l1_dv == 1304


def test_19_phases_that_are_not_there_are_none():
    reading = reading_of(vector("be_50213_1ph_gas_0f77.txt"))
    assert (reading.l1_dv, reading.l1_import_w, reading.l2_dv) == (2400, None, None)


def test_20_version_in_hexadecimal_blank_or_absent_and_header_made_anonymous():
    assert _line("0-0:96.1.4(3231313130)", "0-0:96.1.4").dsmr_version == "21110"
    assert _line("0-0:96.1.4(" + "20" * 24 + ")", "0-0:96.1.4").dsmr_version is None
    assert reading_of(telegram(LINES[1:])).dsmr_version is None
    anonymous = telegram(header="/FLU5\\XXXXXXXX_A")
    assert results_of(anonymous) == [text_of(anonymous)]


def test_21_text_that_is_not_hexadecimal_or_goes_over_two_lines():
    assert _line("0-0:96.13.0(test-/-test)", "0-0:96.13.0").message == "test-/-test"
    reading = reading_of(vector("nl_oh_dsmr50_wrapped_text_e360.txt"))
    assert reading.message == "0123456789:;<=>?" * 5
    assert reading.gas_l == 12785123


def test_22_two_telegrams_merged_are_refused():
    merged = telegram(LINES + LINES)
    assert results_of(merged) == [text_of(merged)]
    assert decode(text_of(merged), len(merged) - 6, Reading()) == DUPLICATE


def test_23_another_meter_shows_in_the_serial_number():
    reading = Reading()
    reading_of(GOOD, reading)
    other = with_line("0-0:96.1.1(3153414731313030303037313930)", "0-0:96.1.1")
    assert reading.meter_id == "1SAG3100012345"
    assert reading_of(other, reading).meter_id == "1SAG1100007190"


def test_24_gas_time_may_lie_behind_the_telegram_by_minutes():
    reading = reading_of(vector("be_50216_3x230_single.txt"))
    assert reading.time_s - reading.gas_at_s == 127


def test_25_misprints_of_specifications_are_unknown_objects():
    reading = _line("1-0:99:97.0(0)(0-0:96.7.19)\r\n1-0:72:32.0(00000)")
    assert reading.import_w == 338


def test_the_beginning_of_a_long_message_is_enough_where_memory_is_short():
    reading = Reading()
    reading.template.text_most = 512
    long = telegram(["0-0:96.13.0(" + "4142" * 512 + ")", "1-0:1.7.0(00.321*kW)"])
    other = telegram(["0-0:96.13.0()", "1-0:1.7.0(00.322*kW)"])
    for text, message, import_w in ((long, "AB" * 128, 321), (other, None, 322)):
        for _ in range(2):
            stream = text_of(text)
            assert decode(stream, len(stream), reading) is None
            assert (reading.message, reading.import_w) == (message, import_w)
    assert sum([len(key) for key in reading.template.keys]) < 200
