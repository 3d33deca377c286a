"""The bytes of an eMUCS-P1 telegram, version 50217, as a Fluvius T211 or S211 sends it.

Objects, order and widths follow telegrams of real meters; the CRC is CRC-16/ARC over everything
from '/' up to and including '!' (DSMR 5.0.2 P1 section 5.2).
"""

from pymodbus.framer.rtu import FramerRTU

from tools.house.meter import Meter, local_time

_HEADER = "/FLU5\\253769484_A"
_SERIALS = {1: "3153414731313030303030303031", 3: "3153414733313030303030303031"}
_GAS_SERIAL = "37464C4F32313233303036333835"
#: Breaker, limiter, fuse and message of a Fluvius meter that restricts nothing.
STATE = ["0-0:96.3.10(1)", "0-0:17.0.0(999.9*kW)", "1-0:31.4.0(999*A)", "0-0:96.13.0()"]
_GAS_STEP_S = 300  # a gas meter reports about every five minutes


def stamp(unix_s: int) -> str:
    """`YYMMDDhhmmssX` in Belgian time, X = S in summer and W in winter."""
    at = local_time(unix_s)
    return at.strftime("%y%m%d%H%M%S") + ("S" if at.dst() else "W")


def encode(meter: Meter, *, clock: str | None = None) -> bytes:
    """The telegram of the meter's last second.

    `clock` replaces the text of 0-0:1.0.0; an empty text leaves the object out.
    """
    lines = head(meter, clock) + energies(meter) + _capacity(meter)
    lines += net_powers(meter) + phase_powers(meter) + voltages(meter) + _fine_currents(meter)
    return closed(lines + STATE + gas(meter))


def head(meter: Meter, clock: str | None, version: str = "50217") -> list[str]:
    """The first lines of a Fluvius telegram; `clock` as in `encode`."""
    serial = _SERIALS[meter.phases]
    lines = [_HEADER, "", f"0-0:96.1.4({version})", f"0-0:96.1.1({serial})"]
    clock = stamp(meter.unix_s) if clock is None else clock
    return [*lines, f"0-0:1.0.0({clock})"] if clock else lines


def closed(lines: list) -> bytes:
    """A telegram of these lines, with its CRC."""
    return sign("\r\n".join(lines).encode() + b"\r\n!")


def sign(body: bytes) -> bytes:
    """`body`, which ends in '!', with its CRC and line end."""
    return body + b"%04X\r\n" % crc16_arc(body)


def crc16_arc(body: bytes) -> int:
    """CRC-16/ARC by a table that is not the board's, so that one can judge the other."""
    crc, table = 0, FramerRTU.crc16_table
    for byte in body:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def kwh(energy_wh: float) -> str:
    """Watt-hours as F9(3,3) kilowatt-hours, rounded down as a register is."""
    return f"{int(energy_wh + 1e-6) / 1000:010.3f}"


def energies(meter: Meter) -> list[str]:
    """Registers and running tariff as Belgium numbers them."""
    codes = ("1.8.1", "1.8.2", "2.8.1", "2.8.2")
    rows = zip(codes, meter.import_wh + meter.export_wh, strict=True)
    lines = [f"1-0:{code}({kwh(value_wh)}*kWh)" for code, value_wh in rows]
    return [*lines, f"0-0:96.14.0(000{meter.tariff})"]


def _capacity(meter: Meter) -> list[str]:
    peak = f"({stamp(meter.month_peak_at_s)})({_kw(meter.month_peak_w)}*kW)"
    rows = "".join(
        f"({stamp(end_s)})({stamp(at_s)})({_kw(peak_w)}*kW)"
        for end_s, at_s, peak_w in meter.history
    )
    return [
        f"1-0:1.4.0({_kw(int(meter.quarter_average_w + 1e-6))}*kW)",
        f"1-0:1.6.0{peak}",
        f"0-0:98.1.0({len(meter.history)})(1-0:1.6.0)(1-0:1.6.0){rows or '()'}",
    ]


def net_powers(meter: Meter) -> list[str]:
    """1.7.0 and 2.7.0."""
    return [
        f"1-0:1.7.0({_kw(round(meter.import_w))}*kW)",
        f"1-0:2.7.0({_kw(round(meter.export_w))}*kW)",
    ]


def phase_powers(meter: Meter) -> list[str]:
    """The power of each phase, first all import, then all export."""
    powers = list(zip((2, 4, 6), (round(power_w) for power_w in meter.phase_w), strict=False))
    lines = [f"1-0:{code}1.7.0({_kw(max(0, power_w))}*kW)" for code, power_w in powers]
    return lines + [f"1-0:{code}2.7.0({_kw(max(0, -power_w))}*kW)" for code, power_w in powers]


def voltages(meter: Meter) -> list[str]:
    """The voltage of each phase."""
    rows = zip((3, 5, 7), meter.voltage_v[: meter.phases], strict=False)
    return [f"1-0:{code}2.7.0({volt:05.1f}*V)" for code, volt in rows]


def currents(meter: Meter) -> list[float]:
    """Amperes of each phase, without a sign: as measured, or of its power."""
    if meter.phase_a:
        return meter.phase_a
    rows = zip(meter.phase_w, meter.voltage_v, strict=False)
    return [abs(round(power_w)) / volt if volt else 0.0 for power_w, volt in rows]


def _fine_currents(meter: Meter) -> list[str]:
    rows = zip((3, 5, 7), currents(meter), strict=False)
    return [f"1-0:{code}1.7.0({min(current_a, 999.99):06.2f}*A)" for code, current_a in rows]


def gas(meter: Meter) -> list[str]:
    """What a gas meter behind this one says; nothing without one."""
    if meter.gas_m3 is None:
        return []
    at = stamp(meter.unix_s // _GAS_STEP_S * _GAS_STEP_S)
    return [
        "0-1:24.1.0(003)",
        f"0-1:96.1.1({_GAS_SERIAL})",
        "0-1:24.4.0(1)",
        f"0-1:24.2.3({at})({meter.gas_m3:09.3f}*m3)",
    ]


def _kw(power_w: int) -> str:
    """Watts as F5(3,3) kilowatts; what does not fit reads as the largest number."""
    power_w = min(power_w, 99999)
    return f"{power_w // 1000:02d}.{power_w % 1000:03d}"
