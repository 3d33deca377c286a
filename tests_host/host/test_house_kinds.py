"""Every kind of meter, judged by our decoder and by dsmr-parser; faults on each; its line."""

import asyncio
import datetime
import json
import subprocess
import sys
from decimal import Decimal

import pytest
from dsmr_parser import telegram_specifications as specifications
from dsmr_parser.parsers import TelegramParser

from tools.house.house import House
from tools.house.kinds import KEY, KINDS, seal
from tools.house.meter import TIMEZONE, Meter
from tools.house.p1_faults import FAULTS, P1Faults
from tools.line import Line
from tools.p1.telegrams import of_file

_DUTCH = ("dsmr5", "dsmr4", "dsmr2")
_NO_CRC = ("dsmr2",)
_SPECIFICATIONS = {
    "fluvius": specifications.BELGIUM_FLUVIUS,
    "fluvius_3x230": specifications.BELGIUM_FLUVIUS,
    "fluvius_old": specifications.BELGIUM_FLUVIUS,
    "iskra": specifications.ISKRA_IE,
    "dsmr5": specifications.V5,
    "dsmr4": specifications.V4,
    "dsmr2": specifications.V2_2,
    "luxembourg": specifications.LUXEMBOURG_SMARTY | {"general_global_cipher": True},
}
_KEY_OF_ALL = "00112233445566778899AABBCCDDEEFF"
_AT_S = int(datetime.datetime(2026, 6, 15, 14, 30, 10, tzinfo=TIMEZONE).timestamp())


def _meter(phases: int = 3, gas: bool = True) -> Meter:
    meter = Meter(_AT_S - 1, phases=phases)
    meter.import_wh, meter.export_wh = [1234567.6, 20.2], [3000.0, 99999998.0]
    meter.gas_m3 = 1234.567 if gas else None
    meter.second([1200.4, -300, 20][:phases], [231.2, 230.9, 229.8][:phases])
    return meter


def _sent(kind: str, meter: Meter, fault: str | None = None) -> bytes:
    faults = P1Faults(kind=KINDS[kind])
    faults.order(fault)
    return faults.send(meter)


def _read(sent: bytes, key: bytes | None = KEY) -> dict:
    (record,) = of_file(sent, key)
    return record


def _judged(kind: str, sent: bytes):
    parser = TelegramParser(_SPECIFICATIONS[kind], apply_checksum_validation=kind not in _NO_CRC)
    keys = {}
    text = sent.decode("latin-1")
    if KINDS[kind].encrypted:
        keys = {"encryption_key": KEY.hex(), "authentication_key": _KEY_OF_ALL}
        text = sent.hex()
    return parser.parse(text, **keys)


@pytest.mark.parametrize("gas", (False, True))
@pytest.mark.parametrize("phases", (1, 3))
@pytest.mark.parametrize("kind", KINDS)
def test_our_decoder_reads_the_registers(kind, phases, gas):
    if phases not in KINDS[kind].phases:
        return
    meter = _meter(phases, gas)
    read = _read(_sent(kind, meter))
    assert read["ok"], read
    step = 10 if kind == "dsmr2" else 1
    assert read["import_w"] == round(meter.import_w / step) * step
    assert read["export_w"] == 0
    if kind == "luxembourg":
        assert read["import_t1_wh"] is read["tariff"] is read["gas_m3"] is None
    else:
        night_first = -1 if kind in _DUTCH else 1
        energies = [read["import_t1_wh"], read["import_t2_wh"]][::night_first]
        assert energies == [int(value) for value in meter.import_wh]
        energies = [read["export_t1_wh"], read["export_t2_wh"]][::night_first]
        assert energies == [int(value) for value in meter.export_wh]
        assert read["tariff"] == (2 if kind in _DUTCH else 1)
        gas_m3 = 1234.567 if gas and kind != "iskra" else None
        assert read["gas_m3"] == gas_m3
    at = None if kind == "dsmr2" else "2026-06-15T14:30:10+02:00"
    assert read["timestamp"] == at
    assert (read["quarter_average_w"] is not None) == (kind in ("fluvius", "fluvius_3x230"))
    assert (read["peak_history"] is not None) == (kind in ("fluvius", "fluvius_3x230"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_opinion_reads_the_same(kind):
    meter = _meter()
    told = _judged(kind, _sent(kind, meter))
    watts = Decimal(10 if kind == "dsmr2" else 1) / 1000
    power = Decimal(round(meter.import_w)) / 1000
    assert told.CURRENT_ELECTRICITY_USAGE.value == power.quantize(watts)
    if kind == "luxembourg":
        total = Decimal(int(sum(meter.import_wh))) / 1000
        assert told.ELECTRICITY_IMPORTED_TOTAL.value == total
        return
    day, night = (2, 1) if kind in _DUTCH else (1, 2)
    used = [getattr(told, f"ELECTRICITY_USED_TARIFF_{tariff}").value for tariff in (day, night)]
    assert used == [Decimal(int(value)) / 1000 for value in meter.import_wh]


def test_an_old_meter_counts_whole_amperes_and_no_phase_power():
    read = _read(_sent("fluvius_old", _meter()))
    assert (read["dsmr_version"], read["l1_a"], read["l1_v"]) == ("50213", 5, 231.2)
    assert read["l1_import_w"] is None and read["month_peak_w"] is None


def test_a_grid_without_neutral_shows_only_a_current_on_l2():
    read = _read(_sent("fluvius_3x230", _meter()))
    assert (read["l2_v"], read["l2_import_w"], read["l2_export_w"]) == (0, 0, 0)
    assert read["l2_a"] > 1
    net_w = sum(read[f"l{k}_import_w"] - read[f"l{k}_export_w"] for k in (1, 2, 3))
    assert abs(net_w - read["import_w"]) <= 2


def test_a_clock_without_a_letter_and_one_at_all_are_left_out_to_order():
    assert b"0-0:1.0.0(260615143010)\r\n" in _sent("iskra", _meter())
    assert b"0-0:1.0.0(632525252525)\r\n" in _sent("iskra", _meter(), "bad_clock")
    for kind in KINDS:
        assert b"0-0:1.0.0" not in KINDS[kind].text(_meter(), "")


def test_an_encrypted_frame_opens_with_its_key_alone():
    sent = _sent("luxembourg", _meter())
    assert sent.startswith(b"\xdb\x08") and b"/Lux5" not in sent
    assert _read(sent, bytes(16))["error"] == "key"
    assert _read(sent, None)["error"] == "encrypted"
    other = P1Faults(kind=KINDS["luxembourg"], key=bytes(16))
    assert _read(other.send(_meter()), bytes(16))["ok"]
    # The counter, and with it the whole frame, is another with every telegram.
    assert seal(b"same", 1, KEY)[14:] != seal(b"same", 2, KEY)[14:]


_HARMLESS = ("no_clock", "bad_clock", "inverted", "half_speed", "seven_bits", "twice", "glued")
_HARMLESS += ("garbage_before",)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_works_on_every_kind(kind, fault):
    faults, meter = P1Faults(kind=KINDS[kind]), _meter()
    faults.send(meter)
    faults.order(fault, 1)
    good = [record["ok"] for record in of_file(faults.send(meter), KEY)]
    if fault in _HARMLESS:
        assert any(good)
    elif kind not in _NO_CRC and not (kind == "luxembourg" and fault in ("wrong_crc", "no_crc")):
        # A tag proves the bytes of an encrypted frame, whatever its text says.
        assert not any(good)
    faults.order(None)
    assert _read(faults.send(meter))["ok"]


def test_line_faults_are_over_with_the_fault():
    faults = P1Faults(kind=KINDS["dsmr5"])
    lines = {}
    for name in FAULTS:
        faults.order(name, 1)
        lines[name] = faults.line()
        faults.send(_meter())
        assert faults.line() == KINDS["dsmr5"].line
    assert lines["inverted"] == Line(115200)
    assert lines["half_speed"] == Line(57600, inverted=True)
    assert lines["seven_bits"] == Line(115200, 7, 0, inverted=True)
    assert lines["stop"] == Line(115200, inverted=True)


class _Board(asyncio.DatagramProtocol):
    """A board that tells how its UART is set and collects what it hears."""

    async def join(self, port: int):
        loop = asyncio.get_running_loop()
        address = ("127.0.0.1", port)
        self._teller, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        self._reader, self._writer = await asyncio.open_connection(*address)

    def tell(self, text: bytes):
        self._teller.sendto(text)

    async def hear(self, until: bytes) -> bytes:
        found = b""
        while until not in found:
            piece = await asyncio.wait_for(self._reader.read(4096), 30)
            assert piece
            found += piece
        return found

    def leave(self):
        self._teller.close()
        self._writer.close()


def test_a_dsmr_2_house_is_heard_at_its_own_speed_and_every_ten_seconds():
    async def run():
        async with House(meter="dsmr2", gas=True, speed=40) as house:
            board = _Board()
            await board.join(house.p1_port)
            board.tell(b"115200 8 -1 1 1")
            await board.hear(b"\0" * 500)
            board.tell(b"9600 7 0 1 1")
            heard = await board.hear(b"\r\n!\r\n")
            heard = await board.hear(b"\r\n!\r\n")
            board.leave()
            seconds, telegrams = house.stats["seconds"], house.stats["telegrams"]
            late = house.stats["telegrams_late"]
        assert seconds // 10 <= telegrams + late + 1 and telegrams <= seconds // 10 + 1
        return heard

    heard = asyncio.run(run())
    assert _read(heard[heard.index(b"/") :])["ok"]


def test_line_faults_reach_the_wire_and_end():
    async def run():
        async with House(speed=4) as house:
            board = _Board()
            await board.join(house.p1_port)
            board.tell(b"115200 8 -1 1 1")
            await board.hear(b"/FLU5")
            for fault in ("inverted", "half_speed", "seven_bits"):
                house.p1_faults.order(fault)
                await house.sleep(2.5)
                assert house.p1.line != house.kind.line
                house.p1_faults.order(None)
                await board.hear(b"/FLU5")
            board.leave()

    asyncio.run(run())


def test_the_command_knows_every_kind():
    command = [sys.executable, "-m", "tools.house", "--json", "--seconds", "9", "--speed", "9"]
    command += ["--key", "00" * 16, "--meter"]
    done = subprocess.run([*command, "luxembourg"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[0])["unix_s"]
    refused = subprocess.run([*command, "dsmr6"], capture_output=True, text=True)
    assert refused.returncode == 2 and "dsmr5" in refused.stderr
    command[-2] = "00"
    assert subprocess.run([*command, "dsmr5"], capture_output=True).returncode == 2
    with pytest.raises(ValueError, match="3x230"):
        House(meter="fluvius_3x230", phases=1)
