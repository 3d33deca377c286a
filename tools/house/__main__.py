"""`python -m tools.house`: the virtual house by itself, for a board to be wired to."""

import argparse
import json
import sys

from tools import wire
from tools.house import script
from tools.house.house import House, unix_time
from tools.house.kinds import KEY, KINDS
from tools.house.plant import Plant
from tools.house.scene import Generated, Recording

_EXAMPLE = """\
examples:
  python -m tools.house --p1-port 5001 --rs485-port 5002
  python -m tools.house --start '2026-06-30 23:40' --speed 5 --soc 35 --json
  python -m tools.house --csv day.csv --event p1.stop@+60+30 --event inverter.slow=2@18:05+10

events, NAME[=VALUE]@WHEN[+SECONDS] with WHEN as HH:MM[:SS] or +SECONDS after the start:
"""


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:24}{text}" for name, text in script.NAMES.items())
    kinds = "\n".join(f"  {name:24}{kind.about}" for name, kind in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tools.house",
        description="A virtual house: digital meter and hybrid inverter on wires over TCP.",
        epilog=f"{_EXAMPLE}{names}\n\nmeters:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--p1-port", type=int, default=0, help="TCP port of the meter's wire; 0: any")
    add("--rs485-port", type=int, default=0, help="TCP port of the inverter's wire; 0: any")
    add("--start", default="2026-06-15 14:30", help="local date and time (%(default)s)")
    add("--speed", type=float, default=1.0, help="times faster than life (%(default)s)")
    add("--seconds", type=float, help="stop after so much house time; for ever by default")
    add("--seed", type=int, default=1, help="another seed is another family (%(default)s)")
    add("--csv", help="play load and sun from a CSV with time,load_w,pv_w instead")
    add("--ev", type=float, default=0, metavar="W", help="power of a car that charges, or 0")
    add("--no-heat-pump", action="store_true", help="a house without a heat pump")
    add("--clouds", type=float, help="mean cloud cover 0..1; by season and chance by default")
    add("--phases", type=int, choices=(1, 3), default=3, help="phases of the meter")
    add("--meter", choices=KINDS, default="fluvius", help="kind, see below (%(default)s)")
    add("--key", type=key, default=KEY, metavar="HEX", help="key of a meter that encrypts")
    add("--gas", action="store_true", help="a gas meter behind the electricity meter")
    add("--soc", type=float, default=57, help="battery at the start [%%] (%(default)s)")
    add("--capacity", type=float, default=10000, help="battery [Wh] (%(default)s)")
    add("--month-peak", type=int, metavar="W", help="month peak at the start")
    add("--inverter", default="Sofar", metavar="MODEL", help="name of a model (%(default)s)")
    add("--tcp-port", type=int, default=0, help="TCP port of its Modbus TCP; 0: any")
    add("--address", type=int, help="bus address of the inverter; its maker's by default")
    add("--mode", type=int, default=0, help="storage mode of the inverter at power-up")
    add("--event", action="append", default=[], help="something that happens, see below")
    add("--json", action="store_true", help="print the truth as one line a second")
    return parser


def key(text: str) -> bytes:
    """A meter's key of 32 hexadecimal digits. Raises ValueError."""
    found = bytes.fromhex(text)
    if len(found) != len(KEY):
        raise ValueError(f"key {text!r}: 32 hexadecimal digits")
    return found


def _house(options) -> House:
    if options.csv:
        scene = Recording(options.csv)
    else:
        scene = Generated(
            options.seed,
            heat_pump=not options.no_heat_pump,
            ev_w=options.ev,
            clouds=options.clouds,
        )
    house = House(
        start=options.start,
        speed=options.speed,
        seed=options.seed,
        scene=scene,
        plant=Plant(soc_pct=options.soc, capacity_wh=options.capacity),
        phases=options.phases,
        gas=options.gas,
        meter=options.meter,
        key=options.key,
        inverter=options.inverter,
        address=options.address,
        mode=options.mode,
        host=options.host,
        p1_port=options.p1_port,
        rs485_port=options.rs485_port,
        tcp_port=options.tcp_port,
    )
    if options.month_peak is not None:
        house.set_month_peak(options.month_peak)
    return house


async def _run(house: House, events: script.Script, options) -> None:
    def second(house: House) -> None:
        events.second(house)
        if options.json:
            truth = {**house.snapshot(), "stats": house.stats, **ports}
            print(json.dumps(truth), flush=True)

    async with house:
        ports = {"p1_port": house.p1_port, "rs485_port": house.rs485_port}
        if house.tcp:
            ports["tcp_port"] = house.tcp_port
        if not options.json:
            print("  ".join(f"{name[:-5]} {options.host}:{at}" for name, at in ports.items()))
            sys.stdout.flush()
        house.on_second = second
        await house.sleep(options.seconds or float("inf"))


def main(arguments=None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        house = _house(options)
        events = script.Script(options.event, unix_time(options.start))
        wire.run(_run(house, events, options))
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # nobody reads the lines any more
        sys.stderr.close()
    except (OSError, ValueError) as error:
        print(f"house: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
