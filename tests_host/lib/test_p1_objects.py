"""Each object of the tables on its own: present, absent, empty; and meters that send them all."""

from p1_rig import reading_of, telegram, with_line

from p1.reading import Reading

# line, field, value in base units
OBJECTS = (
    ("0-0:96.1.4(50221)", "dsmr_version", "50221"),
    ("0-0:96.1.1(3153414733323030303132333435)", "meter_id", "1SAG3200012345"),
    ("0-0:96.1.2(353431343438383230303030303030303036)", "ean", "541448820000000006"),
    ("0-0:1.0.0(250702121548S)", "time_s", 1751451348),
    ("1-0:94.32.1(400)", "nominal_v", 400),
    ("1-0:1.8.1(000301.548*kWh)", "import_t1_wh", 301548),
    ("1-0:1.8.2(000270.014*kWh)", "import_t2_wh", 270014),
    ("1-0:1.8.3(000003.014*kWh)", "import_t3_wh", 3014),
    ("1-0:2.8.1(000000.005*kWh)", "export_t1_wh", 5),
    ("1-0:2.8.2(000000.000*kWh)", "export_t2_wh", 0),
    ("1-0:2.8.4(000000.007*kWh)", "export_t4_wh", 7),
    ("0-0:96.14.0(0001)", "tariff", 1),
    ("1-0:1.4.0(02.351*kW)", "quarter_average_w", 2351),
    ("1-0:1.6.0(250702101500S)(05.293*kW)", "month_peak_w", 5293),
    (
        "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(250701000000S)(250615190000S)(06.100*kW)",
        "peak_history",
        ((2025 * 12 + 5, 1750006800, 6100),),
    ),
    ("1-0:1.7.0(00.338*kW)", "import_w", 338),
    ("1-0:2.7.0(00.000*kW)", "export_w", 0),
    ("1-0:21.7.0(00.001*kW)", "l1_import_w", 1),
    ("1-0:41.7.0(00.020*kW)", "l2_import_w", 20),
    ("1-0:61.7.0(00.300*kW)", "l3_import_w", 300),
    ("1-0:22.7.0(04.000*kW)", "l1_export_w", 4000),
    ("1-0:42.7.0(50.000*kW)", "l2_export_w", 50000),
    ("1-0:62.7.0(00.006*kW)", "l3_export_w", 6),
    ("1-0:32.7.0(234.7*V)", "l1_dv", 2347),
    ("1-0:52.7.0(000.0*V)", "l2_dv", 0),
    ("1-0:72.7.0(235.1*V)", "l3_dv", 2351),
    ("1-0:31.7.0(002.22*A)", "l1_ca", 222),
    ("1-0:51.7.0(013.90*A)", "l2_ca", 1390),
    ("1-0:71.7.0(003*A)", "l3_ca", 300),
    ("0-0:96.3.10(1)", "breaker", 1),
    ("0-0:17.0.0(99.999*kW)", "limiter_w", 99999),
    ("1-0:31.4.0(999.99*A)", "fuse_ca", 99999),
    ("0-0:96.13.0(48616C6C6F)", "message", "Hallo"),
)
# Fields that follow from others.
FOLLOWING = ("header", "utc_offset_s", "grid_w", "import_wh", "export_wh", "month_peak_at_s")
CHANNEL = ("medium", "meter_id", "ean", "valve", "relay", "value", "unit", "at_s", "source")


def _check(reading, expected, what):
    for _, field, _ in OBJECTS:
        assert getattr(reading, field) == expected.get(field), (what, field)
    for field in ("gas_l", "water_l", "heat_mj", "export_t5_wh"):
        assert getattr(reading, field) is None, (what, field)


def test_each_object_alone_fills_its_field_and_no_other():
    for line, field, value in OBJECTS:
        _check(reading_of(telegram((line,))), {field: value}, line)


def test_all_objects_together_in_either_order():
    lines = [line for line, _, _ in OBJECTS]
    expected = {field: value for _, field, value in OBJECTS}
    reading = Reading()
    for order in (lines, lines[::-1], lines[10:] + lines[:10]):
        _check(reading_of(telegram(order), reading), expected, "all")
        assert (reading.import_wh, reading.export_wh) == (574576, 12)
        assert (reading.grid_w, reading.month_peak_at_s) == (338, 1751444100)


def test_object_that_is_absent_or_empty_is_none_and_all_others_stay():
    lines = [line for line, _, _ in OBJECTS]
    reading = Reading()
    for i, (line, field, _) in enumerate(OBJECTS):
        expected = {other: value for _, other, value in OBJECTS if other != field}
        absent = telegram(lines[:i] + lines[i + 1 :])
        _check(reading_of(absent, reading), expected, line)
        empty = lines[:]
        empty[i] = line[: line.index("(")] + "()"
        _check(reading_of(telegram(empty), reading), expected, line)


# Four meters behind one: water on 1, gas on 2, heat on 3, solar panels on 4.
SLAVES = (
    "0-1:24.1.0(007)",
    "0-1:96.1.1(3853455430303030303030303031)",
    "0-1:96.1.2(353431343438383230303030303030303036)",
    "0-1:24.2.1(250702121532S)(00872.234*m3)",
    "0-2:24.1.0(003)",
    "0-2:96.1.1(37464C4F32313139303137303532)",
    "0-2:24.4.0(1)",
    "0-2:24.2.3(250702121002S)(000123.45*m3)",
    "0-3:24.1.0(012)",
    "0-3:96.1.0(364B414D30303031)",
    "0-3:24.2.1(250702120000S)(000012.34*GJ)",
    "0-4:24.1.0(002)",
    "0-4:24.2.1(250702121500S)(01234.567*kWh)",
    "0-1:96.3.10(0)",
    "0-4:96.3.10(1)",
)
EXPECTED = (
    (7, "8SET0000000001", "541448820000000006", None, 0, 872234, "m3", 1751451332, "24.2.1"),
    (3, "7FLO2119017052", None, 1, None, 123450, "m3", 1751451002, "24.2.3"),
    (12, "6KAM0001", None, None, None, 12340, "GJ", 1751450400, "24.2.1"),
    (2, None, None, None, 1, 1234567, "kWh", 1751451300, "24.2.1"),
)


def test_meters_on_all_four_channels():
    reading = Reading()
    for lines in (SLAVES, list(reversed(SLAVES))):
        reading_of(telegram(lines), reading)
        for i in range(4):
            found = tuple([getattr(reading.channels[i], name) for name in CHANNEL])
            assert found == EXPECTED[i], i
        assert (reading.water_l, reading.gas_l, reading.heat_mj) == (872234, 123450, 12340)
        assert (reading.gas_at_s, reading.heat_at_s) == (1751451002, 1751450400)


def test_channels_may_change_places():
    for order in ("2341", "4321", "3412"):
        lines = [f"0-{order[int(line[2]) - 1]}{line[3:]}" for line in SLAVES]
        reading = reading_of(telegram(lines))
        assert (reading.water_l, reading.gas_l, reading.heat_mj) == (872234, 123450, 12340), order


def test_swiss_history_of_which_only_the_length_is_there():
    reading = reading_of(with_line("0-0:98.1.0(12)\r\n0-0:17.0.0(999.9*kW)"))
    assert (reading.peak_history, reading.limiter_w, reading.import_w) == (None, 999900, 338)


def test_hungarian_registers_and_tariff_in_words():
    dump = "0-0:98.1.0(240901000000S)(000123.456*kWh)(000000.001*kWh)(00.338*kW)"
    lines = ("0-0:96.14.0(TARIFF 1)", dump, "1-0:13.7.0(0.999)", "1-0:1.8.0(001595.070*kWh)")
    reading = reading_of(telegram(lines, header="/SAG5SAG-METER"))
    assert (reading.tariff, reading.peak_history, reading.import_wh) == (1, None, 1595070)
    for text in ("()", "(TARIFF)", "(", "(TARIFF !"):
        silent = ("0-0:96.14.0" + text,) + lines[2:]
        assert reading_of(telegram(silent)).tariff is None, text


def test_swedish_totals_and_reactive_power():
    lines = (
        "0-0:1.0.0(210217184019W)",
        "1-0:1.8.0(00006678.394*kWh)",
        "1-0:3.8.0(00000021.988*kvarh)",
        "1-0:1.7.0(0001.727*kW)",
        "1-0:4.7.0(0000.309*kvar)",
        "1-0:21.7.0(0001.023*kW)",
        "1-0:23.7.0(0000.000*kvar)",
        "1-0:32.7.0(240.3*V)",
    )
    reading = reading_of(telegram(lines, header="/KAM5"))
    assert (reading.import_wh, reading.import_t1_wh) == (6678394, None)
    assert (reading.import_w, reading.l1_import_w, reading.l1_dv) == (1727, 1023, 2403)
    assert reading.time_s == 1613583619
