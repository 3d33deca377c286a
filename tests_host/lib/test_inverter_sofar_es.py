"""The driver of Sofar's older protocol, on CPython and MicroPython alike.

The registers are one consistent moment, put together from the protocol: battery charging 1.50 kW
at 64 %, sun 2.10 kW, 0.30 kW to the grid. The frames are those that public projects send.
"""

from inverter import family_sofar_es as sofar
from inverter.profile import decode
from inverter.record import InverterState
from modbus.rtu import Exchange, ModbusError
from modbus.values import u16

#                  Hz   W    V    A    SoC  C    grid load AC   PV
MAIN = bytes.fromhex("1388 0096 020A 0B2C 0040 0019 001E 001E 003C 00D2")


def read(block, raw):
    record = InverterState()
    assert decode(block, raw, record, 7) == 0
    sofar.derive(block, raw, record)
    return record


def test_snapshot_has_our_signs_and_units():
    record = read(sofar.MAIN, MAIN)
    for field, value in (
        ("grid_mhz", 50000),
        ("battery_w", -1500),
        ("battery_dv", 522),
        ("battery_ca", -2860),
        ("soc_pct", 64),
        ("battery_temp_c", 25),
        ("pcc_w", -300),
        ("inverter_w", 600),
        ("pv_w", 2100),
        ("ac_at_ms", 7),
        ("pv_at_ms", 7),
    ):
        assert getattr(record, field) == value, field


def test_voltage_in_hundredths_is_found_out():
    raw = bytearray(MAIN)
    raw[4:6] = bytes.fromhex("1464")  # 52.20 V
    assert read(sofar.MAIN, bytes(raw)).battery_dv == 522


def test_without_a_battery_its_zeros_mean_nothing():
    raw = bytearray(MAIN)
    raw[2:10] = bytes(8)
    record = InverterState()
    decode(sofar.MAIN, bytes(raw), record, 7)
    sofar.derive(sofar.MAIN, bytes(raw), record)
    assert (record.battery_w, record.soc_pct) == (None, None)


def test_faults_are_numbered_by_word_and_bit():
    record = read(sofar.STATUS, bytes.fromhex("0004 0001 0000 0000 0000 8000 0902"))
    assert record.faults == (1, 80)
    assert (record.running_state, record.l1_dv) == (4, 2306)


def test_counters_are_in_watt_hours():
    raw = bytes.fromhex("0000 3039" + "0001 0000" + "0000 0007" + "0000" * 4 + "0000 0800")
    raw += bytes.fromhex("0000 0700" + "0000 0000 00C8")
    record = read(sofar.ENERGY, raw)
    assert record.pv_wh == 12345000
    assert record.export_wh == 65536000
    assert record.import_wh == 7000
    assert (record.charged_wh, record.discharged_wh, record.cycles) == (2048000, 1792000, 200)


def test_commands_are_the_known_frames():
    exchange = Exchange()
    record = InverterState()
    for writes, expected in (
        (sofar.command(1000, record), "01 42 01 01 03 E8"),
        (sofar.command(-3000, record), "01 42 01 02 0B B8"),
        (sofar.command(0, record), "01 42 01 01 00 00"),
        (sofar.KEEP_ALIVE, "01 49 22 01 22 02 1E DD"),
        (sofar.hand_back(None, record), "01 42 01 03 55 55"),
        (sofar.take(record), "01 10 12 00 00 01 02 00 03"),
    ):
        ((function, address, words),) = writes
        assert (function, address, len(words)) in sofar.WRITABLE
        frame = bytes(exchange.write(1, address, words, function))
        wanted = bytes.fromhex(expected)
        assert frame[: len(wanted)] == wanted, expected
    assert sofar.hand_back(0, record)[1] == (0x10, 0x1200, (0,))


def answered(function, words, answer):
    """What the exchange makes of an answer without its CRC; "" for well."""
    from crc16 import crc16_modbus

    exchange = Exchange()
    exchange.write(1, 0x0101, words, function)
    raw = bytearray(bytes.fromhex(answer))
    crc = crc16_modbus(raw, len(raw))
    raw += bytes((crc & 0xFF, crc >> 8))
    assert exchange.feed(raw, len(raw)), answer
    try:
        assert exchange.result() == (b"" if function == 0x49 else bytes(raw[3:5]))
    except ModbusError as error:
        return error.code
    return ""


def test_status_of_a_command_becomes_an_error():
    for answer, code in (
        ("01 42 02 03 00", ""),
        ("01 42 02 00 01", "exception_4"),
        ("01 42 02 03 02", "crc"),
        ("01 42 02 00 03", "exception_6"),
        ("01 42 02 00 04", "exception_3"),
        ("01 42 02 00 77", "exception_4"),
        ("01 C2 01", "exception_1"),
    ):
        assert answered(0x42, [500], answer) == code, answer


def test_answer_to_the_heartbeat_may_have_any_length():
    for answer in ("01 49 02 00 00", "01 49 00", "01 49 06 00 01 02 03 04 05"):
        assert answered(0x49, [0x2202], answer) == "", answer


def test_limits():
    record = InverterState()
    record.rated_w, record.max_charge_w, record.max_discharge_w = 4000, 3500, 2500
    sofar.limits(record)
    assert (record.battery_max_charge_w, record.battery_max_discharge_w) == (3000, 2500)
    record.pv_w = 3300
    sofar.limits(record)
    assert record.battery_max_discharge_w == 700
    assert u16(MAIN, 4) == 64
