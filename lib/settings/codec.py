"""The stored form of the settings: one JSON object, a line end, and a trailer with its CRC-32.

    {"version": 1, "sequence": 7, "values": {"control.desired_peak_w": 3000}}
    crc32:1a2b3c4d

The sequence number grows with every save, so that of two files the newer is known. The CRC is the
one of IEEE 802.3, over every byte of the first line without its line end.
"""

import binascii
import json

from micropython import const

#: Version of the stored file. Raise it together with a step in migrate.py.
VERSION = 1

_TRAILER = const(16)  # "\ncrc32:" + 8 digits + "\n"
#: Largest file in bytes that is read or written; one board needs well under a quarter of it.
FILE_MAX = 8192
_SEQUENCE_END = const(0x3FFFFFFF)  # stays a small int on the board; flash is worn out long before


def encode(version: int, sequence: int, values: dict) -> bytes:
    """The file for `values` (JSON-ready). Allocates about three times its length."""
    body = json.dumps({"version": version, "sequence": sequence, "values": values}).encode()
    return body + _trailer(body)


def decode(raw: bytes) -> tuple:
    """Read a file: (None, version, sequence, values), or (code, 0, 0, None) when it is not whole.

    Codes: "file_empty", "file_size" (longer than FILE_MAX), "file_torn" (no trailer), "file_crc",
    "file_json", "file_shape" (JSON, but not ours).
    """
    if not raw:
        return "file_empty", 0, 0, None
    if len(raw) > FILE_MAX:
        return "file_size", 0, 0, None
    body = raw[:-_TRAILER]
    trailer = raw[-_TRAILER:]
    if not body or trailer[:7] != b"\ncrc32:":
        return "file_torn", 0, 0, None
    if trailer != _trailer(body):
        return "file_crc", 0, 0, None
    try:
        document = json.loads(body)
    except (ValueError, RuntimeError):
        return "file_json", 0, 0, None
    return _opened(document)


def _opened(document) -> tuple:
    if type(document) is dict:
        version = document.get("version")
        sequence = document.get("sequence")
        values = document.get("values")
        if _counts(version) and _counts(sequence) and type(values) is dict:
            return None, version, sequence, values
    return "file_shape", 0, 0, None


def _counts(number) -> bool:
    return type(number) is int and 0 <= number <= _SEQUENCE_END


def _trailer(body: bytes) -> bytes:
    return f"\ncrc32:{binascii.crc32(body) & 0xFFFFFFFF:08x}\n".encode()
