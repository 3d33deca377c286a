"""The virtual chip: that it behaves as an ESP32 does, limits included, and leaves nothing behind.

Each test puts a main.py of its own on the flash; what it prints is the answer.
"""

import ast
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools import line, wire
from tools.board import VirtualBoard
from tools.line import Line

_STUBS = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")


def board_with(main: str, **options) -> VirtualBoard:
    """A board that runs `main` and nothing of ours."""
    files = {"main.py": main.encode()} | options.pop("files", {})
    return VirtualBoard(firmware=False, files=files, **options)


def lines_of(main: str, **options) -> list:
    """Run `main` until it ends; returns the console."""

    async def run():
        async with board_with(main, **options) as board:
            await board.wait("end of main.py", lambda: board.chip.ended)
            return board.log

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def wire_end():
    """The far end of one wire: yields an object with `port`, `send`, `heard`, `hang_up`."""

    class End:
        def __init__(self):
            self.heard, self._writers = b"", []

        async def serve(self, reader, writer):
            self._writers.append(writer)
            while piece := await reader.read(1000):
                self.heard += piece

        async def joined(self):
            while not self._writers:
                await asyncio.sleep(0.01)

        def send(self, content):
            self._writers[-1].write(content)

        async def hang_up(self):
            while self._writers:
                self._writers.pop().close()

    end = End()
    server = await asyncio.start_server(end.serve, "127.0.0.1", 0)
    end.port = server.sockets[0].getsockname()[1]
    try:
        yield end
    finally:
        await end.hang_up()
        server.close()


#: For `wired`: until the test opens the gate, the board waits here, however slow the machine is.
_WAIT_AT_GATE = """
gate = machine.UART(1, tx=17)
while not gate.any():
    time.sleep_ms(1)
"""


def wired(main: str, drive, **options) -> list:
    """Run `main` with an RS485 wire whose far end is the coroutine `drive(board, end)`.

    `end.open_gate()` lets a board go on that waits at the gate.
    """

    async def run():
        async with (
            wire_end() as end,
            wire_end() as gate,
            board_with(main, rs485=end.port, p1=gate.port, **options) as board,
        ):

            async def open_gate():
                await gate.joined()
                gate.send(b"!")

            end.open_gate = open_gate
            await end.joined()
            await drive(board, end)
            return board.log

    return asyncio.run(run())


def test_the_flash_is_littlefs_at_the_root_and_modules_come_from_it():
    main = "import sys, os, app\nprint(sys.path, sorted(os.listdir('/')), os.statvfs('/')[0])\n"
    log = lines_of(main, files={"lib/app.py": b"print('from lib')\n"})
    assert log == [
        "from lib",
        "['/chip', '', '.frozen', '/lib'] ['board.json', 'chip', 'lib', 'main.py'] 4096",
    ]


def test_an_exception_is_printed_and_leaves_the_chip_idle():
    log = lines_of("1 / 0\n")
    assert log[-1] == "ZeroDivisionError: divide by zero"


def test_radio_constants_are_those_of_the_chip():
    found = {}
    for node in ast.walk(ast.parse((_STUBS / "network.pyi").read_text())):
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant):
            found[node.target.id] = node.value.value
    names = "STA_IF AP_IF AUTH_OPEN AUTH_WPA2_PSK AUTH_WPA2_WPA3_PSK STAT_IDLE STAT_GOT_IP "
    names += "STAT_WRONG_PASSWORD STAT_HANDSHAKE_TIMEOUT PHY_LAN8720 PHY_LAN8710 ETH_GOT_IP"
    main = f"import network as n\nfor name in {names.split()}:\n    print(getattr(n, name))\n"
    assert lines_of(main) == [str(found[name]) for name in names.split()]


def test_limits_are_refused_as_the_chip_does():
    main = """
import machine, network, espnow
def refused(what):
    try:
        what()
    except (ValueError, OSError, AttributeError) as error:
        print(type(error).__name__, error)
    else:
        print("taken")
ap = network.WLAN(network.AP_IF)
now = espnow.ESPNow()
refused(lambda: machine.WDT(timeout=999))
refused(lambda: machine.UART(1, rxbuf=128))
refused(lambda: machine.UART(3))
refused(lambda: machine.Pin(34, machine.Pin.OUT))
refused(lambda: machine.Pin(24))
refused(lambda: ap.config(max_clients=11))
refused(lambda: ap.config(password="short"))
refused(lambda: ap.config("password"))
refused(lambda: network.AUTH_NOTHING)
refused(lambda: now.add_peer(b"123456"))
now.active(True)
now.add_peer(b"123456")
refused(lambda: now.send(b"123456", bytes(250)))
refused(lambda: now.send(b"123456", bytes(251)))
"""
    assert lines_of(main) == [
        "ValueError WDT timeout too short",
        "ValueError rxbuf must exceed the hardware buffer of 128 bytes",
        "ValueError UART(3) does not exist",
        "ValueError pin can only be input",
        "ValueError invalid pin",
        "OSError Wifi Invalid Argument",
        "OSError Wifi Invalid Argument",
        "ValueError unknown config param",
        "AttributeError AUTH_NOTHING",
        "OSError (-12389, 'ESP_ERR_ESPNOW_NOT_INIT')",
        "taken",
        "ValueError ESPNow: bytes or bytearray wrong length",
    ]


_READER = """
import machine, asyncio, time
uart = machine.UART(2, 9600, timeout=0%s)
async def read():
    stream, buf = asyncio.StreamReader(uart), bytearray(1000)
    while True:
        count = await stream.readinto(buf)
        if count:
            print("got", bytes(buf[:count]))
asyncio.run(read())
"""


def test_bytes_arrive_and_a_broken_wire_is_joined_again():
    async def drive(board, end):
        await end.joined()
        end.send(b"one")
        await board.wait_log("got b'one'")
        await end.hang_up()
        await end.joined()
        end.send(b"two")
        await board.wait_log("got b'two'")

    wired(_READER % "", drive)


def test_a_wire_that_is_not_there_is_silence_and_holds_nothing_up():
    main = """
import machine, asyncio, time
uart = machine.UART(2, 9600)
async def read():
    await asyncio.StreamReader(uart).readinto(bytearray(10))
async def count():
    asyncio.create_task(read())
    start = time.ticks_ms()
    for _ in range(20):
        await asyncio.sleep_ms(20)
    print("late", time.ticks_ms() - start - 400)
    print(uart.write(b"lost"), uart.any(), uart.read())
    uart.flush()
asyncio.run(count())
"""
    log = lines_of(main, rs485=1)
    assert int(log[0].split()[1]) < 400
    assert log[1] == "4 0 None"


def test_the_uart_hears_the_line_as_it_is_set_and_may_be_set_anew():
    # "A" has two ones, "C" three: its parity is the high bit of eight.
    main = """
import machine
uart = machine.UART(1, 9600, tx=13, rxbuf=512)
for baud, bits, parity, invert, heard in (
    (9600, 8, None, 4, b"A\\xc3"), (9600, 7, 0, 4, b"AC"), (115200, 8, None, 4, b"\\0"),
    (9600, 7, 0, 0, None),
):
    uart.init(baud, bits, parity, invert=invert, timeout=30000)
    found = set()
    while found != set(heard) if heard else not found or 65 in found:
        found = set(uart.read(20))
    print("heard", baud, bits, invert)
uart.init(19200)
print(uart.line)
"""

    async def run():
        far = wire.Wire(Line(9600, 7, 0, inverted=True))
        port = await far.start()
        try:
            async with board_with(main, p1=port) as board:
                await board.wait("end", lambda: _shout(far) or board.chip.ended)
                assert not board.chip.faults
                return board.log
        finally:
            await far.close()

    log = asyncio.run(run())
    assert log[3:] == ["heard 9600 7 0", "b'19200 7 0 1 0'"]


def _shout(far: wire.Wire):
    """Keep the line busy."""
    if far.to_board.idle_after(time.monotonic()):
        far.send(b"AC" * 10)


def test_what_the_device_hears_of_a_uart_that_is_set_otherwise():
    main = """
import machine, time
uart = machine.UART(2, 9600)
for baud in (9600, 4800):
    while not uart.any():
        time.sleep_ms(1)
    uart.read()
    uart.init(baud)
    uart.write(bytes((0xFF, 0x41)))
"""
    heard = bytearray()

    async def run():
        far = wire.Wire(9600, on_bytes=lambda chunk, at: heard.extend(chunk))
        port = await far.start()
        try:
            async with board_with(main, rs485=port) as board:
                await far.wait_connected()
                for want in (b"\xff\x41", line.heard(b"\xff\x41", Line(4800), Line(9600))):
                    heard.clear()
                    far.send(b"g")
                    await board.wait("all", lambda want=want: len(heard) >= len(want))
                    assert heard == want
        finally:
            await far.close()

    asyncio.run(run())


def test_what_exceeds_the_receive_buffer_is_lost_and_counted():
    main = """
import machine, time
uart = machine.UART(2, 9600%s)
"""
    main += _WAIT_AT_GATE
    main += """
buf = bytearray(100)
total = 0
while total == 0 or uart.any():
    total += uart.readinto(buf) or 0
print("kept", total)
"""
    for option, kept in (("", 256), (", rxbuf=1024", 1000)):

        async def drive(board, end, kept=kept):
            end.send(bytes(range(250)) * 4)
            await end.open_gate()
            await board.wait_log(f"kept {kept}")
            await board.wait("loss told", lambda: board.chip.overflow_bytes == 1000 - kept)

        wired(main % option, drive)


def test_a_long_read_continues_where_the_short_one_stopped():
    main = """
import machine, time
uart = machine.UART(2, 9600, rxbuf=300)
while uart.any() < 200:
    time.sleep_ms(1)
a, b = bytearray(150), bytearray(50)
print(uart.readinto(a), uart.readinto(b), bytes(a) + bytes(b) == bytes(range(200)), uart.any())
"""

    async def drive(board, end):
        end.send(bytes(range(200)))
        await board.wait_log("150 50 True 0")

    wired(main, drive)


def test_write_returns_at_once_and_is_done_after_ten_bits_a_byte():
    main = """
import machine, time
uart = machine.UART(2, 9600)
start = time.ticks_us()
uart.write(bytes(96))
print(uart.txdone())
while not uart.txdone():
    pass
print(time.ticks_us() - start)
"""

    async def drive(board, end):
        await board.wait("end", lambda: board.chip.ended)
        assert board.log[0] == "False"
        assert int(board.log[1]) >= 99_840
        await board.wait("bytes", lambda: end.heard == bytes(96))

    wired(main, drive)


def test_read_waits_no_longer_than_the_uarts_timeout():
    main = """
import machine, time
uart = machine.UART(2, 9600, timeout=100)
start = time.ticks_ms()
print(uart.read(5), time.ticks_ms() - start >= 100)
"""
    assert lines_of(main) == ["None True"]


_DIRECTION = """
import machine, time
de = machine.Pin(4, machine.Pin.OUT, value=0)
uart = machine.UART(2, 9600)
"""


def test_an_undriven_line_takes_nothing():
    async def drive(board, end):
        await board.wait("fault", lambda: board.chip.faults)
        await board.wait_log("done")
        assert board.chip.faults == ["written to an RS485 line that is not driven"]
        assert end.heard == b"driven"

    main = (
        _DIRECTION
        + """
uart.write(b"mute")
uart.flush()
de.on()
uart.write(b"driven")
uart.flush()
de.off()
time.sleep_ms(100)
print("done")
"""
    )
    wired(main, drive, direction=4)


def test_letting_the_line_go_before_the_last_byte_is_told():
    async def drive(board, end):
        await board.wait("fault", lambda: board.chip.faults)
        assert "before the last byte" in board.chip.faults[0]

    wired(_DIRECTION + "de.on()\nuart.write(b'1234')\nde.off()\n", drive, direction=4)


def test_nothing_is_heard_while_driving():
    main = (
        _DIRECTION
        + """
de.on()
print("driving")
"""
        + _WAIT_AT_GATE
        + """
print(uart.any())
de.off()
print("listening")
while uart.any() < 5:
    time.sleep_ms(1)
print(uart.read())
"""
    )

    async def drive(board, end):
        await board.wait_log("driving")
        end.send(b"unheard")
        await end.open_gate()
        await board.wait_log("listening")
        end.send(b"heard")
        await board.wait_log("b'heard'")

    assert "0" in wired(main, drive, direction=4)


def test_a_chip_that_does_not_feed_its_watchdog_restarts_and_knows_why():
    main = """
import machine, time
watchdog = machine.WDT(timeout=1000)
cause = machine.reset_cause()
print("cause", cause)
if cause == machine.WDT_RESET:
    machine.reset()
while cause == machine.HARD_RESET:
    watchdog.feed()
    time.sleep_ms(50)
"""

    async def run():
        async with board_with(main) as board:
            await board.wait_log("cause 2")
            feeds = board.chip.feeds
            await board.wait("feeds", lambda: board.chip.feeds > feeds + 5)
            assert board.restarts == 2
            assert board.chip.causes == [1, 3, 2]

    asyncio.run(run())


def test_nothing_runs_after_a_reset():
    main = """
import machine
if machine.reset_cause() == machine.PWRON_RESET:
    try:
        machine.reset()
    finally:
        print("after")
print("again")
"""
    assert lines_of(main) == ["again"]


def test_the_clock_outlives_a_restart_but_not_a_power_cut():
    main = """
import machine
clock = machine.RTC()
print("year", clock.datetime()[0])
if machine.reset_cause() == machine.PWRON_RESET:
    clock.datetime((2027, 2, 28, 0, 12, 0, 0, 0))
    print("weekday", clock.datetime()[3])
    machine.reset()
print("date", clock.datetime()[1:4])
"""

    async def run():
        async with board_with(main) as board:
            await board.wait("end", lambda: board.chip.ended)
            assert board.log == ["year 2000", "weekday 6", "year 2027", "date (2, 28, 6)"]
            await board.kill()
            await board.start()
            await board.wait_log("year 2000", count=2)

    asyncio.run(run())


def test_the_flash_outlives_a_power_cut_and_takes_a_new_program():
    main = """
import os
print(sorted(os.listdir("/lib")), "own.json" in os.listdir("/"))
number = 0
while True:
    with open("/own.json", "w") as file:
        file.write(str(number))
    number += 1
    print("wrote", number)
"""

    async def run():
        files = {"lib/old.py": b"", "main.py": main.encode()}
        async with VirtualBoard(firmware=False, files=files) as board:
            await board.wait_log("wrote 30")
            await board.kill()
            assert board.chip.pid is None
            del files["lib/old.py"]
            files["lib/new.py"] = b""
            await board.start(update=False)
            await board.wait_log("['old.py'] True")
            await board.kill()
            await board.start()
            await board.wait_log("['new.py'] True")

    asyncio.run(run())


def test_a_frozen_chip_does_nothing_and_goes_on_when_thawed():
    main = """
import machine, time
watchdog = machine.WDT(timeout=1000)
while True:
    watchdog.feed()
    time.sleep_ms(10)
"""

    async def run():
        async with board_with(main) as board:
            await board.wait("feeds", lambda: board.chip.feeds > 3)
            board.freeze()
            await asyncio.sleep(0.2)
            feeds = board.chip.feeds
            await asyncio.sleep(1.2)
            assert board.chip.feeds == feeds
            board.thaw()
            await board.wait("feeds", lambda: board.chip.feeds > feeds + 3)
            assert board.restarts == 0

    asyncio.run(run())


def test_a_pin_can_be_pushed_from_outside_and_an_output_is_seen():
    main = """
import machine, time
led, button = machine.Pin(2, machine.Pin.OUT), machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP)
while button():
    time.sleep_ms(5)
led.on()
"""

    async def run():
        async with board_with(main) as board:
            await board.wait("start", lambda: board.chip.running)
            board.chip.push(0, 0)
            await board.wait("light", lambda: board.chip.pins.get(2) == 1)

    asyncio.run(run())


def test_speed_makes_the_boards_time_run_faster():
    main = """
import asyncio, time, machine
async def run():
    print("start")
    before = time.ticks_ms(), machine.RTC().datetime()
    for _ in range(30):
        await asyncio.sleep_ms(100)
    time.sleep_ms(1000)
    after = time.ticks_ms(), machine.RTC().datetime()
    print("ms", time.ticks_diff(after[0], before[0]))
    print("s", after[1][5] * 60 + after[1][6] - before[1][5] * 60 - before[1][6])
asyncio.run(run())
"""

    async def run():
        async with board_with(main, speed=20) as board:
            await board.wait_log("start")
            start = time.monotonic()
            await board.wait("end", lambda: board.chip.ended)
            real_ms = (time.monotonic() - start) * 1000
            virtual_ms = int(board.log[1].split()[1])
            assert virtual_ms >= 4000
            assert real_ms < virtual_ms / 2
            assert abs(int(board.log[2].split()[1]) - virtual_ms / 1000) < 2

    asyncio.run(run())


def test_the_probe_tells_what_held_the_loop():
    main = """
import asyncio, time
async def run():
    await asyncio.sleep_ms(50)
    time.sleep_ms(30)
    await asyncio.sleep_ms(50)
    print("end")
asyncio.run(run())
"""

    async def run():
        async with board_with(main, probe=True) as board:
            await board.wait("end", lambda: board.chip.ended)
            return board.holds

    long = [hold for hold in asyncio.run(run()) if hold[1] >= 30_000]
    assert len(long) == 1
    at_ms, wall_us, cpu_us = long[0]
    assert at_ms >= 80 and cpu_us <= wall_us


def test_a_snippet_runs_before_main():
    assert lines_of("print(word)\n", before="word = 'snippet'\n") == ["snippet"]


def test_the_page_answers_at_the_reserved_port():
    main = """
import asyncio, json
port = json.load(open("/board.json"))["http_port"]
async def answer(reader, writer):
    await reader.readline()
    writer.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
    await writer.drain()
    writer.close()
async def run():
    await asyncio.start_server(answer, "127.0.0.1", port)
    await asyncio.sleep(60)
asyncio.run(run())
"""

    async def run():
        async with board_with(main) as board:
            await board.wait_http()
            address = board.http
            await board.kill()
            assert not await board._answers()
            await board.start()
            await board.wait_http()
            assert board.http == address

    asyncio.run(run())


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_is_left_when_it_stops():
    async def run():
        board = board_with("print('on')\n")
        await board.start()
        await board.wait_log("on")
        folder, pid = board.flash_file.parent, board.chip.pid
        assert folder.exists() and _alive(pid)
        await board.stop()
        assert not folder.exists() and not _alive(pid)

    asyncio.run(run())


def test_the_command_line_cleans_up_when_it_is_told_to_end(tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT):
        command = [sys.executable, "-m", "tools.board", "--probe"]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        cli = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert "page at http://127.0.0.1:" in cli.stdout.readline()
        assert list(tmp_path.iterdir())
        cli.send_signal(number)
        assert cli.wait(30) == 0
        cli.stdout.close()
        assert not list(tmp_path.iterdir())


def test_no_interpreter_outlives_a_keeper_that_is_killed(tmp_path):
    command = [sys.executable, "-m", "tools.board", "--data", tmp_path, "--before"]
    snippet = tmp_path / "snippet.py"
    snippet.write_text("print('on')\nwhile True: pass\n")
    cli = subprocess.Popen([*command, snippet], stdout=subprocess.PIPE, text=True)
    try:
        while cli.stdout.readline().strip() != "on":
            assert cli.poll() is None
        children = Path(f"/proc/{cli.pid}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        assert len(pids) == 1
    finally:
        os.kill(cli.pid, signal.SIGKILL)
        cli.wait()
        cli.stdout.close()
    end = time.monotonic() + 20
    while _alive(pids[0]):
        assert time.monotonic() < end
        time.sleep(0.02)
