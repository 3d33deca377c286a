"""firmware/board and main.py, unmodified, on the virtual chip; the application is a stand-in."""

import asyncio
import json
import re
import time

from tools import wire
from tools.board import VirtualBoard
from tools.line import Line

_BOARD_LINE = "board JULLIX_000001 profile virtual start power"


def board_with(app: str, **options) -> VirtualBoard:
    """A board whose firmware/app.py is `app`."""
    files = {"firmware/app.py": app.encode()} | options.pop("files", {})
    return VirtualBoard(files=files, **options)


def console(app: str, until: str = "done", **options) -> list:
    """Run `app` until the line `until` comes; returns the console up to it."""

    async def run():
        async with board_with(app, **options) as board:
            await board.wait_log(until)
            log = board.log
            return log[: log.index(until) + 1]

    return asyncio.run(run())


_SELF = """
def main(board):
    print(board.profile, board.name, board.role, board.mac, board.reset_cause, board.refusals)
    print(board.http_host, board.http_port > 1024, board.unix_s(), board.button())
    print("done")
"""


def test_a_board_knows_itself():
    assert console(_SELF, mac="24:6f:28:a1:b2:c3")[-3:] == [
        "virtual JULLIX_A1B2C3 jullix b'$o(\\xa1\\xb2\\xc3' power []",
        "127.0.0.1 True None False",
        "done",
    ]


def test_the_role_is_the_one_that_was_provisioned():
    log = console(_SELF, files={"identity.json": b'{"role": "extender"}'})
    assert "virtual JULLIX_000001 extender" in log[-3]


def test_a_file_that_makes_no_sense_is_named_on_the_console():
    log = console(_SELF, board={"profile": "esp8266"})
    assert log[0] == "board.json: profile_unknown profile esp8266"
    log = console(_SELF, board={"pins": {"led": 99}})
    assert log[0] == "board.json: pin_impossible led 99"


def test_the_clock_is_unknown_until_it_is_set_and_outlives_a_restart():
    app = """
def main(board):
    now = board.unix_s()
    print("now", now)
    if now is None:
        try:
            board.set_unix_s(1000000000)
        except ValueError as error:
            print(error)
        board.set_unix_s(1803772799)
        print("set", board.unix_s())
        board.restart()
    print(board.reset_cause, 0 <= now - 1803772799 < 30)
    print("done")
"""
    log = console(app)
    assert [line for line in log if not line.startswith(("board", "now 18"))] == [
        "now None",
        "unix_s: before 2025",
        "set 1803772799",
        "restart True",
        "done",
    ]


def test_led_and_button():
    app = """
import time
def main(board):
    board.led(True)
    while not board.button():
        board.watchdog_feed()
        time.sleep_ms(5)
    board.led(False)
    print("done")
"""

    async def run():
        async with board_with(app) as board:
            await board.wait("light", lambda: board.chip.pins.get(2) == 1)
            board.chip.push(0, 0)
            await board.wait_log("done")
            assert board.chip.pins[2] == 0

    asyncio.run(run())


async def _serve(answer):
    """A far end that runs `answer(reader, writer)`; returns (server, port)."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def test_the_p1_port_reads_the_inverted_line():
    app = """
import asyncio
async def read(port):
    buf = bytearray(100)
    print("got", bytes(buf[: await port.readinto(buf)]))
def main(board):
    asyncio.run(read(board.p1_port()))
    print("done")
"""

    async def meter(reader, writer):
        writer.write(b"/FLU5\\253769484_A\r\n")
        await reader.read()
        writer.close()

    async def run():
        server, port = await _serve(meter)
        async with server, board_with(app, p1=port) as board:
            await board.wait_log("done")
            assert "got b'/FLU5\\\\253769484_A\\r\\n'" in board.log
            assert board.chip.faults == []

    asyncio.run(run())


_ASK = """
import asyncio, time
async def ask(port):
    buf = bytearray(64)
    await asyncio.sleep_ms(300)
    print("stale", port.any())
    port.discard()
    print("left", port.any())
    for _ in range(3):
        start = time.ticks_us()
        await port.write(b"12345678")
        print("took", time.ticks_us() - start)
        count = await port.readinto(buf)
        print("answer", bytes(buf[:count]))
def main(board):
    asyncio.run(ask(board.rs485_port()))
    print("done")
"""


def _ask(**options) -> VirtualBoard:
    async def device(reader, writer):
        writer.write(b"noise")
        while await reader.read(100):
            await asyncio.sleep(0.15)
            writer.write(b"ok")
        writer.close()

    async def run():
        server, port = await _serve(device)
        async with server, board_with(_ASK, rs485=port, **options) as board:
            await board.wait_log("done")
            log = board.log
            assert board.chip.faults == []
            assert log.count("answer b'ok'") == 3
            took = [int(line.split()[1]) for line in log if line.startswith("took")]
            assert min(took) >= 8333, "8 bytes of 10 bits at 9600 baud"
            return log

    return asyncio.run(run())


def test_write_returns_when_the_last_byte_has_left_and_the_answer_is_read():
    log = _ask()
    assert "stale 5" in log and "left 0" in log


def test_the_direction_pin_is_held_for_as_long_as_bytes_leave():
    _ask(board={"pins": {"rs485_direction": 4}}, direction=4)


def test_reading_makes_no_tasks_and_little_garbage():
    app = """
import asyncio, gc
async def read(port):
    buf = bytearray(100)
    for _ in range(20):
        await port.readinto(buf)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(100):
        await port.readinto(buf)
    print("each", (gc.mem_alloc() - before) // 100)
def main(board):
    asyncio.run(read(board.p1_port()))
    print("done")
"""

    async def meter(reader, writer):
        for _ in range(130):
            writer.write(b"x" * 20)
            await asyncio.sleep(0.005)
        await reader.read()
        writer.close()

    async def run():
        server, port = await _serve(meter)
        async with server, board_with(app, p1=port) as board:
            await board.wait_log("done")
            return int(next(line for line in board.log if line.startswith("each")).split()[1])

    # 64-bit words; a task alone takes 200, wait_for a thousand
    assert asyncio.run(run()) <= 640


_POINT = """
def main(board):
    print("stations", board.access_point(), board.access_point())
    print("done")
"""


def test_the_access_point_is_closed_and_its_password_told_to_the_maker_alone():
    async def run():
        async with board_with(_POINT) as board:
            await board.wait_log("done")
            told = [line for line in board.log if line.startswith("access point")]
            password = told[0].split()[-1]
            assert re.fullmatch("[a-hj-km-np-z2-9]{12}", password)
            assert board.chip.access_point == ["JULLIX_000001", "3", password]
            assert "stations 0 0" in board.log
            await board.kill()
            await board.start()
            await board.wait_log("done", count=2)
            assert board.chip.access_point[2] == password

    asyncio.run(run())


def test_a_password_from_the_sticker_is_not_told():
    async def run():
        files = {"identity.json": json.dumps({"password": "on-the-sticker"}).encode()}
        async with board_with(_POINT, files=files) as board:
            await board.wait_log("done")
            assert board.chip.access_point == ["JULLIX_000001", "3", "on-the-sticker"]
            assert not [line for line in board.log if "on-the-sticker" in line]

    asyncio.run(run())


_HANG = """
def main(board):
    board.watchdog_feed()
    print("cause", board.reset_cause)
    while board.reset_cause == "power":
        pass
    print("done")
"""


def test_an_application_that_hangs_is_restarted_and_told_why():
    log = console(_HANG, speed=8)
    assert log.count("cause watchdog") == 1


def test_the_watchdog_can_be_left_off_for_work_at_the_prompt():
    app = """
import time
def main(board):
    time.sleep(10)
    board.watchdog_feed()
    print("done")
"""
    log = console(app, board={"watchdog": False}, speed=4)
    assert log == [_BOARD_LINE, "done"]


def test_an_application_that_fails_is_printed_and_restarted():
    app = """
def main(board):
    if board.reset_cause == "power":
        raise ValueError("no good")
    print("done")
"""
    log = console(app, speed=10)
    assert "ValueError: no good" in log
    assert "main: the application has ended, restart in 5 s" in log
    assert "board JULLIX_000001 profile virtual start restart" in log


def test_the_board_leaves_most_of_the_heap():
    app = """
import gc
def main(board):
    board.p1_port(), board.rs485_port(), board.access_point()
    gc.collect()
    print("free", gc.mem_free())
    print("done")
"""
    free = next(line for line in console(app) if line.startswith("free"))
    assert int(free.split()[1]) > 110_000


def test_the_p1_port_is_set_anew_in_place_as_the_line_at_the_plug_is():
    app = """
import asyncio
async def read(port):
    buf = bytearray(100)
    for baud, bits, parity, inverted, until in (
        (9600, 8, None, True, b"A\\xc3"), (9600, 7, 0, False, b"A"), (9600, 7, 0, True, b"AC")
    ):
        port.configure(baud, bits, parity, inverted)
        found = set()  # what came before the wire was told does not count
        while (until[0] in found) != inverted or inverted and found != set(until):
            await asyncio.sleep_ms(20)
            found = set(buf[: await port.readinto(buf)])
        print("set", bits, inverted)
def main(board):
    asyncio.run(read(board.p1_port()))
    print("done")
"""

    async def run(inverted, pins):
        far = wire.Wire(Line(9600, 7, 0, inverted=inverted))
        port = await far.start()

        def shout():
            if far.to_board.idle_after(time.monotonic()):
                far.send(b"AC" * 10)

        try:
            async with board_with(app, p1=port, board={"pins": pins}) as board:
                await board.wait("end", lambda: shout() or "done" in board.log)
                assert board.chip.faults == []
        finally:
            await far.close()

    asyncio.run(run(True, {}))
    # An inverter between the plug and the chip: the chip sees the line as a UART's.
    asyncio.run(run(False, {"p1_inverted": False}))
