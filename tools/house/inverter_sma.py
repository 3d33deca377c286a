"""An SMA Sunny Tripower Smart Energy, and a Sunny Boy Storage.

From SMA Modbus Interface, Technical Information 1.5 (sections 5.2, 5.4) and OpenEMS: what cannot
be told is 0x80000000 (signed) or 0xFFFFFFFF; active power is + when delivering. Both fall back
after `FALLBACK_S`, as their installer has set it.
"""

from tools.house.inverter_base import HOLDING, INPUT, Inverter

SERIAL = 30057
DC1_W, AC_W, VOLTAGE, FREQUENCY = 30773, 30775, 30783, 30803
BATTERY_A, SOC, BATTERY_TEMPERATURE, BATTERY_V = 30843, 30845, 30849, 30851
METER_IN, METER_OUT, DC2_W, DC3_W = 30865, 30867, 30961, 30967
CHARGE_W, DISCHARGE_W = 31393, 31395
SETPOINT, SYSTEM_CONTROL = 40149, 40151
OP_MODE, CHARGE_MIN, CHARGE_MAX = 40236, 40793, 40795
DISCHARGE_MIN, DISCHARGE_MAX, GRID_W = 40797, 40799, 40801
ACTIVE, INACTIVE = 802, 803
CHARGE, DISCHARGE, DEFAULT = 2289, 2290, 2424
FALLBACK_S = 600
NAN_S32, NAN_U32 = 0x80000000, 0xFFFFFFFF


class _Sma(Inverter):
    ADDRESS = 3
    HAS_SERIAL = False
    SERVED = tuple((f, 30001, 32300) for f in (HOLDING, INPUT))

    def _put_both(self, address: int, value: float) -> None:
        for function in (HOLDING, INPUT):
            self._put_32(function, address, value)

    def _refresh(self) -> None:
        plant = self.plant
        self._put_both(SERIAL, 3012345678)
        self._put_both(AC_W, plant.inverter_ac_w)
        self._put_both(VOLTAGE, 23215)
        self._put_both(FREQUENCY, 5002)
        self._put_both(BATTERY_A, plant.battery_w / self._volt * 1000)
        self._put_both(SOC, plant.soc_pct)
        self._put_both(BATTERY_TEMPERATURE, 253)
        self._put_both(BATTERY_V, self._volt * 100)
        self._put_both(CHARGE_W, max(0, -plant.battery_w))
        self._put_both(DISCHARGE_W, max(0, plant.battery_w))

    def _is_alone(self) -> bool:
        return self.clock() - self._told_at_s >= FALLBACK_S


class TripowerSE(_Sma):
    """A hybrid inverter: its AC power is commanded."""

    NAME = "SMA STP10.0-3SE-40"
    SETPOINTS = (SETPOINT,)
    WRITABLE = dict.fromkeys(range(SETPOINT, SYSTEM_CONTROL + 2), (0, 0xFFFF))

    def _start(self) -> None:
        self._put_32(HOLDING, SETPOINT, 0)
        self._put_32(HOLDING, SYSTEM_CONTROL, INACTIVE)

    @property
    def mode(self) -> int:
        """System control: 802 active, 803 not."""
        return self._get_32(SYSTEM_CONTROL) or INACTIVE

    def _drive(self) -> None:
        if self.mode == ACTIVE and self._is_alone():
            self._put_32(HOLDING, SYSTEM_CONTROL, INACTIVE)
            self.timeouts += 1
        if self.mode == ACTIVE:
            self._force(self._get_32(SETPOINT, signed=True) - self.plant.pv_w)
        else:
            self._self_use()

    def _refresh(self) -> None:
        super()._refresh()
        plant = self.plant
        first_w = round(plant.pv_w * 0.7)
        self._put_both(DC1_W, first_w)
        self._put_both(DC2_W, round(plant.pv_w) - first_w)
        self._put_both(DC3_W, NAN_S32)
        self._put_both(METER_IN, max(0, plant.grid_w))
        self._put_both(METER_OUT, max(0, -plant.grid_w))


class SunnyBoyStorage(_Sma):
    """A battery inverter: a window for its battery is commanded, six registers together."""

    NAME = "SMA SBS5.0-10"
    SETPOINTS = (OP_MODE,)
    WRITABLE = dict.fromkeys((OP_MODE, OP_MODE + 1, *range(CHARGE_MIN, GRID_W + 2)), (0, 0xFFFF))

    @property
    def mode(self) -> int:
        """Operating mode of the battery management."""
        return self._get_32(OP_MODE) or DEFAULT

    def _start(self) -> None:
        self._put_32(HOLDING, OP_MODE, DEFAULT)
        for address in (CHARGE_MIN, DISCHARGE_MIN, GRID_W):
            self._put_32(HOLDING, address, 0)
        for address in (CHARGE_MAX, DISCHARGE_MAX):
            self._put_32(HOLDING, address, round(self.plant.rated_w))

    def _drive(self) -> None:
        if self._is_alone() and self.writes:
            if self.mode != DEFAULT:
                self.timeouts += 1
            self._start()
        least_w = self._get_32(DISCHARGE_MIN) or -self._get_32(CHARGE_MAX)
        most_w = self._get_32(DISCHARGE_MAX) if not self._get_32(CHARGE_MIN) else 0
        if self.mode == CHARGE:
            least_w, most_w = -self._get_32(CHARGE_MAX), -self._get_32(CHARGE_MIN)
        elif self.mode == DISCHARGE:
            least_w, most_w = self._get_32(DISCHARGE_MIN), self._get_32(DISCHARGE_MAX)
        self._window(least_w, most_w)

    def _window(self, least_w: float, most_w: float) -> None:
        if least_w > most_w:
            self._rest()
            return
        self._force(least_w)
        self.plant.command(least_w, most_w, self._get_32(GRID_W, signed=True))
