"""Decode P1 telegrams of files or of a live meter to one JSON object a line."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.p1 import record
from tools.p1.telegrams import Line, of_file

_ERRORS = "\n".join([f"  {name:10} {meaning}" for name, meaning in record.ERRORS.items()])
_EXAMPLES = f"""\
errors:
{_ERRORS}

examples:
  python -m tools.p1 telegrams.txt
  python -m tools.p1 --key D491470F47126332B07D1923B3504188 smarty.bin
  python -m tools.p1 --port /dev/ttyUSB0
  python -m tools.p1 --port /dev/ttyUSB0 --line 9600,7E1      (DSMR 2.2 and 3.0)

exit status: 0 when every telegram is ok (also when a file holds none, which is told on standard
error), 1 when one is not, 2 for unusable arguments or a port that is gone"""


class _GoneError(Exception):
    """The port cannot be read any more; its text says which and why."""


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a key has 32 hexadecimal digits") from None
    if len(key) != 16:
        raise argparse.ArgumentTypeError("a key has 32 hexadecimal digits")
    return key


def _line(text: str) -> tuple[int, int, str, int]:
    baud, _, framing = text.partition(",")
    if not baud.isdigit() or framing not in ("8N1", "7E1"):
        raise argparse.ArgumentTypeError("a line is a baud rate, a comma, and 8N1 or 7E1")
    return int(baud), int(framing[0]), framing[1], int(framing[2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.p1",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="telegrams, - for standard input")
    parser.add_argument("--key", type=_key, metavar="HEX", help="key of a meter that encrypts")
    parser.add_argument("--port", metavar="DEVICE", help="read a live meter until Ctrl-C")
    parser.add_argument(
        "--line", type=_line, default="115200,8N1", help="of that port (%(default)s)"
    )
    parser.add_argument(
        "--count", type=int, default=0, help="stop the port after so many telegrams"
    )
    return parser


def _contents(names: list[str], parser: argparse.ArgumentParser) -> list[bytes]:
    contents = []
    for name in names:
        try:
            contents.append(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
        except OSError as error:
            parser.error(f"{name}: {error.strerror}")
    return contents


def _live(port, key: bytes | None) -> Iterator[dict]:
    line = Line(key)
    while True:
        try:
            received = port.read(max(1, port.in_waiting))
        except OSError as error:
            raise _GoneError(f"{port.name}: {error.strerror or error}") from None
        now_ms = time.monotonic_ns() // 1_000_000
        yield from line.records(received, now_ms)
        yield from line.idle_records(now_ms)


def _opened(arguments: argparse.Namespace, parser: argparse.ArgumentParser):
    import serial

    baud, bits, parity, stop = arguments.line
    try:
        return serial.Serial(arguments.port, baud, bits, parity, stop, timeout=0.05)
    except (OSError, ValueError) as error:
        parser.error(f"{arguments.port}: {error}")


def _all_records(arguments, parser) -> Iterator[dict]:
    contents = _contents(arguments.files, parser)
    for name, content in zip(arguments.files, contents, strict=True):
        is_empty = True
        for found in of_file(content, arguments.key):
            is_empty = False
            yield found
        if is_empty:
            print(f"{name}: there is no telegram in it", file=sys.stderr)
    if not arguments.port:
        return
    with _opened(arguments, parser) as port:
        for number, found in enumerate(_live(port, arguments.key), 1):
            yield found
            if number == arguments.count:
                return


def main() -> int:
    """Print the records of everything that the command line names."""
    parser = _parser()
    arguments = parser.parse_args()
    if not arguments.files and not arguments.port:
        parser.error("a FILE or --port is needed")
    status = 0
    try:
        for found in _all_records(arguments, parser):
            print(json.dumps(found, ensure_ascii=False), flush=bool(arguments.port))
            status = status or int(not found["ok"])
    except KeyboardInterrupt:
        pass
    except _GoneError as gone:
        print(gone, file=sys.stderr)
        status = 2
    except BrokenPipeError:  # the reader of a pipe has left
        sys.stderr.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
