"""The bytes of an eMUCS-P1 telegram, version 50217, as a Fluvius T211 or S211 sends it.

Objects, order and widths follow telegrams of real meters; the CRC is CRC-16/ARC over everything
from '/' up to and including '!' (DSMR 5.0.2 P1 section 5.2).
"""

from pymodbus.framer.rtu import FramerRTU

from tools.house.meter import Meter, local_time

_HEADER = "/FLU5\\253769484_A"
_SERIALS = {1: "3153414731313030303030303031", 3: "3153414733313030303030303031"}
_GAS_SERIAL = "37464C4F32313233303036333835"
_GAS_STEP_S = 300  # a gas meter reports about every five minutes


def stamp(unix_s: int) -> str:
    """`YYMMDDhhmmssX` in Belgian time, X = S in summer and W in winter."""
    at = local_time(unix_s)
    return at.strftime("%y%m%d%H%M%S") + ("S" if at.dst() else "W")


def encode(meter: Meter, *, clock: str | None = None) -> bytes:
    """The telegram of the meter's last second.

    `clock` replaces the text of 0-0:1.0.0; an empty text leaves the object out.
    """
    lines = [_HEADER, "", "0-0:96.1.4(50217)", f"0-0:96.1.1({_SERIALS[meter.phases]})"]
    clock = stamp(meter.unix_s) if clock is None else clock
    if clock:
        lines.append(f"0-0:1.0.0({clock})")
    lines += _energies(meter)
    lines += _capacity(meter)
    lines += _powers(meter)
    lines += ["0-0:96.3.10(1)", "0-0:17.0.0(999.9*kW)", "1-0:31.4.0(999*A)", "0-0:96.13.0()"]
    if meter.gas_m3 is not None:
        lines += _gas(meter)
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


def _energies(meter: Meter) -> list[str]:
    rows = zip(
        ("1.8.1", "1.8.2", "2.8.1", "2.8.2"), meter.import_wh + meter.export_wh, strict=True
    )
    lines = [f"1-0:{code}({int(value_wh + 1e-6) / 1000:010.3f}*kWh)" for code, value_wh in rows]
    return lines + [f"0-0:96.14.0(000{meter.tariff})"]


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


def _powers(meter: Meter) -> list[str]:
    powers = [round(power_w) for power_w in meter.phase_w]
    columns = list(zip((2, 4, 6), (3, 5, 7), powers, meter.voltage_v, strict=False))
    lines = [
        f"1-0:1.7.0({_kw(round(meter.import_w))}*kW)",
        f"1-0:2.7.0({_kw(round(meter.export_w))}*kW)",
    ]
    lines += [f"1-0:{code}1.7.0({_kw(max(0, power_w))}*kW)" for code, _, power_w, _ in columns]
    lines += [f"1-0:{code}2.7.0({_kw(max(0, -power_w))}*kW)" for code, _, power_w, _ in columns]
    lines += [f"1-0:{code}2.7.0({volt:05.1f}*V)" for _, code, _, volt in columns]
    for _, code, power_w, volt in columns:
        current_a = min(abs(power_w) / volt, 999.99) if volt else 0.0
        lines.append(f"1-0:{code}1.7.0({current_a:06.2f}*A)")
    return lines


def _gas(meter: Meter) -> list[str]:
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
