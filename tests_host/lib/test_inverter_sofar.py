"""The Sofar driver, on CPython and MicroPython alike.

SNAPSHOT is one consistent moment of an ESI 3K-S1, put together from the Modbus protocol V1.39 and
recordings of the family, with a fictional serial number: battery discharging 1.20 kW at 57 %, sun
640 W, house 1.84 kW, grid 0. The frames are the reference frames of the family.
"""

from inverter import catalogue
from inverter import family_sofar_g3 as sofar
from inverter.profile import Block, decode, scaled, served
from inverter.record import InverterState
from modbus.rtu import Exchange
from modbus.values import u16

SNAPSHOT = {  # first register: words
    0x0404: "0002",
    0x0418: "0026 0000 0029",
    0x0420: "002C",
    0x0445: "5348 3130 3235 3030 334B 5830 3030 3030 5630 3031 3056 3132 3030 3035",
    0x0470: "3030 3031",
    0x0484: "1388 00B8 0000 00B8 0000",
    0x048D: "0910",
    0x0584: "0C1C 006E 0022 0BB8 0064 001E",
    0x0600: "0000 0000 0000 07FF",
    0x0604: "0FA0 FED4 FF88 0018 0039 0064 002A",
    0x0640: "0000 0F80 0000 007F",
    0x0644: "04E2 04E2 0002",
    0x066C: "0000 1388 0000 1388",
    0x0684: "0000 02E6 0000 CFDE 0000 03D9 0000 D28F 0000 0070 0000 479A 0000 0023 0000 3AB3 "
    "0000 0104 0000 30A0 0000 01C8 0000 2C25",
    0x1000: "41FF 63FE 001E FFFF",
    0x1023: "0001 0005",
    0x1110: "0003",
    0x1180: "0000 03FF FFFF FFFF",
    0x1184: "003C 0001 0000 0000 0000 FFFF FB50 FFFF FB50",
}
ALL = sofar.FAST + sofar.SLOW + (sofar.LAST,)
BLOCKS = tuple(block for block in ALL if block is not sofar.BATTERY_2)
MAX_READ, PAGE = 60, 64  # registers: of the real-time area in one read, within one page


def registers(address, count):
    """What the inverter of the snapshot answers; unlisted registers read 0."""
    answer = bytearray(2 * count)
    for first, words in SNAPSHOT.items():
        content = bytes.fromhex(words)
        for i in range(len(content) // 2):
            at = first + i - address
            if 0 <= at < count:
                answer[2 * at : 2 * at + 2] = content[2 * i : 2 * i + 2]
    return bytes(answer)


def read(record, block, now_ms=7):
    answer = registers(block.address, block.count)
    impossible = decode(block, answer, record, now_ms)
    sofar.derive(block, answer, record)
    return impossible


def read_all():
    record = InverterState()
    for block in BLOCKS:
        assert read(record, block) == 0
    record.max_charge_w = record.max_discharge_w = 3000
    record.rated_w = 24000
    sofar.limits(record)
    return record


def raises(call, *arguments):
    try:
        call(*arguments)
    except ValueError:
        return True
    return False


def test_snapshot_is_read_with_our_signs_and_units():
    record = read_all()
    for field, value in (
        ("battery_w", 1200),
        ("battery_dv", 4000),
        ("battery_ca", 300),
        ("battery_temp_c", 24),
        ("soc_pct", 57),
        ("soh_pct", 100),
        ("cycles", 42),
        ("pv_w", 640),
        ("pv1_w", 340),
        ("pv2_w", 300),
        ("pv1_dv", 3100),
        ("inverter_w", 1840),
        ("pcc_w", 0),
        ("grid_mhz", 50000),
        ("l1_dv", 2320),
        ("running_state", 2),
        ("faults", ()),
        ("inverter_temp_c", 38),
        ("heatsink_temp_c", 41),
        ("module_temp_c", 44),
        ("mode", 3),
        ("timeout_s", 60),
        ("timeout_action", 1),
        ("setpoint_w", 1200),
        ("charge_limit_ca", 1250),
        ("discharge_limit_w", 5000),
        ("pv_wh", 5321400),
        ("import_wh", 1833000),
        ("export_wh", 1502700),
        ("charged_wh", 1244800),
        ("discharged_wh", 1130100),
        ("export_limit_w", 500),
    ):
        assert getattr(record, field) == value, field


def test_grid_import_and_charging_have_our_signs():
    record = InverterState()
    raw = bytearray(registers(0x0484, 10))
    raw[2:4] = bytes.fromhex("FF88")  # inverter takes 1.2 kW
    raw[8:10] = bytes.fromhex("FF38")  # the vendor: buying 2.00 kW
    decode(sofar.AC, bytes(raw), record, 1)
    assert (record.inverter_w, record.pcc_w) == (-1200, 2000)
    raw = bytearray(registers(0x0604, 7))
    raw[2:6] = bytes.fromhex("012C 0078")  # the vendor: charging 3.00 A, 1.20 kW
    decode(sofar.BATTERY, bytes(raw), record, 1)
    assert (record.battery_ca, record.battery_w) == (-300, -1200)


def test_each_block_has_its_own_time_stamp():
    record = InverterState()
    for i in range(len(BLOCKS)):
        assert getattr(record, BLOCKS[i].stamp) is None
        read(record, BLOCKS[i], 100 + i)
    for i in range(len(BLOCKS)):
        assert getattr(record, BLOCKS[i].stamp) == 100 + i


def test_blocks_stay_inside_the_inverters_limits():
    for block in ALL:
        assert 0 < block.count <= MAX_READ, block.stamp
        assert block.address // PAGE == (block.address + block.count - 1) // PAGE, block.stamp
        for row in block.rows:
            width = 2 if row[1] >= 2 else 1
            assert block.address <= row[0], row
            assert row[0] + width <= block.address + block.count, row


def test_blocks_differ_in_length_so_that_no_late_answer_fits_another():
    counts = [block.count for block in ALL]
    assert len(set(counts)) == len(counts)


def test_every_field_of_the_tables_is_in_the_record():
    record = InverterState()
    for block in BLOCKS:
        assert hasattr(record, block.stamp)
        for row in block.rows:
            assert hasattr(record, row[3]), row


def test_impossible_values_are_unknown():
    record = InverterState()
    raw = bytearray(registers(0x0604, 7))
    raw[8:10] = bytes.fromhex("0065")  # SoC 101 %
    assert decode(sofar.BATTERY, bytes(raw), record, 1) == 1
    assert record.soc_pct is None
    assert record.battery_w == 1200
    raw[4:6] = bytes.fromhex("8000")
    assert decode(sofar.BATTERY, bytes(raw), record, 1) == 2
    assert record.battery_w is None


def test_battery_without_voltage_is_unknown():
    record = InverterState()
    decode(sofar.BATTERY, bytes(14), record, 1)
    sofar.derive(sofar.BATTERY, bytes(14), record)
    assert (record.battery_dv, record.battery_w, record.soc_pct) == (None, None, None)


def test_solar_power_is_unknown_when_one_input_is():
    record = InverterState()
    raw = bytearray(registers(0x0584, 6))
    raw[10:12] = bytes.fromhex("FFFF")
    decode(sofar.PV, bytes(raw), record, 1)
    sofar.derive(sofar.PV, bytes(raw), record)
    assert (record.pv1_w, record.pv_w) == (340, None)


def test_fault_numbers_follow_word_and_bit():
    record = InverterState()
    raw = bytearray(registers(0x0404, 29))
    raw[2:4] = bytes.fromhex("8001")  # Fault1: 1 and 16
    raw[14:16] = bytes.fromhex("0100")  # Fault7 at 040B: 105, the meter's communication
    decode(sofar.STATUS, bytes(raw), record, 1)
    sofar.derive(sofar.STATUS, bytes(raw), record)
    assert record.faults == (1, 16, 105)


def test_window_that_is_no_point_is_no_setpoint():
    record = InverterState()
    raw = bytearray(registers(0x1184, 9))
    raw[14:18] = bytes.fromhex("00000BB8")
    decode(sofar.READ_BACK, bytes(raw), record, 1)
    sofar.derive(sofar.READ_BACK, bytes(raw), record)
    assert record.setpoint_w is None


def test_commands_are_the_reference_frames():
    exchange = Exchange()
    for frame, expected in (
        (
            sofar.command(-1000, None),
            "01 10 11 87 00 06 0C 00 00 00 00 00 00 03 E8 00 00 03 E8 15 8A",
        ),
        (
            sofar.command(1200, None),
            "01 10 11 87 00 06 0C 00 00 00 00 FF FF FB 50 FF FF FB 50 A3 B4",
        ),
        (
            sofar.command(0, None),
            "01 10 11 87 00 06 0C 00 00 00 00 00 00 00 00 00 00 00 00 75 10",
        ),
        (sofar.arm(60, sofar.ACTIONS["previous_mode"]), "01 10 11 84 00 02 04 00 3C 00 01 3B A0"),
        (sofar.take(None), "01 10 11 10 00 01 02 00 03 E5 C0"),
        (sofar.hand_back(sofar.SELF_USE, None)[1:], "01 10 11 10 00 01 02 00 00 A5 C1"),
    ):
        ((function, address, words),) = frame
        assert (function, address, len(words)) in sofar.WRITABLE
        assert bytes(exchange.write(1, address, words)) == bytes.fromhex(expected)


def test_handed_back_at_rest():
    record = InverterState()
    assert sofar.hand_back(None, record) == sofar.command(0, record)
    assert sofar.hand_back(1, record)[0] == sofar.command(0, record)[0]


def test_commands_read_back_as_they_were_given():
    record = InverterState()
    for battery_w in (-24000, -3000, -1, 0, 1, 777, 3000, 24000):
        ((_, _, words),) = sofar.command(battery_w, record)
        raw = bytearray(6)
        for word in words:
            raw += bytes([word >> 8, word & 255])
        assert u16(raw, 3) == u16(raw, 4) == 0
        sofar.derive(sofar.READ_BACK, bytes(raw), record)
        assert record.setpoint_w == battery_w


def test_commands_out_of_range_are_refused():
    for battery_w in (24001, -24001, 70000, 1 << 31):
        assert raises(sofar.command, battery_w, None)
    for timeout_s, action in ((-1, 0), (65536, 0), (30, -1)):
        assert raises(sofar.arm, timeout_s, action)
    assert raises(sofar.hand_back, -1, None)


def limits_of(**known):
    record = InverterState()
    for field, value in known.items():
        setattr(record, field, value)
    record.max_charge_w, record.max_discharge_w, record.rated_w = 3000, 2500, 24000
    sofar.limits(record)
    return record.battery_max_charge_w, record.battery_max_discharge_w


def test_limits_are_the_least_that_is_known():
    volts = {"battery_dv": 4000}
    for known, expected in (
        ({}, (3000, 2500)),
        ({"charge_limit_ca": 250, "discharge_limit_ca": 4000} | volts, (1000, 2500)),
        ({"charge_limit_ca": 0, "discharge_limit_ca": 4000} | volts, (0, 2500)),
        ({"charge_limit_ca": 0, "discharge_limit_ca": 0} | volts, (3000, 2500)),
        ({"charge_limit_ca": 250, "discharge_limit_ca": 250}, (3000, 2500)),
        ({"charge_limit_w": 800, "discharge_limit_w": 900}, (800, 900)),
        ({"charge_limit_w": 0, "discharge_limit_w": 0}, (3000, 2500)),
        (
            {"charge_limit_ca": 250, "discharge_limit_ca": 500, "charge_limit_w": 700} | volts,
            (700, 2000),
        ),
    ):
        assert limits_of(**known) == expected, known


def test_identity_is_put_together():
    record = InverterState()
    for i in range(len(sofar.IDENTITY)):
        _, address, count = sofar.IDENTITY[i]
        sofar.identify(i, registers(address, count), record)
    assert record.serial == "SH1025003KX000000001"
    assert record.hardware == "V001"
    assert record.software == "0V120005"


def test_serial_number_of_fourteen_characters():
    record = InverterState()
    sofar.identify(0, b"SP1ES100A12345\x00\x00", record)
    sofar.identify(1, bytes(4), record)
    assert record.serial == "SP1ES100A12345"


def test_mask_tells_which_registers_a_page_serves():
    mask = registers(0x0600, 4)
    assert served(mask, 0x0606) is True
    assert served(mask, 0x060A) is True
    assert served(mask, 0x060B) is False
    assert served(mask, 0x0630) is False
    mask = registers(0x1180, 4)
    assert served(mask, 0x1187) is True
    assert served(mask, 0x11A9) is True
    assert served(mask, 0x11AA) is False
    mask = registers(0x0640, 4)
    assert served(mask, 0x0644) is True
    assert served(mask, 0x0667) is True
    assert served(mask, 0x066C) is False


def test_mask_that_tells_nothing():
    for words in ("FFFF FFFF FFFF FFFF", "0000 0000 0000 0000", "0000 0000 0000 07FE"):
        mask = bytes.fromhex(words)
        assert served(mask, 0x0606) is None
        assert sofar.is_served(mask, 0x0606)


def test_record_forgets_what_is_measured_but_not_who_it_is():
    record = read_all()
    record.serial = "S"
    record.forget()
    assert record.serial == "S"
    for block in BLOCKS:
        assert getattr(record, block.stamp) is None
        for row in block.rows:
            assert getattr(record, row[3]) is None, row
    assert record.pv_w is None
    assert record.setpoint_w is None
    assert record.battery_max_charge_w is None
    assert record.faults == ()


def test_unknown_models_and_families():
    assert catalogue.find("Sofar ESI 3K") is None
    assert raises(catalogue.driver, "growatt")


def test_block_of_a_made_up_family():
    block = Block("battery_at_ms", 4, 100, 2, 0, ((101, 0, -5, "battery_w", -100, 100),))
    record = InverterState()
    assert decode(block, b"\x00\x00\x00\x0a", record, 3) == 0
    assert record.battery_w == -50
    assert decode(block, b"\x00\x00\x00\x1a", record, 4) == 1
    assert record.battery_w is None
    assert record.battery_at_ms == 4


def test_kinds_of_numbers():
    raw = bytes.fromhex("FFFF 0002 4366 0000")
    for kind, index, factor, expected in (
        (0, 0, 10, 655350),
        (1, 0, -10, 10),
        (2, 0, 1, 0xFFFF0002),
        (3, 0, 1, -65534),
        (4, 0, 1, 0x0002FFFF),
        (5, 0, 1, 0x0002FFFF),
        (6, 2, 10, 2300),
        (8, 1, 4, 1),  # half goes up
        (8, 1, 5, 0),
        (9, 0, 10, 0),
        (11, 0, 10, -6553),
        (11, 0, -10, 6553),
        (10, 1, 1000, 148),
    ):
        assert scaled(raw, index, kind, factor) == expected, (kind, factor)


def test_second_battery_input():
    record = InverterState()
    second = bytes.fromhex("0FA0 0000 FF9C 0000 0050 0000 0000 0000")  # 400 V, -1.00 kW, 80 %
    decode(sofar.BATTERY_2, second, record, 1)
    read(record, sofar.BATTERY)
    assert (record.battery_w, record.soc_pct, record.battery_dv) == (2200, 68, 4000)
    decode(sofar.BATTERY, bytes(14), record, 2)  # nothing hangs on the first input
    sofar.derive(sofar.BATTERY, bytes(14), record)
    assert (record.battery_w, record.soc_pct, record.battery_dv) == (1000, 80, 4000)
    decode(sofar.BATTERY_2, bytes(16), record, 3)
    decode(sofar.BATTERY, bytes(14), record, 4)
    sofar.derive(sofar.BATTERY, bytes(14), record)
    assert (record.battery_w, record.soc_pct) == (None, None)


def test_limit_of_the_feed_in():
    record = InverterState()
    for words, expected in (
        ("0000 0000", -1),
        ("FFFF FFFF", -1),  # never set
        ("0001 0000", 0),
        ("0001 000A", 1000),
        ("0004 0000", 0),
    ):
        raw = bytes.fromhex(words)
        decode(sofar.EXPORT, raw, record, 1)
        sofar.derive(sofar.EXPORT, raw, record)
        assert record.export_limit_w == expected, words
    assert sofar.limit_export(0) == ((0x10, 0x1023, [1, 0]),)
    assert sofar.limit_export(5000) == ((0x10, 0x1023, [1, 50]),)
    assert sofar.limit_export(None) == ((0x10, 0x1023, [0, 0]),)
    assert raises(sofar.limit_export, -100)


def test_blocks_that_a_machine_may_lack():
    for page, register, block in sofar.OPTIONAL:
        assert page % PAGE == 0 and page <= register < page + PAGE
        assert block.address <= register < block.address + block.count
    absent = [
        block
        for page, register, block in sofar.OPTIONAL
        if not sofar.is_served(registers(page, 4), register)
    ]
    assert sofar.BATTERY_2 in absent and sofar.POWER_LIMITS in absent
    assert sofar.LIMITS not in absent and sofar.EXPORT not in absent
