"""The wires of the virtual inverters of other brands: RS485, and Modbus TCP.

On RS485 everything is as for Sofar (`rtu_port`), but for the functions that a brand answers. On
TCP pymodbus has the socket to itself; of the faults those make sense that are not of a wire.
"""

import asyncio

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tools.house.inverter_base import Inverter
from tools.house.rtu_port import RtuPort, _exception, _ToWire
from tools.house.sofar import RefusedError
from tools.wire import Wire

_REGISTERS = 0x10000
_READ = (3, 4)
_STANDARD = (3, 4, 6, 16)
_TCP_FAULTS = ("silent", "slow", "exception")
_LOOK_S = 0.02  # how often a silent server looks whether it may speak again


def _device(action) -> SimDevice:
    registers = SimData(0, count=_REGISTERS, values=0, datatype=DataType.REGISTERS)
    return SimDevice(0, simdata=[registers], action=action)


def _special(number: int, inverter) -> type[ModbusPDU]:
    """A function of the maker's own, for pymodbus: two words asked, one word answered."""

    class Special(ModbusPDU):
        function_code = number
        rtu_frame_size = 8

        def decode(self, data: bytes) -> None:
            self.address = int.from_bytes(data[:2], "big")
            self.registers = [int.from_bytes(data[2:4], "big")]

        def encode(self) -> bytes:
            return b"\x02" + self.registers[0].to_bytes(2, "big")

        async def datastore_update(self, context, device_id):
            word = inverter.special(number, self.address, self.registers[0])
            return type(self)(registers=[word])

    return Special


class SerialPort(RtuPort):
    """An inverter's RS485 port."""

    def __init__(self, wire: Wire, inverter: Inverter, *, speed: float = 1.0, seed: int = 1):
        """Serve `inverter` on `wire`; needs a running loop."""
        super().__init__(wire, inverter, speed=speed, seed=seed)
        self._server = ModbusTcpServer(
            _device(self._act),
            framer=FramerType.RTU,
            broadcast_enable=True,
            custom_pdu=[
                _special(function, inverter)
                for function in inverter.FUNCTIONS
                if function not in _STANDARD
            ],
        )
        self._handler = self._server.callback_new_connection()
        self._handler.connection_made(_ToWire(self._reply))

    def _request(self, frame: bytes) -> None:
        function = frame[1]
        if function not in self._inverter.FUNCTIONS or function in (3, 16):
            super()._request(frame)
            return
        self._note_request(frame)
        if self.fault == "exception":
            self._inverter.heard()
            self._reply(_exception(frame, self.fault_code))
        elif function in _READ and not 1 <= int.from_bytes(frame[4:6]) <= 125:
            self._reply(_exception(frame, ExcCodes.ILLEGAL_VALUE))
        else:
            self._handler.recv_buffer = b""
            self._handler.data_received(frame)

    async def _act(self, function, start, address, count, registers, values):
        """Run one request for pymodbus; fills `registers` for a read."""
        return _run(self._inverter, function, start, address, count, registers, values)


class TcpPort:
    """An inverter's Modbus TCP port."""

    def __init__(self, inverter: Inverter, *, speed: float = 1.0):
        """Serve `inverter`; `start` opens the socket."""
        self.stats = dict.fromkeys(("requests", "replies", "exceptions"), 0)
        self.fault = None
        self.fault_code = 4
        self.fault_delay_s = 1.5
        self.port = 0
        self._fault_left = None
        self._inverter = inverter
        self._speed = speed
        self._server = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        self._server = ModbusTcpServer(
            _device(self._act), framer=FramerType.SOCKET, address=(host, port)
        )
        await self._server.listen()
        self.port = self._server.transport.sockets[0].getsockname()[1]
        return self.port

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server:
            await self._server.shutdown()

    def order(self, name: str | None, count: int | None = None, *, code=4, delay_s=1.5) -> None:
        """As `RtuPort.order`, for faults that are not of a wire. Raises ValueError."""
        if name is not None and name not in _TCP_FAULTS:
            raise ValueError(f"fault {name!r} on TCP: one of {', '.join(_TCP_FAULTS)}")
        self.fault, self._fault_left = name, count
        self.fault_code, self.fault_delay_s = code, delay_s

    async def _act(self, function, start, address, count, registers, values):
        self.stats["requests"] += 1
        while self.fault == "silent" or not self._inverter.listening:
            self._count_down()
            await asyncio.sleep(_LOOK_S)
        fault = self.fault
        self._count_down()
        if fault == "slow":
            await asyncio.sleep(self.fault_delay_s / self._speed)
        if fault == "exception":
            self._inverter.heard()
            code = ExcCodes(self.fault_code)
        elif function not in self._inverter.FUNCTIONS:
            code = ExcCodes.ILLEGAL_FUNCTION
        else:
            code = _run(self._inverter, function, start, address, count, registers, values)
        self.stats["exceptions" if code else "replies"] += 1
        return code

    def _count_down(self) -> None:
        if self.fault and self._fault_left is not None:
            self._fault_left -= 1
            if self._fault_left <= 0:
                self.fault = None


def _run(inverter, function, start, address, count, registers, values):
    """Let the inverter do what pymodbus has decoded; the exception code, None for done."""
    try:
        if values is None:
            # After function 6 pymodbus reads the register back for its answer.
            words = inverter.read(address, count, 4 if function == 4 else 3)
            registers[address - start : address - start + count] = words
        else:
            inverter.write(address, list(values), function)
    except RefusedError as refused:
        return ExcCodes(refused.args[0])
    return None
