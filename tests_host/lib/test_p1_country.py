"""Country of a meter, and what its tariff number means."""

from p1_rig import LINES, reading_of, telegram, vector

from p1.country import BELGIUM, LUXEMBOURG, NETHERLANDS, country_of, tariff_of

_COUNTRIES = (
    ("be_50213_1ph_gas_0f77.txt", BELGIUM),
    ("be_50217_pv_a13a.txt", BELGIUM),
    ("be_50217_wimdh_4a8b.txt", BELGIUM),
    ("be_wal_iskra_ie5e_6690.txt", BELGIUM),
    ("nl_smr5_isk_9df0.txt", NETHERLANDS),
    ("nl_dsmr4_bb2a.txt", NETHERLANDS),
    ("nl_dsmr22_isk_me382.txt", NETHERLANDS),
    ("nl_oh_landis_e350_noblank_nocrc.txt", NETHERLANDS),
    ("lu_oh_smarty_units_missing_cfde.txt", LUXEMBOURG),
)


def test_country_of_real_meters():
    for name, country in _COUNTRIES:
        assert country_of(reading_of(vector(name))) == country, name


def test_tariff_one_is_the_day_in_belgium_and_the_night_in_the_netherlands():
    cases = (
        ("be_50213_1ph_gas_0f77.txt", 1, "day"),
        ("be_50217_wimdh_4a8b.txt", 2, "night"),
        ("be_wal_iskra_ie5e_6690.txt", 1, "day"),
        ("nl_smr5_isk_9df0.txt", 1, "night"),
        ("nl_dsmr4_bb2a.txt", 2, "day"),
        ("nl_dsmr22_isk_me382.txt", 2, "day"),
    )
    for name, tariff, expected in cases:
        reading = reading_of(vector(name))
        assert reading.tariff == tariff, name
        assert tariff_of(reading) == expected, name


def test_tariff_that_is_absent_or_has_no_such_name_is_none():
    assert tariff_of(reading_of(vector("lu_oh_smarty_units_missing_cfde.txt"))) is None
    third = [line.replace("14.0(0001)", "14.0(0003)") for line in LINES]
    assert tariff_of(reading_of(telegram(third))) is None
    austria = reading_of(telegram(("1-3:0.2.8(50)", "0-0:96.14.0(0001)"), header="/EST5\\2537"))
    assert (austria.tariff, tariff_of(austria)) == (1, None)
    unknown = telegram(("0-0:96.14.0(0001)", "0-0:1.0.0(231102121548W)"), header="/ABC5x")
    assert tariff_of(reading_of(unknown)) is None


def test_meter_of_brussels_whose_version_is_blank():
    lines = ("0-0:96.1.4(" + "20" * 24 + ")", "0-0:1.0.0(231102121548W)", "0-0:96.14.0(0001)")
    reading = reading_of(telegram(lines + ("1-0:31.4.0(999*A)",), header="/SAG5"))
    assert (reading.dsmr_version, tariff_of(reading)) == (None, "day")
