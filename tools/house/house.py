"""The virtual house in real or scaled time: plant, meter and inverter on their wires.

The house owns the clock. Everything scales with `speed`: the clock, the baud rates and the answer
times of the inverter, so that every ratio stays true. The plant steps by 0.1 s of house time; the
meter closes a second and sends its telegram at a steady beat, which begins `_COMPOSE_S` after the
second has ended.

Example:
    async with House(start="2026-06-15 18:00", speed=5) as house:
        print(house.p1_port, house.rs485_port)
        await house.sleep(60)
        print(house.snapshot())
"""

import asyncio
import datetime

from tools.house import inverters
from tools.house.inverter_port import SerialPort, TcpPort
from tools.house.kinds import KEY, KINDS, Kind
from tools.house.latency import Latency
from tools.house.meter import TIMEZONE, Meter, local_time
from tools.house.p1_faults import P1Faults
from tools.house.plant import Plant
from tools.house.rtu_port import RtuPort
from tools.house.scene import Generated
from tools.house.sofar import Sofar
from tools.wire import Wire

_TICKS_PER_S = 10
_COMPOSE_S = 0.02  # house time a meter takes to compose a telegram; hides the loop's jitter
_LATE_S, _LATE_REAL_S = 1.5, 0.5  # a telegram later than both is not sent any more
_PREPARE_H = 23  # hour at which the next day is generated
_PHASE_SHARES = (0.45, 0.30, 0.25)  # of the load; the inverter is on the first phase
_PHASE_V = (231.5, 230.9, 229.8)
_DROP_V_PER_W = 0.0005


class House:
    """A house with its meter and inverter, each behind a TCP port."""

    def __init__(
        self,
        *,
        start="2026-06-15 14:30",
        speed: float = 1.0,
        seed: int = 1,
        scene=None,
        plant: Plant | None = None,
        phases: int = 3,
        gas: bool = False,
        meter: str = "fluvius",
        key: bytes = KEY,
        inverter: str = "Sofar",
        address: int | None = None,
        mode: int = 0,
        host: str = "127.0.0.1",
        p1_port: int = 0,
        rs485_port: int = 0,
        tcp_port: int = 0,
    ):
        """Describe the house; `async with` builds it up and starts the clock.

        `start` is a datetime or ISO text in Belgian time; `scene` where load and sun come from
        (`tools.house.scene`), generated from `seed` by default; `plant` the battery and inverter;
        `meter` is one of `tools.house.kinds.KINDS` and `key` that of one which encrypts;
        `inverter` the model whose registers it has (`tools.house.inverters`), `address` its bus
        address, its maker's by default, `mode` its stored mode; port 0 is any free port.
        """
        self.speed = speed
        self.scene = scene or Generated(seed)
        self.plant = plant or Plant(soc_pct=57.0)
        self.load_override_w = None
        self.pv_override_w = None
        self.on_second = None  # called with the house after each closed second
        self.p1_port, self.rs485_port, self.tcp_port = p1_port, rs485_port, tcp_port
        self._seed, self._host = seed, host
        self._origin_s = unix_time(start)
        self._origin_real_s = None  # loop clock at _origin_s; None while the clock stands
        self._ticks = 0
        self.kind = _kind(meter, phases)
        self.meter = Meter(self._origin_s, phases=phases, seed=seed)
        if gas:
            self.meter.gas_m3 = 1234.567
        maker = inverters.find(inverter)
        address = maker.ADDRESS if address is None else address
        self.inverter = maker(self.plant, self.now_s, address=address, mode=mode)
        self.p1_faults = P1Faults(seed, self.kind, key)
        self.latency = Latency(speed, maker.SETPOINTS)
        self._counts = {"telegrams": 0, "telegrams_late": 0, "seconds": 0}
        self._second_ws = 0.0
        self._inverter_ws = 0.0
        self._task = None
        self._preparing = None

    async def __aenter__(self) -> "House":
        """Open the wires and start the clock."""
        self.p1 = Wire(self.kind.line, speed=self.speed)
        self.rs485 = Wire(self.inverter.BAUD, speed=self.speed)
        self.tcp = TcpPort(self.inverter, speed=self.speed) if self.inverter.TCP_PORT else None
        self.port = self._wired()
        self.scene.prepare(local_time(self._origin_s).date())
        self.p1_port = await self.p1.start(self._host, self.p1_port)
        self.rs485_port = await self.rs485.start(self._host, self.rs485_port)
        if self.tcp:
            self.tcp_port = await self.tcp.start(self._host, self.tcp_port)
        self._origin_real_s = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run())
        return self

    def _wired(self) -> RtuPort | TcpPort:
        """The inverter's port, on the RS485 wire if it has one."""
        if not self.inverter.HAS_SERIAL:
            return self.tcp
        kind = RtuPort if isinstance(self.inverter, Sofar) else SerialPort
        port = kind(self.rs485, self.inverter, speed=self.speed, seed=self._seed)
        port.on_request = self.latency.request
        port.on_reply = self.latency.reply
        return port

    async def __aexit__(self, *_) -> None:
        """Stop the clock and let go of everything."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._preparing:
            await asyncio.gather(self._preparing, return_exceptions=True)
        if self.inverter.HAS_SERIAL:
            self.port.close()
        if self.tcp:
            await self.tcp.close()
        await self.p1.close()
        await self.rs485.close()

    def now_s(self) -> float:
        """House time [Unix s]."""
        if self._origin_real_s is None:
            return float(self._origin_s)
        real_s = asyncio.get_running_loop().time() - self._origin_real_s
        return self._origin_s + real_s * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` [s house time]; raises what has stopped the house, if anything has."""
        done, _ = await asyncio.wait({self._task}, timeout=seconds / self.speed)
        if done:
            self._task.result()

    def jump(self, when) -> None:
        """Put the clock of the whole house at `when` (as `start`); the plant stays as it is."""
        self._origin_s = unix_time(when)
        self._origin_real_s = asyncio.get_running_loop().time()
        self._ticks = 0
        self._second_ws = self._inverter_ws = 0.0
        self.scene.prepare(local_time(self._origin_s).date())
        self.meter.jump(self._origin_s)
        self.inverter.heard()

    def set_soc(self, soc_pct: float) -> None:
        """Put the battery at that state of charge [%]."""
        self.plant.soc_pct = soc_pct

    def set_month_peak(self, peak_w: int, at=None) -> None:
        """Put the meter's month peak at `peak_w` [W], of the quarter that ended at `at`."""
        self.meter.set_month_peak(peak_w, None if at is None else unix_time(at))

    def set_history(self, peaks_w: list) -> None:
        """Replace the meter's month peaks [W], oldest first, up to last month."""
        self.meter.set_history(peaks_w)

    @property
    def stats(self) -> dict:
        """Counters since the start; wire lags are the latest a byte was delivered [ms real]."""
        inverter = self.inverter
        return {
            **self._counts,
            **self.port.stats,
            "refusals": inverter.refusals,
            "timeouts": inverter.timeouts,
            "setpoint_writes": max(inverter.writes.get(at, 0) for at in inverter.SETPOINTS),
            "eeprom_writes": sum(inverter.eeprom_writes.values()),
            "p1_lag_ms": round(self.p1.to_board.worst_lag_s * 1000, 2),
            "rs485_lag_ms": round(self.rs485.to_board.worst_lag_s * 1000, 2),
        }

    def snapshot(self) -> dict:
        """The truth at this moment; powers in W with our signs, energies in Wh since the start."""
        plant, meter = self.plant, self.meter
        return {
            "time": local_time(self.now_s()).isoformat(timespec="seconds"),
            "unix_s": round(self.now_s(), 1),
            "grid_w": round(plant.grid_w),
            "load_w": round(plant.load_w),
            "pv_w": round(plant.pv_w),
            "battery_w": round(plant.battery_w),
            "inverter_ac_w": round(plant.inverter_ac_w),
            "soc_pct": round(plant.soc_pct, 2),
            "quarter_average_w": int(meter.quarter_average_w),
            "month_peak_w": meter.month_peak_w,
            "month_peak_at": local_time(meter.month_peak_at_s).isoformat(timespec="minutes"),
            "storage_mode": self.inverter.mode,
            "stopped": self.inverter.stopped,
            "window_w": [plant.battery_min_w, plant.battery_max_w],
            "grid_target_w": plant.grid_target_w,
            "energy_wh": {name: round(value, 1) for name, value in plant.energy_wh.items()},
            "throughput_wh": round(plant.throughput_wh, 1),
            "latency": self.latency.last,
            "p1_fault": self.p1_faults.name,
            "inverter_fault": self.port.fault,
            "p1_connected": self.p1.connected,
            "rs485_connected": self.rs485.connected,
            "speed": self.speed,
        }

    async def _run(self) -> None:
        while True:
            while self._due_s() <= self.now_s():
                self._tick()
            await asyncio.sleep(max(0.0, (self._due_s() - self.now_s()) / self.speed))

    def _due_s(self) -> float:
        return self._origin_s + (self._ticks + 1) / _TICKS_PER_S

    def _tick(self) -> None:
        """One plant step, which ends at `_due_s`."""
        began_s = self._origin_s + self._ticks / _TICKS_PER_S
        at = local_time(began_s)
        load_w, pv_w = self.scene.at(at.date(), at.hour * 3600 + at.minute * 60 + at.second)
        if self.load_override_w is not None:
            load_w = self.load_override_w
        if self.pv_override_w is not None:
            pv_w = self.pv_override_w
        self.plant.step(1 / _TICKS_PER_S, load_w, pv_w)
        self.inverter.tick()
        self._second_ws += self.plant.grid_w / _TICKS_PER_S
        self._inverter_ws += self.plant.inverter_ac_w / _TICKS_PER_S
        self._ticks += 1
        if self._ticks % _TICKS_PER_S == 0:
            self._close_second(at)

    def _close_second(self, at: datetime.datetime) -> None:
        phase_w = self._phases()
        volts = [
            volt - _DROP_V_PER_W * power_w
            for volt, power_w in zip(_PHASE_V, phase_w, strict=False)
        ]
        self._second_ws = self._inverter_ws = 0.0
        self.meter.second(phase_w, volts)
        self._counts["seconds"] += 1
        self._send_telegram()
        if at.hour == _PREPARE_H and self._preparing is None:
            tomorrow = at.date() + datetime.timedelta(days=1)
            self._preparing = asyncio.create_task(asyncio.to_thread(self.scene.prepare, tomorrow))
        elif at.hour != _PREPARE_H and self._preparing and self._preparing.done():
            self._preparing = None
        if self.on_second:
            self.on_second(self)

    def _phases(self) -> list[float]:
        """Mean power of the second per phase [W]; their sum is the grid exchange."""
        if self.meter.phases == 1:
            return [self._second_ws]
        load_w = self._second_ws + self._inverter_ws
        phase_w = [share * load_w for share in _PHASE_SHARES]
        phase_w[0] -= self._inverter_ws
        return phase_w

    def _send_telegram(self) -> None:
        ended_s = self.meter.unix_s
        if ended_s % self.kind.interval_s:
            return
        self.p1.set_line(self.p1_faults.line())
        frame = self.p1_faults.send(self.meter)
        if not frame:
            return
        if self.now_s() - ended_s > max(_LATE_S, _LATE_REAL_S * self.speed):
            self._counts["telegrams_late"] += 1
            return
        begin_s = ended_s - self._origin_s + _COMPOSE_S
        _, ended = self.p1.send(frame, self._origin_real_s + begin_s / self.speed)
        self.latency.telegram(ended)
        self._counts["telegrams"] += 1


def _kind(name: str, phases: int) -> Kind:
    kind = KINDS.get(name)
    if kind is None or phases not in kind.phases:
        raise ValueError(f"meter {name!r} with {phases} phases: one of {', '.join(KINDS)}")
    return kind


def unix_time(when) -> int:
    """Unix time of a datetime, ISO text (both Belgian without a zone) or Unix time [s]."""
    if isinstance(when, str):
        when = datetime.datetime.fromisoformat(when)
    if isinstance(when, datetime.datetime):
        if when.tzinfo is None:
            when = when.replace(tzinfo=TIMEZONE)
        return int(when.timestamp())
    return int(when)
