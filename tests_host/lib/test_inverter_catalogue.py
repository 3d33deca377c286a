"""The catalogue: complete, plausible, in the guide's words, and cheap to ask."""

import gc
import sys

from inverter import catalogue
from inverter.catalogue import (
    ADDRESS,
    BATTERY,
    BAUD,
    CONTROL,
    FAMILY,
    GROUP,
    MARKS,
    MAX_CHARGE_W,
    MAX_DISCHARGE_W,
    NAME,
    PHASES,
    PORT,
    PV_INPUTS,
    RATED_W,
    SOURCES,
    SUBGROUP,
    TYPE,
)


def test_the_guides_path_leads_to_the_guides_model():
    assert catalogue.choices() == ["Hybrid", "PV", "Meter"]
    assert catalogue.choices("Hybrid")[0] == "Sofar"
    assert catalogue.choices("Hybrid", "Sofar")[:2] == ["ESI S1", "ESI T1"]
    assert catalogue.choices("Hybrid", "Sofar", "ESI S1") == [
        "Sofar ESI 3K-S1",
        "Sofar ESI 3.68K-S1",
        "Sofar ESI 4K-S1",
        "Sofar ESI 4.6K-S1",
        "Sofar ESI 5K-S1",
        "Sofar ESI 5K-S1-A",
        "Sofar ESI 6K-S1",
        "Sofar ESI 8K-S1",
        "Sofar ESI 9.99K-S1",
        "Sofar ESI 10K-S1",
        "Sofar ESI 12K-S1",
    ]
    assert catalogue.find("Sofar ESI 3K-S1") == (
        ("Hybrid", "Sofar", "ESI S1", "Sofar ESI 3K-S1", "sofar_g3")
        + (3000, 3000, 3000, 1, 1, 9600, 0, 2, "HV", True, "si", "OFF API MAN")
    )


def test_what_the_issue_names_is_there():
    for path in (
        ("Hybrid", "Sofar", "HYD-EP"),
        ("Hybrid", "Sofar", "HYD-ES"),
        ("Hybrid", "Sofar", "HYD 3PH"),
        ("Hybrid", "Growatt", "SPH"),
        ("Hybrid", "Growatt", "MOD-XH"),
        ("Hybrid", "Solis", "S6-EH1P"),
        ("Hybrid", "Deye", "SG LP1"),
        ("Hybrid", "Deye", "SG LP3"),
        ("Hybrid", "Sunsynk", "SG LP1"),
        ("Hybrid", "Huawei", "SUN2000 L1"),
        ("Hybrid", "SMA", "STP SE"),
        ("Hybrid", "GoodWe", "ET"),
        ("Hybrid", "SolaX", "X1 Hybrid G4"),
        ("Hybrid", "Victron", "GX 1-phase"),
        ("PV", "Sofar", "KTL-G3"),
        ("PV", "Fronius", "SunSpec Symo"),
    ):
        assert len(catalogue.choices(*path)) >= 3, path
    assert catalogue.choices("Hybrid", "Sofar", "ME-SP") == ["Sofar ME3000SP"]
    assert catalogue.choices("Meter", "Eastron", "SDM") == ["Eastron SDM630"]
    assert catalogue.choices("Meter", "Eastron", "SDM 1-phase") == ["Eastron SDM230"]


def test_each_model_is_found_by_the_way_of_the_selector_and_by_name():
    found = []
    for kind in catalogue.choices():
        for group in catalogue.choices(kind):
            for subgroup in catalogue.choices(kind, group):
                names = catalogue.choices(kind, group, subgroup)
                assert names, subgroup
                for name in names:
                    model = catalogue.find(name)
                    assert model[: NAME + 1] == (kind, group, subgroup, name)
                    found.append(name)
    assert found == [model[NAME] for model in catalogue.models()]
    assert len(set(found)) == len(found) > 200


def test_each_model_is_complete_and_plausible():
    for model in catalogue.models():
        name = model[NAME]
        assert len(model) == SOURCES + 1
        assert name.startswith(model[GROUP] + " ") and name == name.strip(), name
        assert model[TYPE] in ("Hybrid", "PV", "Meter") and model[SUBGROUP], name
        assert 1000 <= model[RATED_W] <= 70000, name
        assert model[PHASES] in (1, 3) and 0 <= model[PV_INPUTS] <= 6, name
        assert 1 <= model[ADDRESS] <= 247, name
        assert model[BAUD] in (0, 9600, 19200) and model[PORT] in (0, 502, 1502), name
        assert model[BAUD] or model[PORT], name
        assert len(model[MARKS]) == 2 and model[MARKS][0] in "snm", name
        assert len(model[SOURCES]) >= 2, name
        most_w = max(model[MAX_CHARGE_W], model[MAX_DISCHARGE_W])
        if model[TYPE] == "Hybrid":
            assert model[BATTERY] in ("HV", "LV") and model[MARKS][1] in "sim", name
            assert min(model[MAX_CHARGE_W], model[MAX_DISCHARGE_W]) >= 1500, name
            assert most_w <= 5 * model[RATED_W] // 2, name
        else:
            assert model[BATTERY] == model[MARKS][1] == "-" and most_w == 0, name
            assert model[CONTROL] is False, name


def test_each_family_exists_and_is_commanded_where_the_catalogue_says_so():
    seen = {}
    for model in catalogue.models():
        assert seen.setdefault(model[FAMILY], model[CONTROL]) == model[CONTROL], model[NAME]
    for family, is_controlled in seen.items():
        driver = catalogue.driver(family)
        assert family == driver.FAMILY
        assert hasattr(driver, "command") == is_controlled, family


def test_what_is_not_there_is_not_found():
    for name in (
        "",
        "Sofar",
        "Sofar ",
        "Sofar ESI 3K",
        "Sofar ESI 3K-S1;3000",
        "Sofar =Hybrid",
        "Sofar =Hybrid;ESI S1",
        "Sofar \n",
        "sofar ESI 3K-S1",
        "Tesla Powerwall",
        "sys path",
        "../x y",
        "ESI 3K-S1",
        "Sofar " + 200 * "x",
    ):
        assert catalogue.find(name) is None, name
    assert catalogue.choices("Hybrid", "Tesla") == []
    assert catalogue.choices("PV", "Growatt") == []
    assert catalogue.choices("Boiler") == []
    assert catalogue.choices("Hybrid", "Sofar", "SPH") == []


def test_unknown_families_are_refused():
    for family in ("", "growatt", "x.y", "../x"):
        try:
            catalogue.driver(family)
        except ValueError:
            continue
        raise AssertionError(family)


def test_no_groups_models_stay_in_memory():
    catalogue.find("Sofar ESI 3K-S1")
    catalogue.choices("Hybrid", "Growatt", "SPH")
    for name in sys.modules:
        assert not name.startswith("inverter.catalogue_"), name
    if not hasattr(gc, "mem_alloc"):
        return  # MicroPython alone tells what is in use
    gc.collect()
    before = gc.mem_alloc()
    catalogue.find("Victron GX MultiPlus-II 48/5000")
    gc.collect()
    assert gc.mem_alloc() - before < 512
