"""What the page and the live view show: the board's state as plain data, section by section.

Codes and numbers only; the sentences to the codes are in web/texts/. Powers in W (grid import +,
battery discharge +), times in Unix seconds, ages in ms, None = unknown.
"""

import ticks
from micropython import const

from firmware import VERSION

_EVENTS = const(12)
_TRACE = const(120)  # characters
_MESSAGE = const(200)  # characters of the meter's text message


class Status:
    """Makes the sections from what the tasks hold.

    The keys of `dict(...)` share memory with attributes of that name, those of a literal do not.
    """

    def __init__(self, board, state, meter, governor, bus, settings, health, supervisor, site):
        """All of them are read, none is changed."""
        self._board = board
        self._state = state
        self._meter = meter
        self._governor = governor
        self._bus = bus
        self._settings = settings
        self._health = health
        self._supervisor = supervisor
        self._site = site

    def sections(self):
        """Yield (name, data) one by one, so that they never lie in memory together."""
        yield "board", self.board()
        yield "control", self.control()
        yield "meter", self.meter()
        yield "inverter", self.inverter()
        fleet = self._fleet()
        if fleet:
            yield "devices", fleet.status()
        if self._state.trial:
            yield "trial", self._state.trial
        yield "bus", self.bus()
        yield "alarms", self._state.journal.alarms()
        yield "events", self.events()
        yield "health", self.health()
        yield "tasks", self.tasks()

    def board(self) -> dict:
        """Who this is."""
        board = self._board
        return dict(
            name=board.name,
            role=board.role,
            id=":".join([f"{byte:02X}" for byte in board.mac]),
            site=self._settings.get("site.name"),
            firmware=VERSION,
            uptime_s=self._state.journal.uptime_s(),
            unix_s=board.unix_s(),
            reset_cause=board.reset_cause,
            token=self._site.token,
        )

    def control(self) -> dict:
        """The last decision and its reason."""
        decision, settings = self._state.decision, self._settings
        return dict(
            regime=decision.regime,
            reason=decision.reason,
            setpoint_w=decision.setpoint_w,
            demand_w=decision.demand_w,
            limit_w=decision.limit_w,
            clock_known=decision.clock_known,
            quarter_whole=decision.quarter_whole,
            quarter_left_s=decision.quarter_left_s,
            quarter_left_wh=decision.quarter_left_wh,
            quarter_forecast_w=decision.quarter_forecast_w,
            buffer_top_pct=decision.buffer_top_pct,
            guarded=decision.guarded,
            desired_peak_w=settings.get("control.desired_peak_w"),
            min_soc_pct=settings.get("control.min_soc_pct"),
            peak_buffer_pct=settings.get("control.peak_buffer_pct"),
            latency_ms=self._state.latency_ms,
        )

    def meter(self) -> dict:
        """The newest telegram and how the line fares."""
        slot, meter = self._state.meter, self._meter
        framer, rhythm, capacity = meter.framer, meter.rhythm, self._governor.capacity
        data = dict(
            age_ms=slot.age_ms(self._board.ticks_ms()),
            failing=meter.failing(),
            telegrams=framer.telegrams,
            crc_errors=framer.crc_errors,
            damaged=framer.truncated + framer.overflows + framer.no_crc + meter.refused,
            bytes=meter.bytes_in,
            noise_bytes=framer.noise_bytes,
            line=meter.line,
            interval_ms=rhythm.interval_ms,
            jitter_ms=rhythm.jitter_ms,
            gaps=rhythm.gaps,
            gap_most_ms=rhythm.gap_most_ms,
            readers=meter.passing.readers if meter.passing else None,
        )
        reading = slot.value
        if reading is not None:
            data.update(
                id=reading.meter_id,
                time_s=reading.time_s,
                grid_w=reading.grid_w,
                quarter_average_w=reading.quarter_average_w,
                month_peak_w=capacity.months.peak_w,
                month_peak_at_s=capacity.months.peak_at_s,
                billed_w=capacity.billed_w,
                cost_ct=capacity.cost_ct,
                tariff=meter.tariff,
                import_wh=reading.import_wh,
                export_wh=reading.export_wh,
                gas_l=reading.gas_l,
                water_l=reading.water_l,
                breaker=reading.breaker,
                limiter_w=reading.limiter_w,
                message=reading.message and reading.message[:_MESSAGE],
            )
        return data

    def inverter(self) -> dict:
        """The inverter as last read."""
        record = self._state.inverter.value
        if record is None:
            return {}
        read_ms = record.battery_at_ms
        now_ms = self._board.ticks_ms()
        data = dict(
            age_ms=None if read_ms is None else ticks.diff(now_ms, read_ms),
            house_w=None,
            phase=record.phase,
            ready=record.ready,
            problem=record.problem,
            model=record.model,
            serial=record.serial,
            software=record.software,
            battery_w=record.battery_w,
            soc_pct=record.soc_pct,
            pv_w=record.pv_w,
            inverter_w=record.inverter_w,
            battery_max_charge_w=record.battery_max_charge_w,
            battery_max_discharge_w=record.battery_max_discharge_w,
            inverter_temp_c=record.inverter_temp_c,
            faults=record.faults,
            mode=record.mode,
            written_w=record.written_w,
            setpoint_w=record.setpoint_w,
            timeout_s=record.timeout_s,
            export_limit_w=record.export_limit_w,
            eeprom_writes=self._state.counters.get("eeprom_writes", 0),
        )
        reading = self._state.meter.value
        if reading is not None and record.inverter_w is not None:
            data["house_w"] = max(reading.grid_w + record.inverter_w, 0)
        return data

    def _fleet(self):
        return self._site.inverter.fleet if self._site.inverter else None

    def bus(self) -> dict:
        """How the RS485 bus fares: everything that was counted there."""
        return self._bus.stats if self._bus else {}

    def events(self) -> list:
        """The latest events, newest first."""
        found = []
        for event in self._state.journal.events():
            found.append(event)
            if len(found) == _EVENTS:
                break
        return found

    def health(self) -> dict:
        """The board's own figures."""
        health = self._health
        return dict(
            hold_most_ms=health.hold_most_ms,
            heap_free=health.heap_free,
            heap_least=health.heap_least,
            collect_ms=health.collect_ms,
            counters=self._state.counters,
        )

    def tasks(self) -> list:
        """(name, restarts, end of the last trace) of each task that has failed or hangs."""
        return [
            (name, restarts, trace[-_TRACE:])
            for name, running, late, restarts, trace in self._supervisor.status()
            if restarts or late or not running
        ]
