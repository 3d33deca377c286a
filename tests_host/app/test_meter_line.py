"""The meter's line: found however it speaks, its faults named, its telegrams passed on."""

import asyncio
import socket

import pytest
from crc16 import crc16_arc
from installation import alarms, play, stored

from tools.house.kinds import KEY
from tools.line import Line

_WAYS = (
    ("inverted", Line(115200)),
    ("slow_inverted", Line(9600, 7, 0)),
    ("half_speed", Line(57600, inverted=True)),
    ("double_speed", Line(230400, inverted=True)),
)


async def _found(installation, code):
    """The status once the line was found, with telegrams and no alarm."""
    return await installation.until_status(
        code, lambda status: status["meter"]["line"] == code and not alarms(status), 150
    )


@pytest.mark.parametrize("code, line", _WAYS, ids=[code for code, _ in _WAYS])
def test_another_way_of_speaking_is_found_and_kept(code, line):
    async def scenario(installation):
        house, board = installation.house, installation.board
        usual = house.p1_faults.line
        house.p1_faults.line = lambda: line
        status = await _found(installation, code)
        assert ["meter_line_found", [code]] in [event[1:3] for event in status["events"]]
        await house.sleep(15)  # what was found is saved in a quiet moment
        await board.kill()
        await board.start()
        again = await installation.until_status(
            "telegrams at once", lambda status: status["meter"]["telegrams"] >= 2, 11
        )
        assert again["meter"]["line"] == code
        house.p1_faults.line = usual
        await _found(installation, "ok")

    play(scenario)


def test_seven_bits_are_found_but_not_kept_since_they_hear_eight_as_well():
    async def scenario(installation):
        house, board = installation.house, installation.board
        house.p1_faults.order("seven_bits")
        await _found(installation, "seven_bits")
        await house.sleep(15)
        house.p1_faults.order(None)
        await board.kill()
        await board.start()
        await _found(installation, "ok")

    play(scenario)


_KINDS = (
    ("fluvius_3x230", "ok", "day", 1000),
    ("fluvius_old", "ok", "day", 1000),
    ("iskra", "ok", "day", 1000),
    ("dsmr5", "ok", "day", 1000),
    ("dsmr4", "ok", "day", 10000),
    ("dsmr2", "slow", "day", 10000),
)


@pytest.mark.parametrize("meter, code, tariff, interval_ms", _KINDS, ids=[k[0] for k in _KINDS])
def test_every_kind_of_meter_steers_the_battery(meter, code, tariff, interval_ms):
    async def scenario(installation):
        status = await installation.until_status(
            "rhythm",
            lambda status: (
                abs(status["meter"]["interval_ms"] - interval_ms) < 200
                and status["meter"]["telegrams"] >= 4
            ),
            120,
        )
        shown = status["meter"]
        assert (shown["line"], shown["tariff"], shown["crc_errors"]) == (code, tariff, 0)
        await installation.until(
            "balanced", lambda house: abs(house.snapshot()["grid_w"]) < 60, 120
        )

    play(scenario, meter=meter)


def test_an_encrypted_meter_asks_for_its_key_and_is_read_with_it():
    async def scenario(installation):
        await installation.until_status(
            "asks", lambda status: status["meter"]["line"] == "key_missing", 60
        )
        for key, code in (("00" * 16, "key_wrong"), (KEY.hex(), "encrypted")):
            await installation.board.stop()
            board = installation.replace_board(files=stored(meter__key=key, meter__line_found=1))
            await board.start()
            status = await installation.until_status(
                code, lambda status, code=code: status["meter"]["line"] == code, 60
            )
        assert status["meter"]["grid_w"] is not None

    play(scenario, meter="luxembourg")


def test_month_peaks_that_the_meter_forgets_are_kept_over_a_restart():
    june, stamp_s = 2026 * 12 + 5, 1781000100

    async def scenario(installation):
        status = await installation.until_status("id", lambda status: status["meter"].get("id"))
        kept = f"{status['meter']['id']};{june - 1} 4000;{june} 3000 {stamp_s}"
        await installation.board.stop()
        await installation.replace_board(files=stored(meter__peaks_kept=kept)).start()
        status = await installation.until_status(
            "billed", lambda status: status["meter"].get("billed_w") == (4000 + 3000) // 2
        )
        meter = status["meter"]
        assert (meter["month_peak_w"], meter["month_peak_at_s"]) == (3000, stamp_s)
        assert meter["cost_ct"] == 3500 * 5237 // 1000 + 1
        assert status["control"]["limit_w"] == 3000

    play(scenario, meter="dsmr5")


def test_silence_is_named_and_not_searched_through():
    async def scenario(installation):
        await installation.until_status("started", lambda status: status["meter"]["telegrams"] > 2)
        installation.house.p1_faults.order("stop")
        status = await installation.until_status(
            "silence named", lambda status: status["meter"]["line"] == "no_data", 40
        )
        assert alarms(status) == ["no_telegram"]
        installation.house.p1_faults.order(None)
        await installation.until_status("back", lambda status: status["meter"]["line"] == "ok", 6)

    play(scenario)


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


async def _telegrams(port, wanted):
    """Complete telegrams that a program reads at the pass-through."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"hello")  # what it sends is ignored
        found = []
        await reader.readuntil(b"!")
        await reader.readline()
        while len(found) < wanted:
            text = await asyncio.wait_for(reader.readuntil(b"\n!"), 30)
            found.append(text + await reader.readline())
        return found
    finally:
        writer.close()


def test_telegrams_are_passed_on_byte_for_byte_to_three_at_most():
    port = free_port()

    async def scenario(installation):
        await installation.until_status("served", lambda status: status["meter"]["readers"] == 0)
        for telegrams in await asyncio.gather(*[_telegrams(port, 3) for _ in range(3)]):
            for telegram in telegrams:
                assert telegram.startswith(b"/FLU5"), telegram[:40]
                end = telegram.rindex(b"!") + 1
                assert f"{crc16_arc(telegram, end):04X}\r\n".encode() == telegram[end:]
        await installation.until_status("left", lambda status: status["meter"]["readers"] == 0)
        holders = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        await installation.until_status("joined", lambda status: status["meter"]["readers"] == 3)
        assert await asyncio.wait_for(holders[3][0].read(), 10) == b""  # the fourth is sent away
        for _, writer in holders:
            writer.close()
        status = await installation.until_status(
            "left", lambda status: status["meter"]["readers"] == 0
        )
        assert not alarms(status) and not status["tasks"]

    play(scenario, files=stored(meter__passthrough_port=port))


def test_nobody_is_served_unless_a_port_is_set():
    async def scenario(installation):
        status = await installation.until_status("up", lambda status: status["meter"]["age_ms"])
        assert status["meter"]["readers"] is None

    play(scenario)


def test_a_port_that_is_taken_is_an_alarm_with_its_number():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]

        async def scenario(installation):
            status = await installation.until_status("alarm", alarms)
            ((code, args, _),) = status["alarms"]
            assert (code, args[0]) == ("passthrough", port)

        play(scenario, files=stored(meter__passthrough_port=port))


def test_a_text_message_of_1024_characters_is_taken():
    message = "Avis important ! / " * 54

    async def scenario(installation):
        house = installation.house
        plain = house.p1_faults.send

        def with_message(meter):
            text = plain(meter).rsplit(b"!", 1)[0] + b"!"
            text = text.replace(b"(%s)" % b"", b"(%s)" % message[:1024].encode().hex().encode(), 1)
            return text + f"{crc16_arc(text, len(text)):04X}\r\n".encode()

        await installation.until_status("telegrams", lambda status: status["meter"]["age_ms"])
        house.p1_faults.send = with_message
        await installation.until_status(
            "message", lambda status: status["meter"].get("message") == message[:200], 20
        )
        house.p1_faults.send = plain
        await installation.until_status(
            "none", lambda status: status["meter"].get("message", 1) is None, 20
        )

    play(scenario)
