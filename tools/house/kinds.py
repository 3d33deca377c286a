"""The meters a house can have: what each says of the same registers, how, and how often.

Objects, order and widths follow telegrams of real meters; what differs between countries is told
in the companion standards (eMUCS-P1 1.7.1, DSMR P1 2.2, 4.2.2 and 5.0.2, Smarty P1 1.1.3).
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tools.house import telegram
from tools.house.meter import Meter, local_time
from tools.line import Line

#: Key of the virtual Smarty meter unless another is given.
KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

_FAST = Line(115200, inverted=True)
_SLOW = Line(9600, 7, 0, inverted=True)  # DSMR 2.2 and 3.0
_HOUR_S, _FIVE_MINUTES_S = 3600, 300
_MAINS_V = 230
_SERIAL = "4530303334303036383130353136343136"
_GAS_SERIAL = "4730303339303031373030343630313137"
_TITLE = b"SAGgp\0\0\1"  # system title of the virtual Smarty meter
_FIXED_AAD = bytes.fromhex("3000112233445566778899AABBCCDDEEFF")
_TAG_BYTES = 12


class Kind(NamedTuple):
    """One kind of meter; `text(meter, clock)` gives a whole telegram, as yet unencrypted."""

    about: str
    text: Callable[[Meter, str | None], bytes]
    line: Line = _FAST
    interval_s: int = 1
    encrypted: bool = False
    phases: tuple = (1, 3)


def seal(text: bytes, unix_s: int, key: bytes) -> bytes:
    """A telegram as a Smarty meter sends it; the frame counter follows the clock."""
    counter = unix_s.to_bytes(4, "big")
    sealed = AESGCM(key).encrypt(_TITLE + counter, text, _FIXED_AAD)
    sealed = sealed[: len(text) + _TAG_BYTES]
    length = (len(text) + 17).to_bytes(2, "big")
    return b"\xdb\x08" + _TITLE + b"\x82" + length + b"\x30" + counter + sealed


def _fluvius(meter: Meter, clock: str | None) -> bytes:
    return telegram.encode(meter, clock=clock)


def _fluvius_3x230(meter: Meter, clock: str | None) -> bytes:
    """Three wires and no neutral: no voltage and no power on L2, but a true current."""
    seen = copy.copy(meter)
    first, second, third = meter.phase_w
    seen.phase_w = [first + second / 2, 0.0, third + second / 2]
    seen.voltage_v = [meter.voltage_v[0], 0.0, meter.voltage_v[2]]
    seen.phase_a = telegram.currents(seen)
    seen.phase_a[1] = sum(abs(power_w) for power_w in meter.phase_w) / _MAINS_V / 2
    return telegram.encode(seen, clock=clock)


def _fluvius_old(meter: Meter, clock: str | None) -> bytes:
    lines = telegram.head(meter, clock, version="50213")
    lines += telegram.energies(meter) + telegram.net_powers(meter)
    lines += telegram.voltages(meter) + _whole_currents(meter) + telegram.STATE
    return telegram.closed(lines + telegram.gas(meter))


def _dsmr5(meter: Meter, clock: str | None) -> bytes:
    lines = ["/ISK5\\2M550T-1011", "", "1-3:0.2.8(50)", *_clock(meter, clock)]
    lines += [f"0-0:96.1.1({_SERIAL})", *_dutch_energies(meter)]
    lines += telegram.net_powers(meter) + _failures(meter) + ["0-0:96.13.0()"]
    lines += telegram.voltages(meter) + _whole_currents(meter) + telegram.phase_powers(meter)
    return telegram.closed(lines + _dutch_gas(meter, _FIVE_MINUTES_S))


def _dsmr4(meter: Meter, clock: str | None) -> bytes:
    lines = ["/XMX5LGBBFG1009325446", "", "1-3:0.2.8(42)", *_clock(meter, clock)]
    lines += [f"0-0:96.1.1({_SERIAL})", *_dutch_energies(meter)]
    lines += telegram.net_powers(meter) + _failures(meter) + ["0-0:96.13.1()", "0-0:96.13.0()"]
    lines += _whole_currents(meter) + telegram.phase_powers(meter)
    return telegram.closed(lines + _dutch_gas(meter, _HOUR_S))


def _dsmr2(meter: Meter, clock: str | None) -> bytes:
    """No clock, no CRC, and no word about a single phase; `clock` is not sent."""
    lines = ["/ISk5\\2MT382-1003", "", f"0-0:96.1.1({_SERIAL})"]
    lines += _dutch_energies(meter, digits=9)
    lines += [
        f"1-0:1.7.0({meter.import_w / 1000:07.2f}*kW)",
        f"1-0:2.7.0({meter.export_w / 1000:07.2f}*kW)",
        "0-0:17.0.0(0999.00*kW)",
        "0-0:96.3.10(1)",
        "0-0:96.13.1()",
        "0-0:96.13.0()",
    ]
    if meter.gas_m3 is not None:
        at = local_time(meter.unix_s // _HOUR_S * _HOUR_S)
        lines += ["0-1:24.1.0(3)", f"0-1:96.1.0({_GAS_SERIAL})"]
        lines += [f"0-1:24.3.0({at:%y%m%d%H%M%S})(00)(60)(1)(0-1:24.2.1)(m3)"]
        lines += [f"({meter.gas_m3:09.3f})", "0-1:24.4.0(1)"]
    return "\r\n".join(lines).encode() + b"\r\n!\r\n"


def _luxembourg(meter: Meter, clock: str | None) -> bytes:
    """Totals without tariffs, reactive energy of a household without any, no gas."""
    lines = ["/Lux5\\253663629_D", "", "1-3:0.2.8(42)", *_clock(meter, clock)]
    lines += [
        "0-0:42.0.0(53414731303330373030313131303034)",
        f"1-0:1.8.0({telegram.kwh(sum(meter.import_wh))}*kWh)",
        f"1-0:2.8.0({telegram.kwh(sum(meter.export_wh))}*kWh)",
        "1-0:3.8.0(000000.818*kvarh)",
        "1-0:4.8.0(000002.745*kvarh)",
        *telegram.net_powers(meter),
        "1-0:3.7.0(00.000*kvar)",
        "1-0:4.7.0(00.000*kvar)",
        "0-0:17.0.0(27.600*kVA)",
        "0-0:96.3.10(1)",
        *_failures(meter),
    ]
    lines += ["0-0:96.13.0()"] + [f"0-0:96.13.{number}()" for number in (2, 3, 4, 5)]
    lines += _whole_currents(meter) + telegram.phase_powers(meter)
    return telegram.closed(lines)


def _iskra(meter: Meter, clock: str | None) -> bytes:
    """Wallonia's IE.5: no version, and a clock that does not say summer or winter."""
    lines = ["/ISk5\\2MIE5T-200", "", "1-0:0.0.0(00000000)", "0-0:96.1.0(91318181)"]
    lines += _clock(meter, clock[:12] if clock else clock, letters=12)
    lines += telegram.energies(meter) + telegram.net_powers(meter)
    lines += telegram.phase_powers(meter) + telegram.voltages(meter) + _whole_currents(meter)
    return telegram.closed([*lines, "0-0:96.3.10(1)", "0-0:96.13.0()", "0-1:96.1.1()"])


def _clock(meter: Meter, clock: str | None, letters: int = 13) -> list[str]:
    clock = telegram.stamp(meter.unix_s)[:letters] if clock is None else clock
    return [f"0-0:1.0.0({clock})"] if clock else []


def _dutch_energies(meter: Meter, digits: int = 10) -> list[str]:
    """Tariff 1 is the low one, at night: the reverse of Belgium."""
    values = meter.import_wh[::-1] + meter.export_wh[::-1]
    most = 10 ** (digits - 4)
    rows = zip(("1.8.1", "1.8.2", "2.8.1", "2.8.2"), values, strict=True)
    lines = [
        f"1-0:{code}({int(value + 1e-6) / 1000 % most:0{digits}.3f}*kWh)" for code, value in rows
    ]
    return [*lines, f"0-0:96.14.0({3 - meter.tariff:04})"]


def _failures(meter: Meter) -> list[str]:
    lines = ["0-0:96.7.21(00006)", "0-0:96.7.9(00003)"]
    lines += ["1-0:99.97.0(1)(0-0:96.7.19)(180529135630S)(0000002451*s)"]
    phases = (32, 52, 72)[: meter.phases]
    return lines + [f"1-0:{phase}.{code}.0(00001)" for code in (32, 36) for phase in phases]


def _whole_currents(meter: Meter) -> list[str]:
    rows = zip((31, 51, 71), telegram.currents(meter), strict=False)
    return [f"1-0:{code}.7.0({round(current_a):03}*A)" for code, current_a in rows]


def _dutch_gas(meter: Meter, step_s: int) -> list[str]:
    if meter.gas_m3 is None:
        return []
    at = telegram.stamp(meter.unix_s // step_s * step_s)
    lines = ["0-1:24.1.0(003)", f"0-1:96.1.0({_GAS_SERIAL})"]
    return [*lines, f"0-1:24.2.1({at})({meter.gas_m3:09.3f}*m3)"]


#: Every kind by the name that the command line takes.
KINDS = {
    "fluvius": Kind("Flanders, eMUCS 1.7, with the capacity registers", _fluvius),
    "fluvius_3x230": Kind(
        "the same on a grid of 3x230 V: nothing but a current on L2", _fluvius_3x230, phases=(3,)
    ),
    "fluvius_old": Kind("Flanders, eMUCS 1.3: whole amperes, no capacity", _fluvius_old),
    "iskra": Kind("Wallonia, Iskra IE.5: a clock without S or W", _iskra),
    "dsmr5": Kind("the Netherlands, DSMR 5: tariffs the other way round", _dsmr5),
    "dsmr4": Kind("the Netherlands, DSMR 4.2: every 10 s, no voltages", _dsmr4, interval_s=10),
    "dsmr2": Kind(
        "the Netherlands, DSMR 2.2: 9600 7E1, no clock, no CRC", _dsmr2, _SLOW, interval_s=10
    ),
    "luxembourg": Kind(
        "Luxembourg, Smarty: encrypted with --key", _luxembourg, interval_s=10, encrypted=True
    ),
}
