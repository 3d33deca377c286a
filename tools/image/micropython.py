"""Reads an official MicroPython build for ESP32 chips: its chip, version and partitions.

Sources: ESP-IDF, esp_app_format.h (image header) and esp_flash_partitions.h (partition table);
MicroPython, ports/esp32/main.c and modules/flashbdev.py (where the file system lies).
"""

import hashlib
import re
import struct
from typing import NamedTuple

_IMAGE_MAGIC = 0xE9
_TABLE_OFFSET = 0x8000
_TABLE_SIZE = 0xC00
_ROW = struct.Struct("<2sBBII16sI")
_ROW_MAGIC, _MD5_MAGIC = b"\xaa\x50", b"\xeb\xeb"
_DATA, _FAT = 1, 0x81
_SECTOR = 4096
_OLDEST = (1, 24)
_BANNER = re.compile(rb"MicroPython v(\d+)\.(\d+)[\w.-]*")


class ImageError(Exception):
    """The build cannot be used; the text tells a person why and what to do."""


class Partition(NamedTuple):
    """One row of the partition table; offset and size in bytes of flash."""

    label: str
    kind: int
    subtype: int
    offset: int
    size: int


class Build(NamedTuple):
    """What a .bin holds: `content` begins at flash offset `base`."""

    chip: str
    bootloader: int
    version: str
    base: int
    content: bytes
    partitions: list


def read(content: bytes) -> Build:
    """Return what the bytes of a .bin are. Raises ImageError."""
    if not content:
        raise ImageError("the file is empty")
    chip, bootloader, base = _chip(content)
    table = content[_TABLE_OFFSET - base :][:_TABLE_SIZE]
    if len(content) <= _TABLE_OFFSET - base or not table.startswith(_ROW_MAGIC):
        raise ImageError(
            "there is no partition table in it. An update (.app-bin) will not do: take the file "
            "that is meant for a first installation"
        )
    partitions = _partitions(table)
    banner = _BANNER.search(content)
    if banner is None:
        raise ImageError("it boots a chip, but not with MicroPython")
    version = banner.group().decode()
    if tuple(int(number) for number in banner.groups()) < _OLDEST:
        raise ImageError(f"it is {version}; 1.24 is the oldest that will do")
    return Build(chip, bootloader, version, base, content, partitions)


def filesystem(build: Build, flash_size: int) -> Partition:
    """Where that build keeps its files on a chip with `flash_size` bytes. Raises ImageError."""
    found = [p for p in build.partitions if p.label == "vfs" and p.kind == _DATA]
    if any(p.label == "ffat" for p in build.partitions):
        raise ImageError("it keeps its files on a FAT partition (TinyUF2), which is not supported")
    end = max(p.offset + p.size for p in build.partitions)
    # Builds of late have no such row: what is behind the last partition is theirs (main.c)
    place = found[0] if found else Partition("vfs", _DATA, _FAT, end, flash_size - end)
    if place.offset + place.size > flash_size or place.size <= 0:
        reach = max(end, place.offset + place.size)
        raise ImageError(
            f"its partitions reach {reach:#x}, beyond a flash of {flash_size:#x} bytes. "
            "Take another build, or name the chip's flash: FLASH_SIZE=8MB"
        )
    if place.offset % _SECTOR or place.size % _SECTOR or place.size < 16 * _SECTOR:
        raise ImageError(f"its partition for files ({place.size:#x} bytes) cannot hold any")
    for other in build.partitions:
        ends_before = other.offset + other.size <= place.offset
        if other != place and not ends_before and other.offset < place.offset + place.size:
            raise ImageError(f"its partitions vfs and {other.label} overlap")
    return place


def _chip(content: bytes) -> tuple:
    """Return (chip, offset of its boot loader in flash, flash offset of the file's first byte)."""
    from esptool.targets import CHIP_DEFS  # takes a while to import

    by_number = {}
    for name, chip in CHIP_DEFS.items():
        if chip.IMAGE_CHIP_ID is not None:
            by_number[chip.IMAGE_CHIP_ID] = name, chip.BOOTLOADER_FLASH_OFFSET
    for skipped in (0, 0x1000, 0x2000):
        header = content[skipped : skipped + 24]
        if len(header) == 24 and header[0] == _IMAGE_MAGIC:
            number = int.from_bytes(header[12:14], "little")
            if number not in by_number:
                raise ImageError(f"it is for a chip that is not known (number {number})")
            name, bootloader = by_number[number]
            if skipped not in (0, bootloader):
                continue
            return name, bootloader, bootloader - skipped
        if content[: skipped + 1].strip(b"\xff"):
            break
    raise ImageError("it is not an image for an ESP32 chip (no 0xE9 where one begins)")


def _partitions(table: bytes) -> list:
    found = []
    for start in range(0, len(table) - _ROW.size + 1, _ROW.size):
        row = table[start : start + _ROW.size]
        if row == b"\xff" * _ROW.size:
            break
        if row.startswith(_MD5_MAGIC):
            if row[16:] != hashlib.md5(table[:start]).digest():
                raise ImageError("its partition table is damaged (checksum)")
            continue
        magic, kind, subtype, offset, size, label, _ = _ROW.unpack(row)
        if magic != _ROW_MAGIC:
            raise ImageError("its partition table is damaged (row without its mark)")
        name = label.rstrip(b"\0").decode("ascii", "replace")
        found.append(Partition(name, kind, subtype, offset, size))
    return found
