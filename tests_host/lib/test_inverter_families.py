"""Register images of each family and the values that come out of them, typed out.

Images are put together from the makers' tables as the families name them; where a row tells a
maker's word, it is that of its table. Signs are turned by hand.
"""

from inverter import catalogue
from inverter.profile import decode
from inverter.record import InverterState

# Family, block, {register: word}, {field: value}.
IMAGES = (
    (
        "huawei",
        "BATTERY",
        {37760: 573, 37763: 4012, 37764: 0xFFE7, 37765: 0xFFFF, 37766: 0xFC18},
        {"soc_pct": 57, "battery_dv": 4012, "battery_ca": 250, "battery_w": 1000},
    ),
    (
        "huawei",
        "AC",
        {32065: 2345, 32069: 2321, 32080: 0, 32081: 3300, 32085: 4998, 32087: 385, 32089: 512},
        {
            "pv_w": 2345,
            "l1_dv": 2321,
            "inverter_w": 3300,
            "grid_mhz": 49980,
            "inverter_temp_c": 39,
            "running_state": 512,
        },
    ),
    ("huawei", "METER", {37113: 0, 37114: 1500}, {"pcc_w": -1500}),
    (
        "huawei",
        "LIMITS",
        {37047: 2500, 37049: 5000},
        {"charge_limit_w": 2500, "discharge_limit_w": 5000},
    ),
    ("huawei", "MODE", {47083: 2, 47086: 5, 47087: 1}, {"timeout_s": 120, "mode": 5}),
    (
        "huawei",
        "READ_BACK",
        {47246: 1, 47247: 0, 47248: 1800},
        {"timeout_action": 1, "setpoint_w": -1800},
    ),
    ("huawei", "READ_BACK", {47246: 0, 47250: 700}, {"timeout_action": 0, "setpoint_w": 700}),
    (
        "solis",
        "BATTERY",
        {33133: 512, 33135: 1, 33139: 64, 33140: 99, 33143: 625, 33144: 1000, 33150: 2222},
        {
            "battery_dv": 512,
            "soc_pct": 64,
            "soh_pct": 99,
            "charge_limit_ca": 6250,
            "discharge_limit_ca": 10000,
            "battery_w": 2222,
        },
    ),
    ("solis", "BATTERY", {33135: 0, 33139: 5, 33150: 800}, {"battery_w": -800}),
    # Older firmware: a sign of its own, and the direction.
    ("solis", "BATTERY", {33135: 0, 33149: 0xFFFF, 33150: 0xFCE0}, {"battery_w": -800}),
    (
        "solis",
        "AC",
        {33073: 2318, 33080: 2950, 33093: 412, 33094: 5001},
        {"l1_dv": 2318, "inverter_w": 2950, "inverter_temp_c": 41, "grid_mhz": 50010},
    ),
    (
        "solis",
        "PV",
        {33049: 3105, 33051: 2990, 33057: 0, 33058: 4100},
        {"pv1_dv": 3105, "pv2_dv": 2990, "pv_w": 4100},
    ),
    ("solis", "METER", {33263: 0xFFFF, 33264: 0xFF9C}, {"pcc_w": 100}),
    ("solis", "FORCED", {43129: 150, 43135: 1, 43136: 80}, {"mode": 1, "setpoint_w": -800}),
    ("solis", "FORCED", {43129: 150, 43135: 2, 43136: 80}, {"mode": 2, "setpoint_w": 1500}),
    ("solis", "FORCED", {43129: 150, 43135: 0, 43136: 80}, {"mode": 0, "setpoint_w": None}),
    ("solis", "TIMEOUT", {43282: 5}, {"timeout_s": 300}),
    (
        "goodwe",
        "BATTERY",
        {35180: 3501, 35181: 0xFF9C, 35182: 0xFFFF, 35183: 0xF254, 35184: 3, 35187: 1},
        {"battery_dv": 3501, "battery_ca": -1000, "battery_w": -3500, "running_state": 1},
    ),
    (
        "goodwe",
        "BMS",
        {37003: 245, 37004: 25, 37005: 20, 37007: 48, 37008: 97},
        {
            "battery_temp_c": 25,
            "charge_limit_ca": 2500,
            "discharge_limit_ca": 2000,
            "soc_pct": 48,
            "soh_pct": 97,
        },
    ),
    (
        "goodwe",
        "AC",
        {
            35103: 5200,
            35106: 2100,
            35107: 4800,
            35110: 900,
            35121: 2333,
            35123: 4999,
            35138: 0xFE0C,
        },
        {
            "pv1_dv": 5200,
            "pv1_w": 2100,
            "pv2_dv": 4800,
            "pv2_w": 900,
            "pv_w": 3000,
            "l1_dv": 2333,
            "grid_mhz": 49990,
            "inverter_w": -500,
        },
    ),
    ("goodwe", "METER", {36026: 250}, {"pcc_w": -250}),
    ("goodwe", "READ_BACK", {47511: 11, 47512: 1200}, {"mode": 11, "setpoint_w": -1200}),
    ("goodwe", "READ_BACK", {47511: 12, 47512: 1200}, {"mode": 12, "setpoint_w": 1200}),
    ("goodwe", "READ_BACK", {47511: 1, 47512: 0}, {"mode": 1, "setpoint_w": None}),
    (
        "sungrow",
        "BATTERY",
        {
            13000: 0b011,
            13009: 500,
            13019: 4020,
            13021: 1300,
            13022: 573,
            13023: 990,
            13024: 0xFFCE,
            13033: 0xF830,
            13034: 0xFFFF,
        },
        {
            "pcc_w": -500,
            "battery_dv": 4020,
            "battery_w": -1300,
            "soc_pct": 57,
            "soh_pct": 99,
            "battery_temp_c": -5,
            "inverter_w": -2000,
        },
    ),
    ("sungrow", "BATTERY", {13000: 0b100, 13021: 1300}, {"battery_w": 1300}),
    ("sungrow", "BATTERY", {13000: 0b100, 13021: 0xFAEC}, {"battery_w": 1300}),
    ("sungrow", "BATTERY", {13000: 0, 13021: 0}, {"battery_w": 0}),
    ("sungrow", "BATTERY", {13000: 0, 13021: 1300}, {"battery_w": None}),
    (
        "sungrow",
        "PV",
        {5010: 4100, 5012: 3900, 5016: 0x1170, 5017: 1, 5018: 2311},
        {"pv1_dv": 4100, "pv2_dv": 3900, "pv_w": None, "l1_dv": 2311},  # 70 kW are none
    ),
    ("sungrow", "PV", {5016: 6400}, {"pv_w": 6400}),
    (
        "sungrow",
        "READ_BACK",
        {13049: 2, 13050: 0xAA, 13051: 2500},
        {"mode": 2, "setpoint_w": -2500},
    ),
    ("sungrow", "READ_BACK", {13049: 2, 13050: 0xCC, 13051: 2500}, {"setpoint_w": 0}),
    ("sungrow", "READ_BACK", {13049: 0, 13050: 0xBB, 13051: 2500}, {"setpoint_w": None}),
    (
        "solax",
        "BATTERY",
        {0x14: 3123, 0x15: 0xFFCE, 0x16: 0xF9E7, 0x18: 22, 0x1C: 81},
        {
            "battery_dv": 3123,
            "battery_ca": 500,
            "battery_w": 1561,
            "battery_temp_c": 22,
            "soc_pct": 81,
        },
    ),
    (
        "solax",
        "AC",
        {0: 2329, 2: 1990, 3: 2950, 4: 3050, 7: 4998, 8: 41, 9: 2, 10: 200, 11: 400},
        {
            "l1_dv": 2329,
            "inverter_w": 1990,
            "pv1_dv": 2950,
            "pv2_dv": 3050,
            "grid_mhz": 49980,
            "inverter_temp_c": 41,
            "running_state": 2,
            "pv1_w": 200,
            "pv2_w": 400,
            "pv_w": 600,
        },
    ),
    ("solax", "METER", {0x46: 0xFE0C, 0x47: 0xFFFF}, {"pcc_w": 500}),
    ("sma", "BATTERY", {31393: 0, 31394: 2000, 31395: 0, 31396: 0}, {"battery_w": -2000}),
    ("sma", "BATTERY", {31394: 0, 31396: 1111}, {"battery_w": 1111}),
    ("sma", "BATTERY", {31393: 0xFFFF, 31394: 0xFFFF}, {"battery_w": None}),
    (
        "sma",
        "STATE",
        {30843: 0xFFFF, 30844: 0xEC78, 30846: 57, 30850: 253, 30852: 40000},
        {"battery_ca": -500, "soc_pct": 57, "battery_temp_c": 25, "battery_dv": 4000},
    ),
    ("sma", "STATE", {30845: 0xFFFF, 30846: 0xFFFF, 30849: 0x8000}, {"soc_pct": None}),
    (
        "sma",
        "AC",
        {30774: 3000, 30776: 4100, 30784: 23215, 30804: 5002},
        {"pv1_w": 3000, "inverter_w": 4100, "l1_dv": 2322, "grid_mhz": 50020},
    ),
    ("sma", "PV", {30961: 0, 30962: 1200, 30967: 0x8000}, {"pv2_w": 1200, "pv_w": None}),
    ("sma", "METER", {30866: 700, 30868: 0}, {"pcc_w": 700}),
    ("sma", "METER", {30866: 0, 30868: 900}, {"pcc_w": -900}),
    ("sma_sbs", "BATTERY", {31394: 1500}, {"battery_w": -1500}),
    (
        "sma_sbs",
        "STATE",
        {30844: 2500, 30846: 33, 30849: 0xFFFF, 30850: 0xFFCE, 30852: 36050},
        {"battery_ca": 250, "soc_pct": 33, "battery_temp_c": -5, "battery_dv": 3605},
    ),
    (
        "sma_sbs",
        "AC",
        {30776: 1480, 30784: 23215, 30804: 4997},
        {"inverter_w": 1480, "l1_dv": 2322, "grid_mhz": 49970},
    ),
    (
        "victron",
        "BATTERY",
        {840: 523, 841: 0xFF38, 842: 0xFBE6, 843: 66},
        {"battery_dv": 523, "battery_ca": 2000, "battery_w": 1050, "soc_pct": 66},
    ),
    (
        "victron",
        "AC",
        {808: 100, 811: 900, 813: 0xFFFF, 817: 500, 820: 300, 821: 0xFF38, 822: 50},
        {"pcc_w": 150, "pv1_w": 1000},
    ),
    ("victron", "PV", {850: 777}, {"pv2_w": 777, "pv_w": None}),
    ("victron", "MODE", {2902: 3, 2903: 200}, {"mode": 3}),
    (
        "growatt_vpp",
        "BATTERY",
        {3169: 40012, 3171: 71, 3179: 0, 3180: 0, 3181: 15000},
        {"battery_dv": 4001, "soc_pct": 71, "battery_w": -1500},
    ),
    (
        "growatt_vpp",
        "AC",
        {
            3000: 5,
            3002: 30000,
            3003: 4500,
            3006: 13500,
            3007: 4700,
            3010: 16500,
            3024: 44000,
            3025: 5003,
            3026: 2301,
            3042: 0,
            3044: 12340,
        },
        {
            "running_state": 5,
            "pv_w": 3000,
            "pv1_dv": 4500,
            "pv1_w": 1350,
            "pv2_dv": 4700,
            "pv2_w": 1650,
            "inverter_w": 4400,
            "grid_mhz": 50030,
            "l1_dv": 2301,
            "pcc_w": -1234,
        },
    ),
    ("growatt_vpp", "MODE", {30100: 1}, {"mode": 1}),
    (
        "growatt_vpp",
        "REMOTE",
        {30407: 1, 30408: 2, 30409: 0xFFDF},
        {"timeout_s": 120, "setpoint_w": 990},  # -33 % of 3000 W, charging +
    ),
    ("growatt_vpp", "REMOTE", {30407: 0, 30409: 50}, {"setpoint_w": None}),
    (
        "growatt_sph",
        "BATTERY",
        {1010: 12000, 1013: 531, 1014: 44, 1022: 3330},
        {"battery_w": 1200, "battery_dv": 531, "soc_pct": 44, "pcc_w": 333},
    ),
    (
        "growatt_sph",
        "AC",
        {0: 1, 2: 9000, 3: 2500, 6: 5000, 7: 2400, 10: 4000, 36: 20500, 37: 4997, 38: 2333},
        {
            "running_state": 1,
            "pv_w": 900,
            "pv1_dv": 2500,
            "pv1_w": 500,
            "pv2_dv": 2400,
            "pv2_w": 400,
            "inverter_w": 2050,
            "grid_mhz": 49970,
            "l1_dv": 2333,
        },
    ),
    (
        "deye",
        "BATTERY",
        {
            150: 2345,
            169: 0xFF38,
            175: 1800,
            183: 5232,
            184: 77,
            186: 300,
            187: 200,
            190: 1400,
            191: 2676,
        },
        {
            "l1_dv": 2345,
            "pcc_w": -200,
            "inverter_w": 1800,
            "battery_dv": 523,
            "soc_pct": 77,
            "pv1_w": 300,
            "pv2_w": 200,
            "pv_w": 500,
            "battery_w": 1400,
            "battery_ca": 2676,
        },
    ),
    ("deye", "STATE", {59: 2, 79: 5001}, {"running_state": 2, "grid_mhz": 50010}),
    (
        "deye_3p",
        "BATTERY",
        {587: 5290, 588: 50, 590: 0xFA24, 591: 0xF4EC},
        {"battery_dv": 529, "soc_pct": 50, "battery_w": -1500, "battery_ca": -2836},
    ),
    (
        "deye_3p",
        "AC",
        {598: 2311, 609: 5000, 625: 640, 636: 0xFF9C},
        {"l1_dv": 2311, "grid_mhz": 50000, "pcc_w": 640, "inverter_w": -100},
    ),
    ("deye_3p", "PV", {672: 1000, 673: 250}, {"pv1_w": 1000, "pv2_w": 250, "pv_w": 1250}),
    ("deye_3p", "STATE", {500: 2}, {"running_state": 2}),
    (
        "sofar_ktl",
        "AC",
        {0x0484: 5000, 0x0485: 350, 0x0488: 0xFFF6, 0x048D: 2320},
        {"grid_mhz": 50000, "inverter_w": 3500, "pcc_w": 100, "l1_dv": 2320},
    ),
    (
        "sofar_ktl",
        "PV",
        {0x0584: 6100, 0x0586: 200, 0x0587: 5900, 0x0589: 160},
        {"pv1_dv": 6100, "pv1_w": 2000, "pv2_dv": 5900, "pv2_w": 1600, "pv_w": 3600},
    ),
    ("sofar_ktl", "ENERGY", {0x0686: 1, 0x0687: 4464}, {"pv_wh": 7000000}),
    ("sofar_ktl", "STATUS", {0x0404: 2}, {"running_state": 2}),
    (
        "sunspec",
        "AC",
        {
            40069: 103,
            40079: 2313,
            40082: 0xFFFF,
            40083: 4321,
            40084: 0,
            40085: 4998,
            40086: 0xFFFE,
            40093: 0x00BC,
            40094: 0x614E,
            40095: 0,
            40107: 4,
        },
        {
            "l1_dv": 2313,
            "inverter_w": 4321,
            "pv_w": 4321,
            "grid_mhz": 49980,
            "pv_wh": 12345678,
            "running_state": 4,
        },
    ),
    ("sunspec", "AC", {40069: 103, 40083: 432, 40084: 1}, {"inverter_w": 4320}),
    ("sunspec", "AC", {40069: 103, 40083: 0x8000, 40084: 0x8000}, {"inverter_w": None}),
    ("sunspec", "AC", {40069: 160, 40083: 432, 40084: 0}, {"inverter_w": None, "pv_w": None}),
    (
        "solaredge",
        "BATTERY",
        {
            0xE170: 0x4000,
            0xE171: 0x43C9,
            0xE173: 0x4020,
            0xE174: 0x9000,
            0xE175: 0x447B,
            0xE184: 0x999A,
            0xE185: 0x4265,
        },  # 402.5, 2.5, 1006.25, 57.4
        {"battery_dv": 4025, "battery_ca": -250, "battery_w": -1006, "soc_pct": 57},
    ),
    ("solaredge", "BATTERY", {0xE175: 0xFF7F, 0xE174: 0xFFFF}, {"battery_w": None}),
    (
        "solaredge",
        "AC",
        {40069: 101, 40083: 2500, 40084: 0, 40100: 2590, 40101: 0},
        {"inverter_w": 2500, "pv_w": None},
    ),
    (
        "eastron",
        "POWER",
        {0: 0x4366, 1: 0x3333, 6: 0x4120, 0x34: 0xC4BB, 0x35: 0x8000},  # 230.2, 10.0, -1500.0
        {"l1_dv": 2302, "l1_ca": 1000, "pcc_w": -1500},
    ),
    (
        "eastron",
        "ENERGY",
        {0x46: 0x4248, 0x48: 0x449A, 0x49: 0x522B, 0x4A: 0x3F80},  # 50.0, 1234.568, 1.0
        {"grid_mhz": 50000, "import_wh": 1234568, "export_wh": 1000},
    ),
    ("eastron", "POWER", {0x34: 0x7FC0}, {"pcc_w": None}),  # not a number
    (
        "eastron_1p",
        "POWER",
        {0: 0x4366, 1: 0x3333, 6: 0xC120, 12: 0x44BB, 13: 0x8000},
        {"l1_dv": 2302, "l1_ca": -1000, "pcc_w": 1500},
    ),
    (
        "eastron_1p",
        "ENERGY",
        {0x46: 0x4248, 0x48: 0x449A, 0x49: 0x522B, 0x4A: 0x3F80},
        {"grid_mhz": 50000, "import_wh": 1234568, "export_wh": 1000},
    ),
)


def known_of(family: str) -> InverterState:
    record = InverterState()
    record.rated_w = record.max_charge_w = record.max_discharge_w = 3000
    return record


def read(driver, name: str, image: dict, record):
    block = getattr(driver, name)
    registers = bytearray(2 * block.count)
    for register, word in image.items():
        at = 2 * (register - block.address)
        assert 0 <= at < len(registers), register
        registers[at] = word >> 8
        registers[at + 1] = word & 0xFF
    decode(block, registers, record, 7)
    driver.derive(block, registers, record)
    assert getattr(record, block.stamp) == 7


def test_images():
    for family, name, image, expected in IMAGES:
        record = known_of(family)
        read(catalogue.driver(family), name, image, record)
        for field, value in expected.items():
            assert getattr(record, field) == value, (family, name, field, getattr(record, field))


def test_every_row_of_every_family_is_in_an_image():
    for family in {row[0] for row in IMAGES}:
        driver = catalogue.driver(family)
        for name in dir(driver):
            block = getattr(driver, name)
            if not hasattr(block, "rows") or name in ("Block", "LAST", "STATUS"):
                continue
            fields = set()
            for one, block_name, _, expected in IMAGES:
                if one == family and getattr(driver, block_name) is block:
                    fields.update(expected)
            for row in block.rows:
                assert row[3] in fields, (family, name, row[3])


def test_every_family_but_sofars_hybrids_is_here():
    families = {model[catalogue.FAMILY] for model in catalogue.models()}
    assert families - {row[0] for row in IMAGES} <= {"sofar_g3", "sofar_es", "solis_rhi"}


def test_frames_of_commands():
    """(function, first register, words) of each family's command, by hand."""
    for family, battery_w, writes in (
        ("huawei", -1800, ((16, 47247, [0, 1800]), (16, 47249, [0, 0]), (6, 47100, [1]))),
        ("huawei", 70000 - 40001, ((16, 47247, [0, 0]), (16, 47249, [0, 29999]), (6, 47100, [2]))),
        ("huawei", 0, ((16, 47247, [0, 0]), (16, 47249, [0, 0]), (6, 47100, [2]))),
        ("solis", -1804, ((6, 43135, [1]), (6, 43136, [180]))),
        ("solis", 1806, ((6, 43135, [2]), (6, 43129, [181]))),
        ("solis", 0, ((6, 43135, [1]), (6, 43136, [0]))),
        ("goodwe", -1200, ((16, 47511, [11, 1200]),)),
        ("goodwe", 1200, ((16, 47511, [12, 1200]),)),
        ("goodwe", 0, ((16, 47511, [11, 0]),)),
        ("sungrow", -1200, ((6, 13049, [2]), (6, 13050, [0xAA]), (6, 13051, [1200]))),
        ("sungrow", 1200, ((6, 13049, [2]), (6, 13050, [0xBB]), (6, 13051, [1200]))),
        ("sungrow", 0, ((6, 13049, [2]), (6, 13050, [0xCC]), (6, 13051, [0]))),
        # With 500 W of sun: into the AC side less the sun 700 W, low word first.
        ("solax", -1200, ((16, 0x7C, [1, 1, 700, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0]),)),
        ("solax", 1200, ((16, 0x7C, [1, 1, 63836, 65535, 0, 0, 30, 0, 0, 0, 0, 0, 0]),)),
        ("sma", -1200, ((16, 40149, [65535, 64836, 0, 802]),)),
        ("sma", 1200, ((16, 40149, [0, 1700, 0, 802]),)),
        (
            "sma_sbs",
            -1200,
            ((16, 40236, [0, 2289]), (16, 40793, [0, 1200, 0, 1200, 0, 0, 0, 0, 0, 0])),
        ),
        (
            "sma_sbs",
            1200,
            ((16, 40236, [0, 2290]), (16, 40793, [0, 0, 0, 0, 0, 1200, 0, 1200, 0, 0])),
        ),
        (
            "sma_sbs",
            0,
            ((16, 40236, [0, 2424]), (16, 40793, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ),
        # The grid takes 100 W now, the battery gives 300 W.
        ("victron", -1200, ((16, 2716, [0, 1600]),)),
        ("victron", 1200, ((16, 2716, [65535, 64736]),)),
        ("growatt_vpp", -1200, ((6, 30409, [40]), (6, 30408, [2]), (6, 30407, [1]))),
        ("growatt_vpp", 1200, ((6, 30409, [65496]), (6, 30408, [2]), (6, 30407, [1]))),
        ("growatt_vpp", 9000, ((6, 30409, [65436]), (6, 30408, [2]), (6, 30407, [1]))),
    ):
        record = known_of(family)
        record.pv_w, record.pcc_w, record.battery_w = 500, 100, 300
        assert catalogue.driver(family).command(battery_w, record) == writes, (family, battery_w)


def test_frames_of_handing_back():
    for family, mode, writes in (
        ("huawei", None, ((6, 47100, [0]),)),
        ("solis", None, ((6, 43135, [0]),)),
        ("goodwe", None, ((16, 47511, [1, 0]),)),
        ("sungrow", None, ((6, 13050, [0xCC]), (6, 13049, [0]))),
        ("solax", None, ((16, 0x7C, [0, 1] + [0] * 11),)),
        ("sma", None, ((16, 40149, [0, 0, 0, 803]),)),
        (
            "sma_sbs",
            None,
            ((16, 40236, [0, 2424]), (16, 40793, [0, 0, 0, 3000, 0, 0, 0, 3000, 0, 0])),
        ),
        ("victron", 3, ((16, 2716, [0, 0]), (6, 2902, [3]))),
        ("victron", None, ((16, 2716, [0, 0]),)),
        ("growatt_vpp", 0, ((6, 30100, [0]), (6, 30407, [0]))),
    ):
        driver = catalogue.driver(family)
        assert driver.hand_back(mode, known_of(family)) == writes, family


def test_a_solaredges_sun_is_what_the_battery_leaves_of_its_dc_power():
    record, driver = known_of("solaredge"), catalogue.driver("solaredge")
    record.battery_w = -1000
    image = {40069: 103, 40083: 250, 40084: 1, 40100: 26, 40101: 2}
    read(driver, "AC", image, record)
    assert (record.inverter_w, record.pv_w) == (2500, 3600)
    record.battery_w = 2600
    read(driver, "AC", image, record)
    assert record.pv_w == 0


def test_an_smas_sun_is_the_sum_of_its_inputs():
    record, driver = known_of("sma"), catalogue.driver("sma")
    read(driver, "AC", {30774: 3000}, record)
    read(driver, "PV", {30962: 1200, 30967: 0x8000}, record)
    assert record.pv_w == 4200
    read(driver, "PV", {30962: 1200, 30968: 300}, record)
    assert record.pv_w == 4500


def test_a_huaweis_period_is_set_where_it_differs():
    driver, record = catalogue.driver("huawei"), known_of("huawei")
    record.timeout_s, record.timeout_action = 60, 1
    assert driver.command(0, record)[2:] == ((6, 47083, [2]), (6, 47246, [0]), (6, 47100, [2]))
    record.timeout_s, record.timeout_action = 120, 0
    assert driver.command(0, record)[2:] == ((6, 47100, [2]),)


def test_a_victron_without_measurements_is_to_leave_the_grid_alone():
    assert catalogue.driver("victron").command(2000, known_of("victron")) == ((16, 2716, [0, 0]),)


def test_frames_of_curtailment():
    record = known_of("sofar_ktl")
    record.rated_w = 10000
    for family, limit_w, writes in (
        ("sofar_ktl", 2500, ((16, 0x1105, [1, 250, 1000]),)),
        ("sofar_ktl", 0, ((16, 0x1105, [1, 0, 1000]),)),
        ("sofar_ktl", 20000, ((16, 0x1105, [1, 1000, 1000]),)),
        ("sofar_ktl", None, ((16, 0x1105, [0, 1000, 1000]),)),
        ("sunspec", 2500, ((16, 40232, [2500, 0, 60, 0, 1]),)),
        ("sunspec", -5, ((16, 40232, [0, 0, 60, 0, 1]),)),
        ("sunspec", None, ((16, 40232, [10000, 0, 0, 0, 0]),)),
    ):
        assert catalogue.driver(family).curtail(limit_w, record) == writes, (family, limit_w)


def test_limits_are_the_least_of_what_is_known():
    for family, fields, charge_w, discharge_w in (
        ("huawei", {"charge_limit_w": 2500, "discharge_limit_w": 0}, 2500, 0),
        ("huawei", {"pv_w": 1000}, 3000, 2000),
        (
            "solis",
            {"battery_dv": 500, "charge_limit_ca": 2000, "discharge_limit_ca": 4000},
            1000,
            2000,
        ),
        ("solis", {"battery_dv": 500, "charge_limit_ca": 0, "discharge_limit_ca": 0}, 3000, 3000),
        (
            "goodwe",
            {"battery_dv": 4000, "charge_limit_ca": 0, "discharge_limit_ca": 500, "pv_w": 4000},
            0,
            0,
        ),
        ("sungrow", {"pv_w": 500}, 3000, 2500),
        ("sma", {"pv_w": 5000}, 3000, 0),
        ("sma_sbs", {}, 3000, 3000),
        ("victron", {"pv_w": 5000}, 3000, 3000),
        ("deye", {}, 3000, 3000),
    ):
        record = known_of(family)
        for field, value in fields.items():
            setattr(record, field, value)
        catalogue.driver(family).limits(record)
        found = record.battery_max_charge_w, record.battery_max_discharge_w
        assert found == (charge_w, discharge_w), (family, found)


def test_who_is_there():
    for family, i, registers, field, value in (
        ("huawei", 0, b"SUN2000-5KTL-L1" + bytes(15), "model_read", "SUN2000-5KTL-L1"),
        ("huawei", 1, b"HV2150000001" + bytes(8), "serial", "HV2150000001"),
        ("goodwe", 0, bytes(6) + b"9010KETU21AW0001GW10K-ET  ", "serial", "9010KETU21AW0001"),
        ("goodwe", 0, bytes(6) + b"9010KETU21AW0001GW10K-ET  ", "model_read", "GW10K-ET"),
        ("sma", 0, b"\xb3\x8c\xc4\x4e", "serial", "3012346958"),
        ("solax", 1, b"solax" + bytes(9), "model_read", "solax"),
        ("growatt_vpp", 1, b"\x15\x18", "model_read", "5400"),
        ("sunspec", 1, b"Symo 8.2-3-M" + bytes(22), "model_read", "Symo 8.2-3-M"),
        ("eastron", 1, b"\x01\x02\x03\x04", "serial", "16909060"),
    ):
        record, driver = known_of(family), catalogue.driver(family)
        registers += bytes(2 * driver.IDENTITY[i][2] - len(registers))
        driver.identify(i, registers, record)
        assert getattr(record, field) == value, (family, getattr(record, field))
