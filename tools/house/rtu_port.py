"""A pymodbus server behind a paced wire: frames by silence, answer times, and faults to order.

pymodbus decodes requests, runs them and builds the replies; this module gives it the bytes of one
frame at a time, as a UART with a silence timer would, and puts its replies on the wire. What this
family never answers is kept away from it: function 06, other addresses, frames with a bad CRC.
"""

import asyncio
import random

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.framer.rtu import FramerRTU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tools.house.sofar import RefusedError, Sofar
from tools.wire import Wire

_FRAME_GAP_BYTES = 3.5  # silence that ends a frame; MODBUS over serial line V1.02, 2.5.1.1
_LEAST_GAP_S = 0.002  # real time; the sender's frame may reach us in two pieces
_LATENCY_S = (0.050, 0.080)  # house time from the end of a request to the reply
_READ, _WRITE_ONE, _WRITE = 3, 6, 16
_REGISTERS = 0x2000

#: What can be ordered, and what it does.
FAULTS = {
    "silent": "hears nothing, answers nothing",
    "mute": "does what is asked but the answer is lost",
    "slow": "answers only after `delay_s`",
    "exception": "answers exception `code` to every request and does nothing",
    "wrong_address": "the answer carries another bus address",
    "truncated": "the answer breaks off half way",
    "short": "the answer is whole but carries fewer registers than asked",
    "noise": "random bytes right before the answer",
    "bad_crc": "the CRC of the answer does not fit",
}


class Exchange:
    """A request on the wire and its reply; times are those of the loop's clock [s].

    `reply_started` and `reply_ended` are None as long as there is no reply.
    """

    __slots__ = ("address", "code", "ended", "function", "reply_ended", "reply_started", "started")

    def __init__(self, frame: bytes, started: float, ended: float):
        """Describe a request of at least four bytes; `code` becomes the exception answered."""
        self.function = frame[1]
        self.address = int.from_bytes(frame[2:4], "big")
        self.started = started
        self.ended = ended
        self.code = 0
        self.reply_started = self.reply_ended = None


class RtuPort:
    """The inverter's RS485 port."""

    def __init__(self, wire: Wire, inverter: Sofar, *, speed: float = 1.0, seed: int = 1):
        """Serve `inverter` on `wire`; needs a running loop."""
        self.stats = dict.fromkeys(
            ("requests", "replies", "exceptions", "crc_errors", "unanswered", "collisions"), 0
        )
        self.latency_s = _LATENCY_S
        self.on_request = None  # called with the Exchange when a request is complete
        self.on_reply = None  # called with the Exchange when its reply is on the wire
        self.fault = None
        self.fault_code = 4
        self.fault_delay_s = 1.5
        self._fault_left = None
        self._wire = wire
        self._inverter = inverter
        self._speed = speed
        self._chance = random.Random(f"{seed}/rtu port")
        self._frame = bytearray()
        self._frame_started = self._frame_ended = 0.0
        self._timer = None
        self._exchange = None
        registers = SimData(0, count=_REGISTERS, values=0, datatype=DataType.REGISTERS)
        device = SimDevice(0, simdata=[registers], action=self._act)
        self._server = ModbusTcpServer(device, framer=FramerType.RTU, broadcast_enable=True)
        self._handler = self._server.callback_new_connection()
        self._handler.connection_made(_ToWire(self._reply))
        wire.on_bytes = self._on_bytes

    def order(self, name: str | None, count: int | None = None, *, code=4, delay_s=1.5) -> None:
        """Let the next `count` requests, or all until further notice, suffer from fault `name`.

        None ends the fault; `code` is for "exception", `delay_s` [s house time] for "slow".
        Raises ValueError for an unknown name.
        """
        if name is not None and name not in FAULTS:
            raise ValueError(f"inverter fault {name!r}: one of {', '.join(FAULTS)}")
        self.fault, self._fault_left = name, count
        self.fault_code, self.fault_delay_s = code, delay_s

    def close(self) -> None:
        """Stop listening to the wire."""
        self._wire.on_bytes = None
        if self._timer:
            self._timer.cancel()

    def _on_bytes(self, chunk: bytes, ended: float) -> None:
        loop = asyncio.get_running_loop()
        byte_s = self._wire.byte_s
        started = ended - len(chunk) * byte_s
        if not self._frame:
            self._frame_started = started
            last = self._exchange
            if last and last.reply_ended and started < last.reply_ended:
                self.stats["collisions"] += 1  # the master talks before our answer is out
        self._frame += chunk
        self._frame_ended = ended
        gap_s = max(_FRAME_GAP_BYTES * byte_s, min(_LEAST_GAP_S, 0.4 * self._least_latency_s()))
        if self._timer:
            self._timer.cancel()
        self._timer = loop.call_at(ended + gap_s, self._frame_complete)

    def _least_latency_s(self) -> float:
        return self.latency_s[0] / self._speed

    def _frame_complete(self) -> None:
        frame = bytes(self._frame)
        self._frame.clear()
        if not self._inverter.listening or self.fault == "silent":
            self._count_down()
            return
        if len(frame) < 4 or not FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:])):
            self.stats["crc_errors"] += 1
            return
        if frame[0] in (0, self._inverter.address):
            self._request(frame)

    def _request(self, frame: bytes) -> None:
        self._note_request(frame)
        function = frame[1]
        if function == _WRITE_ONE:
            self._inverter.heard()
            self.stats["unanswered"] += 1
        elif self.fault == "exception":
            self._inverter.heard()
            self._reply(_exception(frame, self.fault_code))
        elif function not in (_READ, _WRITE):
            self._reply(_exception(frame, ExcCodes.ILLEGAL_FUNCTION))
        elif function == _READ and not 1 <= int.from_bytes(frame[4:6]) <= 125:
            self._reply(_exception(frame, ExcCodes.ILLEGAL_VALUE))
        else:
            self._handler.recv_buffer = b""
            self._handler.data_received(frame)

    def _note_request(self, frame: bytes) -> None:
        self.stats["requests"] += 1
        self._exchange = Exchange(frame, self._frame_started, self._frame_ended)
        if self.on_request:
            self.on_request(self._exchange)

    async def _act(self, function, start, address, count, registers, values):
        """Run one request for pymodbus; fills `registers` for a read."""
        try:
            if values is None:
                words = self._inverter.read(address, count)
                registers[address - start : address - start + count] = words
            else:
                self._inverter.write(address, values)
        except RefusedError as refused:
            return ExcCodes(refused.args[0])
        return None

    def _reply(self, frame: bytes) -> None:
        """Put the reply on the wire when it is due, spoilt as ordered."""
        exchange = self._exchange
        latency_s = self._chance.uniform(*self.latency_s)
        if self.fault == "slow":
            latency_s = self.fault_delay_s
        if frame[1] & 0x80:
            exchange.code = frame[2]
            self.stats["exceptions"] += 1
        frame = self._spoil(frame)
        if not frame:
            self.stats["unanswered"] += 1
            return
        self.stats["replies"] += 1
        due = exchange.ended + latency_s / self._speed
        exchange.reply_started, exchange.reply_ended = self._wire.send(frame, due)
        if self.on_reply:
            self.on_reply(exchange)

    def _spoil(self, frame: bytes) -> bytes:
        fault = self.fault
        self._count_down()
        if fault == "mute":
            return b""
        if fault == "wrong_address":
            return _sealed(bytes([frame[0] % 247 + 1]) + frame[1:-2])
        if fault == "truncated":
            return frame[: len(frame) // 2]
        if fault == "short":
            return _shortened(frame)
        if fault == "noise":
            noise = self._chance.choices(range(256), k=self._chance.randint(1, 6))
            return bytes(noise) + frame
        if fault == "bad_crc":
            return frame[:-1] + bytes([frame[-1] ^ 0x10])
        return frame

    def _count_down(self) -> None:
        if self.fault and self._fault_left is not None:
            self._fault_left -= 1
            if self._fault_left <= 0:
                self.fault = None


class _ToWire:
    """What pymodbus takes for its transport."""

    def __init__(self, write):
        self.write = write

    def close(self) -> None:
        """Nothing to close: the wire has its own life."""


def _sealed(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def _exception(request: bytes, code: int) -> bytes:
    return _sealed(bytes([request[0], request[1] | 0x80, code]))


def _shortened(frame: bytes) -> bytes:
    """One register less: in a read reply by its byte count, in a write reply by its quantity."""
    if frame[1] == _READ and frame[2] > 2:
        return _sealed(frame[:2] + bytes([frame[2] - 2]) + frame[3:-4])
    if frame[1] == _WRITE:
        return _sealed(frame[:4] + (int.from_bytes(frame[4:6]) - 1).to_bytes(2, "big"))
    return frame
