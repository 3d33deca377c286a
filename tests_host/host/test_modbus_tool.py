"""`python -m tools.modbus` against the virtual inverters: over a pseudo terminal on the paced wire
and over Modbus TCP, as a person would call it."""

import asyncio
import os
import signal
import socket
import sys
import tty

import pytest

from tools import wire
from tools.house.house import House
from tools.house.plant import PASSIVE, SELF_USE
from tools.modbus.__main__ import main
from tools.mpytest import ROOT

_SOFAR = ("--model", "Sofar ESI 3K-S1")
_SUNGROW = ("--model", "Sungrow SH5.0RT")
_PATIENT = ("--timeout", 10000)  # the machine may be slow, the inverter is not
_MOST_S = 200  # for a call that hangs; how fast the machine is plays no part


class Adapter:
    """A USB-RS485 adapter: a pseudo terminal at the board's end of the house's wire."""

    def __init__(self, house: House):
        self._house = house

    async def __aenter__(self):
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._house.rs485_port)
        asyncio.get_running_loop().add_reader(
            self._master, lambda: self._writer.write(os.read(self._master, 512))
        )
        self._task = asyncio.create_task(self._listen(reader))
        return ("--port", os.ttyname(self._slave), *_PATIENT)

    async def _listen(self, reader):
        while chunk := await reader.read(512):
            os.write(self._master, chunk)

    async def __aexit__(self, *_):
        self._task.cancel()
        asyncio.get_running_loop().remove_reader(self._master)
        self._writer.close()
        os.close(self._master)
        os.close(self._slave)


async def start(*arguments):
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.modbus", *map(str, arguments)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process, before=b""):
    """Exit status, output and errors of a process."""
    out, err = await asyncio.wait_for(process.communicate(), _MOST_S)
    return process.returncode, (before + out).decode(), err.decode()


async def call(*arguments):
    return await ended(await start(*arguments))


async def until(process, text: bytes) -> bytes:
    """Output up to a line that holds `text`."""
    seen = b""
    while text not in seen:
        line = await asyncio.wait_for(process.stdout.readline(), _MOST_S)
        assert line, (seen, await process.stderr.read())
        seen += line
    return seen


def on_the_wire(scenario, **options):
    async def everything():
        async with House(**options) as house, Adapter(house) as port:
            await scenario(house, port)

    wire.run(everything())


def on_tcp(scenario, **options):
    async def everything():
        async with House(inverter=_SUNGROW[1], **options) as house:
            await scenario(house, ("--tcp", f"localhost:{house.tcp_port}", *_SUNGROW, *_PATIENT))

    wire.run(everything())


def fix(house, register: int, word: int):
    """Let a register of the inverter always read as `word`."""
    read = house.inverter.read

    def fixed(address, count):
        words = list(read(address, count))
        if address <= register < address + count:
            words[register - address] = word
        return words

    house.inverter.read = fixed


async def become(condition):
    """Wait until `condition()`: the house moves ten times a second."""
    async with asyncio.timeout(_MOST_S):
        while not condition():
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def held_w(house) -> list:
    return [house.plant.battery_min_w, house.plant.battery_max_w]


def test_identify_and_read_over_serial():
    async def scenario(house, port):
        status, out, err = await call("identify", *port, *_SOFAR)
        assert (status, err) == (0, "")
        assert "serial number: SH1025003KX000000001" in out
        assert "register 0x1187 is needed: served" in out
        assert out.endswith("It fits Sofar ESI 3K-S1\n")
        fix(house, 0x0608, 43)
        status, out, err = await call("read", *port, *_SOFAR)
        rows = {line.split()[0]: line.split() for line in out.splitlines() if line[:2] == "  "}
        assert rows["soc_pct"][1:] == ["43", "%", "0x0608", "read-only"]
        assert rows["mode"][1:] == ["0", "0x1110", "writable"]
        assert rows["battery_max_charge_w"][2] == "W"
        assert abs(int(rows["battery_w"][1])) < 4000
        assert house.inverter.writes == {}
        status, out, err = await call("read", *port, "0x0608", 2)
        assert (status, err) == (0, "")
        assert out.splitlines()[0] == "0x0608 (1544)  0x002B  43"
        status, out, err = await call("watch", *port, *_SOFAR, "--count", 1)
        assert (status, out.count("\n")) == (0, 1)
        assert "soc 43 %" in out

    on_the_wire(scenario, speed=10)


def test_who_is_not_there_and_who_does_not_fit():
    async def scenario(house, port):
        status, out, err = await call("read", *port[:2], *_SOFAR, "--unit", 9, "--timeout", 400)
        assert (status, out) == (1, "")
        assert "address 9" in err and "swap A and B" in err and "`scan`" in err
        status, out, err = await call("identify", *port, "--model", "Sofar HYD 5KTL-3PH")
        assert (status, err) == (1, "")
        assert "3 phases" in out or "phase(s)" in out
        assert "It does not fit Sofar HYD 5KTL-3PH" in out
        status, out, err = await call("scan", *port[:2], "--to", 2, "--timeout", 2000)
        assert status == 0
        assert "address 1 answers" in out and out.count("\n") == 1
        assert "address 2" in err
        status, out, err = await call("scan", *port[:2], "--from", 5, "--to", 5)
        assert (status, out) == (1, "")
        assert "no address answers" in err
        status, out, err = await call("read", *port, "0x1FFE", 1)
        assert (status, out) == (1, "")
        assert "no such register" in err

    on_the_wire(scenario, speed=10)


def test_impossible_values_are_doubtful_and_do_not_fit():
    async def scenario(house, port):
        fix(house, 0x0608, 999)
        status, out, _ = await call("read", *port, *_SOFAR)
        assert status == 0
        row = next(line for line in out.splitlines() if line.startswith("  soc_pct"))
        assert "unknown" in row and "doubtful: reads 999 %, can be 0 % to 100 %" in row
        status, out, _ = await call("identify", *port, *_SOFAR)
        assert status == 1
        assert "soc_pct is impossible" in out

    on_the_wire(scenario, speed=10)


def test_a_power_is_held_and_handed_back():
    async def scenario(house, port):
        process = await start("write", *port, *_SOFAR, -500, "--yes", "--patience", _MOST_S)
        seen = await until(process, b"in force -500 W")
        await become(lambda: house.plant.mode == PASSIVE and held_w(house) == [-500, -500])
        process.send_signal(signal.SIGINT)
        status, _, err = await ended(process, seen)
        assert (status, err) == (0, "handed back\n")
        await become(lambda: house.plant.mode == SELF_USE)
        assert house.inverter.timeouts == 0  # it was told, and did not fall back by itself
        assert (house.inverter.mode, house.inverter.writes[0x1110]) == (0, 2)

    on_the_wire(scenario)


def test_nothing_is_written_without_yes():
    async def scenario(house, port):
        status, out, err = await call("write", *port, *_SOFAR, -500)
        assert (status, house.inverter.writes) == (2, {})
        assert "charge at 500 W" in out and "--yes" in err
        assert "register 0x1187 (4487): 0000 0000 0000 01F4 0000 01F4" in out
        raw = ("write", *port, "0x1184", 45, 1, "--function", 16)
        status, out, err = await call(*raw)
        assert (status, house.inverter.writes) == (2, {})
        assert "nothing was written" in err
        status, out, err = await call(*raw, "--yes")
        assert (status, err) == (0, "")
        assert "reads back: 002D 0001" in out
        assert house.inverter.read(0x1184, 2) == [45, 1]

    on_the_wire(scenario, speed=10)


def test_watch_ends_well_with_ctrl_c():
    async def scenario(house, way):
        process = await start("watch", *way)
        seen = await until(process, b"soc ")
        process.send_signal(signal.SIGINT)
        status, _, err = await ended(process, seen)
        assert (status, err) == (0, "")

    on_tcp(scenario)


def test_over_tcp_and_without_a_dead_man():
    async def scenario(house, way):
        status, out, _ = await call("identify", *way)
        assert (status, out.splitlines()[-1]) == (0, "It fits Sungrow SH5.0RT")
        status, _, err = await call("write", *way, 600, "--yes")
        assert (status, house.inverter.writes) == (1, {})
        assert "--accept-no-deadman" in err and "nothing was changed" in err
        hold = ("write", *way, "--yes", "--accept-no-deadman", "--patience", _MOST_S)
        process = await start(*hold, 600)
        seen = await until(process, b"in force 600 W")
        await become(lambda: held_w(house) == [600, 600])
        process.terminate()
        status, _, err = await ended(process, seen)
        assert (status, err) == (0, "handed back\n")
        await become(lambda: house.plant.mode == SELF_USE)
        status, out, err = await call(*hold, -700, "--seconds", 1)
        assert (status, err) == (0, "handed back\n")
        assert "in force -700 W" in out
        await become(lambda: house.plant.mode == SELF_USE)

    on_tcp(scenario)


def test_what_cannot_be_handed_back_is_said():
    async def scenario(house, way):
        process = await start(
            *("write", *way, 600, "--yes", "--accept-no-deadman", "--timeout", 1000)
        )
        seen = await until(process, b"in force 600 W")
        house.tcp.order("silent")
        process.send_signal(signal.SIGINT)
        status, _, err = await ended(process, seen)
        assert status == 1
        assert "NOT handed back" in err and "may hold 600 W" in err
        house.tcp.order(None)

    on_tcp(scenario)


def test_nobody_listens():
    async def everything():
        status, out, err = await call("read", "--tcp", f"127.0.0.1:{free_port()}", *_SUNGROW)
        assert (status, out) == (1, "")
        assert "Modbus TCP is switched on" in err
        status, out, err = await call("identify", "--port", "/dev/nothing-here", *_SOFAR)
        assert (status, out) == (2, "")
        assert err.startswith("/dev/nothing-here: ")

    wire.run(everything())


def test_models(capsys):
    assert main(["models"]) == 0
    assert capsys.readouterr().out.split() == ["Hybrid", "PV", "Meter"]
    assert main(["models", "Hybrid", "Sofar"]) == 0
    assert "HYD-EP" in capsys.readouterr().out
    assert main(["models", "Hybrid", "Sofar", "HYD-EP"]) == 0
    assert "Sofar HYD 6000-EP" in capsys.readouterr().out
    assert main(["models", "Hybrid", "Nobody"]) == 2
    assert "there is: Sofar" in capsys.readouterr().err


_PORT = ("--port", "/dev/nothing-here")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ((), "COMMAND"),
        (("read",), "--port"),
        (("read", *_PORT), "needs --model"),
        (("read", *_PORT, "--tcp", "x", *_SOFAR), "not allowed with"),
        (("read", *_PORT, "--model", "Sofar ESI 3K-S2"), "did you mean Sofar ESI"),
        (("read", *_PORT, "1"), "ADDRESS and COUNT"),
        (("read", *_PORT, "1", "126"), "COUNT 1 to 125"),
        (("read", *_PORT, "65535", "2"), "0 to 65535"),
        (("read", *_PORT, "one", "2"), "is no number"),
        (("read", *_PORT, "--unit", "248", *_SOFAR), "1 to 247"),
        (("read", "--tcp", "host:0", *_SOFAR), "HOST:PORT"),
        (("read", *_PORT, "--timeout", "0", *_SOFAR), "20 to 60000"),
        (("scan", *_PORT, "--from", "9", "--to", "8"), "--from"),
        (("scan", *_PORT, "--bauds", "9600,fast"), "is no number"),
        (("scan", "--tcp", "host", "--bauds", "9600"), "TCP has no speed"),
        (("write", *_PORT, "500"), "needs --model"),
        (("write", *_PORT, *_SOFAR, "1", "2"), "--function"),
        (("write", *_PORT, *_SOFAR, "99999"), "takes -"),
        (("write", *_PORT, "--model", "Eastron SDM630", "5"), "only read"),
        (("write", *_PORT, "1", "--function", "6"), "one VALUE"),
        (("write", *_PORT, "1", "2", "3", "--function", "6"), "one VALUE"),
        (("write", *_PORT, "1", "65536", "--function", "6"), "-32768 to 65535"),
        (("write", *_PORT, *_SOFAR, "1", "2", "--function", "6"), "is not among"),
    ],
)
def test_wrong_arguments(line, says, capsys):
    with pytest.raises(SystemExit) as end:
        main(list(line))
    assert end.value.code == 2
    assert says in capsys.readouterr().err
