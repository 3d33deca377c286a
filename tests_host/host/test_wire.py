"""Wires: bytes take their time, in both directions, and never come early."""

import asyncio
import os
import time

import pytest

from tools import wire


class _Board:
    """The board's end of a wire, with the time at which each byte came."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.received = bytearray()
        self.at = []

    @classmethod
    async def connect(cls, cable: wire.Wire) -> "_Board":
        board = cls(*await asyncio.open_connection("127.0.0.1", cable.port))
        await asyncio.wait_for(cable.wait_connected(), 10)
        return board

    async def take(self, count: int) -> bytes:
        while len(self.received) < count:
            chunk = await asyncio.wait_for(self.reader.read(4096), 20)
            assert chunk, "hung up"
            self.received += chunk
            self.at += [time.monotonic()] * len(chunk)
        return bytes(self.received[:count])


def _on_a_wire(scenario, baud=9600, **options):
    async def main():
        heard = []
        cable = wire.Wire(baud, on_bytes=lambda chunk, at: heard.append((chunk, at)), **options)
        await cable.start()
        try:
            await scenario(cable, heard)
        finally:
            await cable.close()

    wire.run(main())


async def _until(condition):
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("did not happen")


def test_no_byte_arrives_before_its_stop_bit():
    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        sent = bytes(range(120))
        started, ended = cable.send(sent)
        assert ended - started == pytest.approx(120 * 10 / 9600)
        assert await board.take(120) == sent
        for i, at in enumerate(board.at):
            assert at >= started + (i + 1) * 10 / 9600 - 1e-4, i

    _on_a_wire(scenario)


def test_bytes_come_a_few_at_a_time_and_not_in_one_lump():
    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        board.writer.write(bytes(300))
        await _until(lambda: sum(len(chunk) for chunk, _ in heard) == 300)
        assert len(heard) > 20
        ends = [at for _, at in heard]
        assert ends == sorted(ends)
        byte_s = (ends[-1] - ends[0]) / (300 - len(heard[0][0]))
        assert byte_s == pytest.approx(10 / 9600)

    _on_a_wire(scenario)


def _seconds_for(count, baud, speed):
    took = []

    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        cable.send(bytes(count))
        await board.take(count)
        took.append(board.at[-1] - board.at[0])

    _on_a_wire(scenario, baud, speed=speed)
    return took[0]


def test_time_on_the_wire_goes_with_bytes_and_against_baud_and_speed():
    base_s = _seconds_for(100, 4800, 1)
    assert 1.5 < _seconds_for(200, 4800, 1) / base_s < 3
    assert 1.5 < _seconds_for(100, 2400, 1) / base_s < 3
    assert 1.5 < _seconds_for(100, 1200, 2) / base_s < 3


def test_both_directions_run_at_once():
    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        cable.send(bytes(200))
        board.writer.write(bytes(200))
        await board.take(200)
        await _until(lambda: sum(len(chunk) for chunk, _ in heard) == 200)
        down, up = cable.to_board.bursts[-1], cable.to_device.bursts[-1]
        assert (down.count, up.count) == (200, 200)
        assert up.started < down.ended and down.started < up.ended

    _on_a_wire(scenario)


def test_bursts_are_told_apart_by_silence_and_queued_bytes_join():
    async def scenario(cable, heard):
        first, _ = cable.send(b"abc")
        _, end = cable.send(b"de")
        assert end - first == pytest.approx(5 * 10 / 9600)
        later, _ = cable.send(b"f", at=end + 0.05)
        assert later == end + 0.05
        bursts = [(burst.started, burst.count) for burst in cable.to_board.bursts]
        assert bursts == [(first, 5), (later, 1)]

    _on_a_wire(scenario)


def test_nobody_connected_is_a_silent_wire_and_old_bytes_are_not_kept():
    async def scenario(cable, heard):
        assert not cable.connected
        cable.send(b"lost")
        await _until(lambda: cable.to_board.byte_count == 4)
        board = await _Board.connect(cable)
        cable.send(b"found")
        assert await board.take(5) == b"found"

    _on_a_wire(scenario)


def test_the_newest_connection_wins():
    async def scenario(cable, heard):
        old = await _Board.connect(cable)
        new = await _Board.connect(cable)
        with pytest.raises((AssertionError, ConnectionError)):
            await old.take(1)
        new.writer.write(b"x")
        await _until(lambda: heard)
        cable.send(b"y")
        assert await new.take(1) == b"y"

    _on_a_wire(scenario)


def test_an_unplugged_wire_loses_bytes_both_ways_until_plugged_again():
    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        cable.send(bytes(50))
        cable.unplug()
        board.writer.write(b"lost")
        cable.send(b"lost")
        await _until(lambda: cable.to_board.byte_count == 4)
        await asyncio.sleep(0.02)
        cable.plug()
        board.writer.write(b"up")
        cable.send(b"down")
        assert await board.take(4) == b"down"
        await _until(lambda: b"".join(chunk for chunk, _ in heard) == b"up")

    _on_a_wire(scenario)


def test_noise_hooks_change_what_is_on_the_wire():
    async def scenario(cable, heard):
        board = await _Board.connect(cable)
        cable.to_board.tamper = lambda chunk: b"\x00\xff" + chunk
        cable.to_device.tamper = lambda chunk: chunk[:-1]
        cable.send(b"abc")
        assert await board.take(5) == b"\x00\xffabc"
        board.writer.write(b"xyz")
        await _until(lambda: b"".join(chunk for chunk, _ in heard) == b"xy")

    _on_a_wire(scenario)


def test_a_flood_is_bounded_and_counted():
    async def scenario(cable, heard):
        for _ in range(20):
            cable.send(bytes(10000))
        assert cable.to_board.dropped == 140000
        assert cable.to_board._waiting == 60000

    _on_a_wire(scenario)


def test_a_device_behind_a_serial_port_hangs_on_a_wire():
    async def scenario():
        ours, theirs = os.openpty()
        bridge = wire.SerialBridge(os.ttyname(theirs), 9600)
        port = await bridge.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x01\x03")
        heard = await asyncio.to_thread(os.read, ours, 2)
        assert heard == b"\x01\x03"
        os.write(ours, b"\x01\x83\x00\xff\r\n")
        assert await asyncio.wait_for(reader.readexactly(6), 20) == b"\x01\x83\x00\xff\r\n"
        await bridge.close()
        os.close(ours)
        os.close(theirs)

    wire.run(scenario())


def test_command_line_reports_a_missing_port(capsys):
    assert wire.main(["--serial", "/dev/no-such-port", "--listen", "127.0.0.1:0"]) == 1
    assert "no-such-port" in capsys.readouterr().err
