"""Read, identify, watch, scan and write a real inverter by the board's catalogue and drivers."""

import argparse
import sys

from tools import modbus  # noqa: F401  finds the board's modules
from tools.wire import run

_EXAMPLES = """\
examples:
  python -m tools.modbus models Hybrid Sofar
  python -m tools.modbus scan --port /dev/ttyUSB0 --to 10 --bauds 9600,19200
  python -m tools.modbus identify --port /dev/ttyUSB0 --model "Sofar ESI 3K-S1"
  python -m tools.modbus read --tcp 192.168.1.40 --model "Sungrow SH5.0RT"
  python -m tools.modbus read --port COM3 --baud 9600 --unit 1 0x0604 7
  python -m tools.modbus watch --tcp 192.168.1.40:502 --model "SMA STP5.0-3SE-40"
  python -m tools.modbus write --port /dev/ttyUSB0 --model "Sofar ESI 3K-S1" -500 --yes
  python -m tools.modbus write --port /dev/ttyUSB0 0x1184 30 1 --function 16 --yes

exit status: 0 when all went well, 1 when nobody answers, the machine refuses, or it does not fit,
2 for unusable arguments, a port that is gone, or a write without --yes"""


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None


def _unit(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= 247:
        raise argparse.ArgumentTypeError("an address is 1 to 247")
    return number


def _baud(text: str) -> int:
    number = _number(text)
    if not 300 <= number <= 1000000:
        raise argparse.ArgumentTypeError("a speed is 300 to 1000000 baud")
    return number


def _bauds(text: str) -> list:
    return [_baud(part) for part in text.split(",")]


def _timeout(text: str) -> int:
    number = _number(text)
    if not 20 <= number <= 60000:
        raise argparse.ArgumentTypeError("a time-out is 20 to 60000 ms")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError("seconds are 0 or more")
    return number


def _host(text: str) -> str:
    host, colon, port = text.partition(":")
    if not host or (colon and not (port.isdigit() and 0 < int(port) < 65536)):
        raise argparse.ArgumentTypeError("HOST or HOST:PORT, the port 1 to 65535")
    return text


def _line() -> argparse.ArgumentParser:
    """The way to the machine, for every command that has one."""
    line = argparse.ArgumentParser(add_help=False)
    way = line.add_mutually_exclusive_group(required=True)
    way.add_argument("--port", metavar="DEVICE", help="a USB-RS485 adapter, such as /dev/ttyUSB0")
    way.add_argument("--tcp", type=_host, metavar="HOST[:PORT]", help="Modbus TCP")
    line.add_argument("--baud", type=_baud, help="of the adapter; the model's, or 9600")
    line.add_argument("--unit", type=_unit, help="bus address; the model's, or 1")
    line.add_argument("--timeout", type=_timeout, metavar="MS", help="for an answer (1000)")
    line.add_argument("--model", metavar="NAME", help="as `models` shows it")
    return line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.modbus",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    line = _line()

    def add(name: str, text: str, **options) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, **options)

    models = add("models", "walk the catalogue")
    models.add_argument("path", nargs="*", metavar="TYPE GROUP SUBGROUP", help="a level deeper")
    add("identify", "tell who is there and whether it fits the model", parents=[line])
    read = add("read", "read everything of a model once, or registers", parents=[line])
    read.add_argument("numbers", nargs="*", type=_number, metavar="ADDRESS COUNT")
    read.add_argument("--function", type=int, choices=(3, 4), default=3, help="for registers (3)")
    watch = add("watch", "one line a second until Ctrl-C", parents=[line])
    watch.add_argument("--count", type=_number, default=0, help="stop after so many lines")
    scan = add("scan", "find the addresses that answer anything", parents=[line])
    scan.add_argument("--from", dest="first", type=_unit, default=1, help="first address (1)")
    scan.add_argument("--to", dest="last", type=_unit, default=247, help="last address (247)")
    scan.add_argument("--bauds", type=_bauds, metavar="LIST", help="speeds, with commas")
    _add_write(add("write", "hold a battery power, or write registers", parents=[line]))
    return parser


def _add_write(write: argparse.ArgumentParser) -> None:
    write.add_argument(
        "numbers",
        nargs="+",
        type=_number,
        metavar="WATTS | ADDRESS VALUE",
        help="charge below zero, discharge above; or a register and its values",
    )
    write.add_argument("--yes", action="store_true", help="do write")
    write.add_argument("--function", type=int, choices=(6, 16), help="for registers")
    write.add_argument("--seconds", type=_seconds, default=0, help="hold so long; until Ctrl-C")
    write.add_argument("--patience", type=_seconds, default=30, help="to get control [s] (30)")
    write.add_argument("--accept-no-deadman", action="store_true", help="though it falls not back")


def _check(options, parser: argparse.ArgumentParser) -> None:
    """End for what does not go together."""
    numbers = getattr(options, "numbers", [])
    is_raw = options.command == "write" and options.function is not None
    is_raw = is_raw or (options.command == "read" and numbers)
    if options.command == "scan":
        if options.first > options.last:
            parser.error("--from is more than --to")
        if options.bauds and options.tcp:
            parser.error("--bauds is for --port: TCP has no speed")
    elif not is_raw and not options.model:
        parser.error(f"{options.command} needs --model" + _RAW.get(options.command, ""))
    if options.command == "read" and numbers:
        if len(numbers) != 2 or not 1 <= numbers[1] <= 125:
            parser.error("ADDRESS and COUNT are needed, COUNT 1 to 125")
        if not 0 <= numbers[0] <= 65536 - numbers[1]:
            parser.error("registers are 0 to 65535")
    if options.command == "write":
        _check_write(options, parser)


_RAW = {"read": ", or ADDRESS COUNT", "write": ", or ADDRESS VALUE and --function"}


def _check_write(options, parser: argparse.ArgumentParser) -> None:
    from tools.modbus import hold

    address, *words = options.numbers
    if options.function is None:
        if words:
            parser.error("one number of WATTS is needed; registers need --function 6 or 16")
        return
    if not words or not hold.is_raw(options.function, words):
        parser.error("function 6 writes one VALUE, function 16 up to 123")
    if not 0 <= address <= 65536 - len(words):
        parser.error("registers are 0 to 65535")
    if not all(-0x8000 <= word <= 0xFFFF for word in words):
        parser.error("values are -32768 to 65535")


async def _talk(options, row, parser: argparse.ArgumentParser) -> int:
    """Do what the command says on an open link."""
    from inverter import catalogue
    from modbus.rtu import ModbusError
    from tools.modbus.link import Link

    options.unit = options.unit or (row[catalogue.ADDRESS] if row else 1)
    ways = (row[catalogue.BAUD], row[catalogue.PORT]) if row else (0, 0)
    link = Link(options, *ways)
    try:
        return await _command(link, options, row, parser)
    except ModbusError as error:
        print(await link.explain(error), file=sys.stderr)
        return 1
    finally:
        link.close()


async def _command(link, options, row, parser: argparse.ArgumentParser) -> int:
    from tools.modbus import hold, identify, reading
    from tools.modbus.session import Session

    if options.command == "scan":
        return await _scan(link, options, row)
    is_raw = options.command in ("read", "write") and len(options.numbers) > 1
    if is_raw:
        link.follow()
        if options.command == "read":
            return await reading.raw(link, *options.numbers, options.function)
        address, *words = options.numbers
        return await hold.raw(link, address, [word & 0xFFFF for word in words], options)
    session = Session(link, options.model, getattr(options, "accept_no_deadman", False))
    await session.open()
    if options.command == "identify":
        return await identify.identify(session)
    if options.command == "read":
        return await reading.read(session)
    if options.command == "watch":
        return await reading.watch(session, options.count)
    return await hold.hold(session, options.numbers[0], options)


async def _scan(link, options, row) -> int:
    from inverter import catalogue
    from tools.modbus.scan import scan

    link.follow()
    question = (3, 0)
    if row:
        driver = catalogue.driver(row[catalogue.FAMILY])
        question = driver.IDENTITY[0][:2] if driver.IDENTITY else driver.LAST[1:3]
    units = range(options.first, options.last + 1)
    return await scan(link, units, options.bauds, question, options.timeout)


def _check_model(options, row, parser: argparse.ArgumentParser) -> None:
    """End for a power or a register that the model does not have."""
    from inverter import catalogue

    driver = catalogue.driver(row[catalogue.FAMILY])
    if options.command != "write":
        return
    if not hasattr(driver, "command"):
        parser.error(f"{options.model} is only read: its family cannot be commanded")
    address, *words = options.numbers
    if words:
        if (options.function, address, len(words)) not in driver.WRITABLE:
            parser.error(f"register {address} is not among what {driver.FAMILY} may write")
        return
    least_w, most_w = -row[catalogue.MAX_CHARGE_W], row[catalogue.MAX_DISCHARGE_W]
    if not least_w <= address <= most_w:
        parser.error(f"{options.model} takes {least_w} to {most_w} W")


def main(arguments=None) -> int:
    """Command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        import umodbus  # noqa: F401
    except ImportError:
        parser.error("the board's libraries are not there yet: run `make build` once")
    from tools.modbus import models
    from tools.modbus.link import PortError

    if options.command == "models":
        return models.models(options.path)
    _check(options, parser)
    row = None
    if options.model:
        try:
            row = models.find(options.model)
        except ValueError as error:
            parser.error(str(error))
        _check_model(options, row, parser)
    try:
        return run(_talk(options, row, parser))
    except KeyboardInterrupt:
        return 0 if options.command == "watch" else 1
    except PortError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has left
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
