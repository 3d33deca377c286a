"""Decoding: a telegram's lines become the fields of a Reading; what is missing stays None."""

from p1_rig import LINES, reading_of, telegram, text_of, vector, with_line

from p1.decode import decode
from p1.reading import Reading
from p1.template import DUPLICATE, EMPTY


def _refused(stream, reading=None):
    text = text_of(stream)
    return decode(text, len(text), reading or Reading())


def test_fields_of_a_three_phase_meter():
    reading = reading_of(vector("be_50217_gas_water_placeholder_c4b0.txt"))
    expected = (
        ("header", "FLU5\\253769484_A"),
        ("meter_id", "1SAG3100721326"),
        ("dsmr_version", "50217"),
        ("time_s", 1698923748),
        ("utc_offset_s", 3600),
        ("tariff", 1),
        ("import_t1_wh", 301548),
        ("import_t2_wh", 270014),
        ("import_wh", 571562),
        ("export_t1_wh", 5),
        ("export_t2_wh", 0),
        ("export_wh", 5),
        ("import_w", 338),
        ("export_w", 0),
        ("grid_w", 338),
        ("l1_import_w", 47),
        ("l2_import_w", 179),
        ("l3_import_w", 111),
        ("l1_export_w", 0),
        ("l3_export_w", 0),
        ("l1_dv", 2329),
        ("l2_dv", 2281),
        ("l3_dv", 2281),
        ("l1_ca", 27),
        ("l2_ca", 88),
        ("l3_ca", 52),
        ("quarter_average_w", 52),
        ("month_peak_w", 3064),
        ("month_peak_at_s", 1698921900),
        ("breaker", 1),
        ("limiter_w", 999900),
        ("fuse_ca", 99900),
        ("message", None),
        ("gas_l", 92287),
        ("gas_at_s", 1698923402),
        ("water_l", 8579),
        ("water_at_s", 1698923732),
        ("heat_mj", None),
        ("ean", None),
    )
    for field, value in expected:
        assert getattr(reading, field) == value, field
    assert reading.peak_history[1:] == (
        (2023 * 12 + 7, 1693498500, 1862),
        (2023 * 12 + 8, 1694363400, 4229),
        (2023 * 12 + 9, 1697454000, 4927),
    )


def test_missing_lines_are_none_and_not_zero():
    reading = reading_of(telegram(("1-0:1.7.0(00.338*kW)",)))
    assert reading.import_w == 338
    for field in ("export_w", "grid_w", "time_s", "l1_import_w", "import_wh", "month_peak_w"):
        assert getattr(reading, field) is None, field


def test_reading_is_emptied_before_it_is_filled_again():
    reading = reading_of(vector("be_50217_gas_water_placeholder_c4b0.txt"))
    reading_of(telegram(("1-0:1.7.0(00.338*kW)",)), reading)
    for field in ("meter_id", "time_s", "gas_l", "peak_history", "message", "quarter_average_w"):
        assert getattr(reading, field) is None, field
    assert reading.channels[0].value is None
    reading_of(vector("be_50217_gas_water_placeholder_c4b0.txt"), reading)
    assert reading.gas_l == 92287


def test_lines_that_come_and_go_are_followed():
    reading = Reading()
    lines = list(LINES)
    for changed in (lines, lines[1:], lines[::-1], lines[:3] + lines[5:], lines, lines[4:6]):
        reading_of(telegram(changed), reading)
        has_power = "1-0:1.7.0(00.338*kW)" in changed
        assert reading.import_w == (338 if has_power else None)
        assert reading.import_t2_wh == (270014 if lines[4] in changed else None)


def test_two_readings_filled_in_turn_share_what_stays_the_same():
    first = Reading()
    second = Reading(first)
    reading_of(with_line("1-0:1.7.0(01.000*kW)", "1-0:1.7.0"), first)
    reading_of(with_line("1-0:1.7.0(02.000*kW)", "1-0:1.7.0"), second)
    assert (first.import_w, second.import_w) == (1000, 2000)
    assert first.meter_id is second.meter_id
    assert second.month_peak_w == 3064


def test_value_that_changes_its_spelling_is_followed():
    reading = Reading()
    steps = (
        ("00.338*kW", 338),
        ("12.345*kW", 12345),
        ("123456*kW", 123456000),
        ("12.345*kW", 12345),
        ("xx.xxx*kW", None),
        ("00.338*kW", 338),
        ("000.33*kW", 330),
        ("000338*W)", 338),
        ("1.2.33*kW", None),
        ("00.001*kW", 1),
    )
    for text, expected in steps:
        reading_of(with_line("1-0:1.7.0(" + text + ")", "1-0:1.7.0"), reading)
        assert reading.import_w == expected, text


def test_template_serves_as_long_as_the_meter_writes_the_same_way():
    reading = Reading()
    gas = "\r\n0-1:24.1.0(003)\r\n0-1:24.2.3(231102121002W)(00092.287*m3)"
    first = with_line("0-0:96.13.0(48656C6C6F)" + gas, "0-0:96.13.0")
    reading_of(first, reading)
    generation = reading.template.generation
    steps = (
        (b"1.7.0(00.338", b"1.7.0(00.000", "import_w", 0),
        (b"1.7.0(00.338", b"1.7.0(99.999", "import_w", 99999),
        (b"121548W", b"121549W", "time_s", 1698923749),
        (b"231102121002W)(00092.287", b"231102121502W)(00092.300", "gas_l", 92300),
        (b"14.0(0001", b"14.0(0002", "tariff", 2),
        (b"231102114500W)(03.064", b"231102120000W)(03.100", "month_peak_w", 3100),
    )
    for old, new, field, expected in steps:
        changed = first.replace(old, new)
        text = changed[: changed.rfind(b"!") + 1]
        assert decode(text, len(text), reading) is None
        assert getattr(reading, field) == expected, field
        reading_of(first, reading)
    assert reading.template.generation == generation


def test_what_counts_as_constant_is_followed_when_it_changes():
    lines = ("0-0:96.3.10(1)", "0-0:17.0.0(999.9*kW)", "0-1:24.1.0(003)", "0-1:24.4.0(1)")
    history = "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(231101000000W)(231016130000S)(04.927*kW)"
    first = telegram(LINES + lines + ("0-1:24.2.3(231102121002W)(00092.287*m3)", history))
    reading = Reading()
    twin = Reading(reading)
    steps = (
        (b"96.13.0()", b"96.13.0(48656C6C6F)", lambda said: said.message == "Hello"),
        (b"96.3.10(1)", b"96.3.10(0)", lambda said: said.breaker == 0),
        (b"999.9*kW", b"001.5*kW", lambda said: said.limiter_w == 1500),
        (b"24.4.0(1)", b"24.4.0(0)", lambda said: said.channels[0].valve == 0),
        (b"24.1.0(003)", b"24.1.0(007)", lambda said: (said.gas_l, said.water_l) == (None, 92287)),
        (b"04.927", b"05.000", lambda said: said.peak_history[0][2] == 5000),
        (b"96.1.1(31534147", b"96.1.1(37534147", lambda said: said.meter_id[0] == "7"),
        (b"24.4.0(1)", b"24.4.0()", lambda said: said.channels[0].valve is None),
        (b"96.3.10(1)", b"96.3.10()", lambda said: said.breaker is None),
    )
    for old, new, is_said in steps:
        changed = text_of(first.replace(old, new))
        for which in (reading, twin, reading):
            reading_of(first, which)
            assert not is_said(which), old
            assert decode(changed, len(changed), which) is None
            assert is_said(which), old


def test_channels_that_are_not_there_stay_empty():
    with_gas = with_line("0-1:24.1.0(003)\r\n0-1:24.2.3(231102121002W)(00092.287*m3)")
    reading = reading_of(with_gas)
    other = reading_of(telegram())
    for channel in reading.channels[1:] + other.channels:
        assert channel.value is None and channel.medium is None
    assert reading_of(telegram(), reading).channels[0].medium is None
    reading_of(with_gas, reading)
    assert (reading.channels[0].medium, reading.gas_l) == (3, 92287)


def test_minute_of_a_real_meter_needs_one_template():
    reading = Reading()
    stream = vector("be_50216_3x230_stream60s.txt")
    for part in stream.split(b"/")[1:]:
        reading_of(b"/" + part, reading)
    assert reading.template.generation == Reading().template.generation + 1


def test_unknown_object_never_hides_a_line_of_equal_length():
    reading = Reading()
    hop = telegram(("1-0:99.97.0(" + "x" * 30 + ")", "1-0:2.7.0(00.100*kW)"))
    reading_of(hop, reading)
    assert (reading.import_w, reading.export_w) == (None, 100)
    line = "\r\n1-0:1.7.0(00.500*kW"
    hidden = "1-0:99.97.0(" + "x" * (30 - len(line) - 1) + ")" + line + ")"
    both = telegram((hidden, "1-0:2.7.0(00.100*kW)"))
    assert len(both) == len(hop)
    reading_of(both, reading)
    assert (reading.import_w, reading.export_w) == (500, 100)


def test_second_source_of_a_field_counts_only_where_the_first_is_empty():
    both = with_line("0-0:96.1.0(3132333435)")
    assert reading_of(both).meter_id == "1SAG3100012345"
    empty = with_line("0-0:96.1.1()\r\n0-0:96.1.0(3132333435)", "0-0:96.1.1")
    assert reading_of(empty).meter_id == "12345"


def test_object_that_stands_twice_is_refused():
    assert _refused(with_line("1-0:1.7.0(00.338*kW)")) == DUPLICATE
    assert _refused(with_line("0-1:24.2.1(231102121532W)(00008.579*m3)")) is None
    twice = with_line("0-1:24.4.0(1)\r\n0-2:24.4.0(1)\r\n0-1:24.4.0(1)")
    assert _refused(twice) == DUPLICATE


def test_good_telegram_after_a_refused_one_is_accepted():
    reading = Reading()
    assert _refused(with_line("1-0:1.7.0(00.338*kW)"), reading) == DUPLICATE
    assert _refused(telegram(), reading) is None
    assert reading.import_w == 338
    assert _refused(with_line("1-0:1.7.0(00.338*kW)"), reading) == DUPLICATE


def test_refused_telegram_leaves_the_reading_empty():
    reading = reading_of(vector("be_50217_gas_water_placeholder_c4b0.txt"))
    assert _refused(with_line("1-0:1.7.0(00.338*kW)"), reading) == DUPLICATE
    for field in ("import_w", "grid_w", "time_s", "gas_l", "peak_history", "meter_id"):
        assert getattr(reading, field) is None, field
    reading_of(vector("be_50217_gas_water_placeholder_c4b0.txt"), reading)
    assert (reading.grid_w, reading.gas_l, reading.month_peak_w) == (338, 92287, 3064)
    text = b"/not a telegram"
    assert decode(text, len(text), reading) == EMPTY
    assert reading.grid_w is None


def test_nothing_known_or_too_many_lines_is_refused():
    assert _refused(telegram(())) == EMPTY
    assert _refused(telegram(("9-9:9.9.9(1)", "no object at all"))) == EMPTY
    assert _refused(b"/FLU5!") == EMPTY
    assert _refused(telegram([f"0-0:97.{i}.0(1)" for i in range(200)])) == EMPTY


def test_unknown_lines_are_skipped():
    strange = ("1-0:99.97.0()", "(1)", "no object", "1-0:1.7.0", "", "0-0:17.0.0(", "1-0:1.7(1)")
    reading = reading_of(telegram(strange + LINES))
    assert reading.import_w == 338
    assert reading.meter_id == "1SAG3100012345"
    assert reading.limiter_w is None


def test_header_without_blank_line_behind_it():
    assert reading_of(telegram(blank="")).dsmr_version == "50217"
    assert reading_of(telegram(blank="\r\n\r\n")).dsmr_version == "50217"


def test_both_orders_of_the_month_peak():
    for line in ("1-0:1.6.0(260102010000)(08.796*kW)", "1-0:1.6.0(08.796*kW)(260102010000)"):
        reading = reading_of(with_line(line, "1-0:1.6.0"))
        assert (reading.month_peak_w, reading.month_peak_at_s) == (8796, 1767312000)


def test_month_peak_placeholder_is_none():
    reading = reading_of(with_line("1-0:1.6.0(632525252525W)(00.000*kW)", "1-0:1.6.0"))
    assert reading.month_peak_w is None
    assert reading.month_peak_at_s is None


def test_gas_placeholder_is_none():
    for value in ("(632525252525W)(00000.000)", "(700101010000W)(00000000)"):
        reading = reading_of(with_line("0-1:24.1.0(003)\r\n0-1:24.2.3" + value))
        assert reading.gas_l is None
        assert reading.gas_at_s is None


def test_water_on_channel_one_and_gas_on_two():
    reading = reading_of(vector("be_50217_empty98_water_ch1_438b.txt"))
    assert (reading.gas_l, reading.water_l) == (107812, 3830)
    assert reading.peak_history == ()


def test_stale_second_gas_meter_does_not_count():
    stale = (
        "0-1:24.1.0(003)\r\n0-1:24.2.1(231102121000W)(00012.345*m3)\r\n"
        "0-2:24.1.0(003)\r\n0-2:24.2.1(231102121500W)(00000.000*m3)"
    )
    assert reading_of(with_line(stale)).gas_l == 12345
    older = stale.replace("00000.000", "00099.000").replace("231102121500W", "221102121500W")
    assert reading_of(with_line(older)).gas_l == 12345
    newer = stale.replace("00000.000", "00099.000")
    assert reading_of(with_line(newer)).gas_l == 99000


def test_what_a_channel_measures_is_never_guessed_but_for_gas_as_it_flows():
    value = "(231102121532W)(00008.579*m3)"
    flowing = reading_of(with_line("0-1:24.2.3" + value))
    assert (flowing.gas_l, flowing.water_l) == (8579, None)
    unknown = reading_of(with_line("0-1:24.2.1" + value))
    assert (unknown.gas_l, unknown.water_l, unknown.heat_mj) == (None, None, None)
    assert unknown.channels[0].value == 8579
    volume = reading_of(with_line("0-1:24.1.0(004)\r\n0-1:24.2.1" + value))
    assert volume.heat_mj is None
    water = reading_of(with_line("0-1:24.1.0(007)\r\n0-1:24.2.3" + value))
    assert (water.gas_l, water.water_l) == (None, 8579)


def test_heat_in_gigajoule():
    reading = reading_of(vector("nl_ndok_heat_unpadded_b9f.txt"))
    assert (reading.heat_mj, reading.heat_at_s) == (240860, 1771182323)
    assert reading.import_w is None


def test_relay_is_not_the_breaker():
    reading = reading_of(with_line("0-0:96.3.10(1)\r\n0-1:96.3.10(0)\r\n0-4:96.3.10(1)"))
    assert reading.breaker == 1
    assert reading.channels[0].relay == 0
    assert reading.channels[3].relay == 1


def test_text_message():
    hexadecimal = with_line("0-0:96.13.0(48656C6C6F)", "0-0:96.13.0")
    assert reading_of(hexadecimal).message == "Hello"
    plain = with_line("0-0:96.13.0(test-/-test)", "0-0:96.13.0")
    assert reading_of(plain).message == "test-/-test"
    long = with_line("0-0:96.13.0(" + "41" * 1024 + ")", "0-0:96.13.0")
    assert reading_of(long).message == "A" * 1024


def test_text_over_two_lines_does_not_hide_what_follows():
    reading = reading_of(vector("nl_oh_dsmr50_wrapped_text_e360.txt"))
    assert reading.message == "0123456789:;<=>?" * 5
    assert reading.l1_dv == 2201
    again = reading_of(vector("nl_oh_dsmr50_wrapped_text_e360.txt"), reading)
    assert again.message == "0123456789:;<=>?" * 5


def test_clock_without_letter_takes_the_rules_of_the_country():
    reading = reading_of(vector("be_wal_iskra_ie5e_6690.txt"))
    assert (reading.time_s, reading.utc_offset_s) == (1712324993, 7200)
    assert reading.meter_id == "91318181"
    assert reading.dsmr_version is None


def test_impossible_clock_is_none():
    for clock in ("632525252525W", "000101010000W", "231102126148W", "23110212154", ""):
        reading = reading_of(with_line("0-0:1.0.0(" + clock + ")", "0-0:1.0.0"))
        assert reading.time_s is None, clock
        assert reading.utc_offset_s is None, clock
        assert reading.import_w == 338


def test_clock_follows_seconds_hours_days_and_the_change_of_the_letter():
    reading = Reading()
    steps = (
        ("241027025959S", 1729990799),
        ("241027020000W", 1729990800),
        ("241027235959W", 1730069999),
        ("241028006000W", None),
        ("241028000000W", 1730070000),
        ("241032000000W", None),
        ("241028000001W", 1730070001),
    )
    for clock, expected in steps:
        reading_of(with_line("0-0:1.0.0(" + clock + ")", "0-0:1.0.0"), reading)
        assert reading.time_s == expected, clock


def test_import_and_export_at_once_give_the_net():
    both = with_line("1-0:1.7.0(00.084*kW)", "1-0:1.7.0").replace(b"2.7.0(00.000", b"2.7.0(01.082")
    reading = reading_of(both)
    assert (reading.import_w, reading.export_w, reading.grid_w) == (84, 1082, -998)


def test_more_tariffs_and_foreign_spellings():
    four = with_line("1-0:1.8.3(000000.100*kWh)\r\n1-0:1.8.4(000000.020*kWh)")
    assert reading_of(four).import_wh == 571562 + 120
    swiss = telegram(("1-1:1.8.1(001595.070*kWh)", "1-1:1.7.0(01.622*kW)"))
    reading = reading_of(swiss)
    assert (reading.import_t1_wh, reading.import_w) == (1595070, 1622)
    german = telegram(("1-0:1.7.0*255(000163.1234567*W)",))
    assert reading_of(german).import_w == 163
    austrian = reading_of(vector("at_est5_wh_7ef9.txt"))
    assert (austrian.import_wh, austrian.import_t1_wh, austrian.import_w) == (
        6545766,
        5017120,
        286,
    )


def test_luxembourg_without_units():
    reading = reading_of(vector("lu_oh_smarty_units_missing_cfde.txt"))
    assert reading.limiter_w == 77376
    assert (reading.import_wh, reading.export_wh) == (6695, 25)
    assert reading.import_t1_wh is None
    assert reading.meter_id == "SAG1030700114004"
    two = telegram(("1-1:31.4.0(100*A)(-063*A)",))
    assert reading_of(two).fuse_ca == 10000


def test_nothing_raises_whatever_a_value_holds():
    odd = ("", "(", "()", "((", "))", "(*)", "(.)", "(-1*kW)", "(x", "(1)(", "(1)(2)(3", "(\xff)")
    for line in LINES + (
        "0-0:98.1.0(",
        "0-1:24.2.1(",
        "0-1:24.3.0(",
        "1-0:32.7.0(",
        "0-1:24.1.0(",
    ):
        code = line[: line.index("(")]
        for value in odd:
            text = ("/X\r\n\r\n" + code + value + "\r\n!").encode()
            decode(text, len(text), Reading())
            text = ("/X\r\n" + code + value + "!").encode()
            decode(text, len(text), Reading())


def test_a_template_that_has_moved_reads_on():
    first = text_of(vector("be_50217_gas_water_placeholder_c4b0.txt"))
    later = first.replace(b"1-0:1.7.0(00.338", b"1-0:1.7.0(00.555")
    assert later != first
    stayed, moved = Reading(), Reading()
    assert decode(first, len(first), stayed) is decode(first, len(first), moved) is None
    template = moved.template
    held = (template.keys, template.raws, template.starts, template.values)
    generation = template.generation
    template.settle()
    fresh = (template.keys, template.raws, template.starts, template.values)
    for i in range(len(held)):
        assert fresh[i] is not held[i]
        assert list(fresh[i]) == list(held[i])
    for text in (later, first):
        assert decode(text, len(text), stayed) is decode(text, len(text), moved) is None
        assert moved.import_w == stayed.import_w
        assert moved.template.generation == generation
    assert [type(raw) for raw in moved.template.raws] == [type(r) for r in stayed.template.raws]
