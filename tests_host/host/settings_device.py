"""Runs inside MicroPython: the settings on its own littlefs, on flash whose power fails.

Arguments: the folder of the compiled modules. Prints one line of JSON with what was found.
"""

import asyncio
import errno
import gc
import json
import sys
import time

import vfs

_MODULES = sys.argv[1]
sys.path[:] = [_MODULES, _MODULES + "/lib", ".frozen"]

_BLOCK = 4096
_BLOCKS = 8


class Flash:
    """A block device in memory that loses its power in the middle of write number `cut_at`."""

    def __init__(self):
        self.memory = bytearray(b"\xff" * (_BLOCK * _BLOCKS))
        self.power_on(-1, 0)

    def power_on(self, cut_at, torn_pct):
        self.cut_at = cut_at
        self.torn_pct = torn_pct
        self.writes = 0
        self.dead = False

    def readblocks(self, block, buf, offset=0):
        start = block * _BLOCK + offset
        buf[:] = memoryview(self.memory)[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        return self._write(block * _BLOCK + offset, buf)

    def _write(self, start, buf):
        # A failure is returned: what is raised here would jump out of the middle of littlefs.
        if self.dead:
            return -errno.EIO
        size = len(buf)
        if self.writes == self.cut_at:
            self.dead = True
            size = size * self.torn_pct // 100
        self.memory[start : start + size] = memoryview(buf)[:size]
        self.writes += 1
        return -errno.EIO if self.dead else 0

    def ioctl(self, request, argument):
        if request == 4:
            return _BLOCKS
        if request == 5:
            return _BLOCK
        if request == 6:
            return self._write(argument * _BLOCK, _ERASED)
        return 0


_ERASED = b"\xff" * _BLOCK

_FIRST = {
    "site.name": "De langste naam die een huis kan dragen.",
    "inverter.model": "Sofar ESI 3K-S1 met een lange naam erbij",
    "battery.capacity_wh": 12345,
    "inverter.max_charge_w": 4000,
}
_CHANGE = {"control.desired_peak_w": 9900, "site.name": "Nieuw", "control.min_soc_pct": 33}
_FURTHER = {"control.desired_peak_w": 1500, "meter.stale_s": 9}
_KEYS = tuple(_FIRST) + tuple(_CHANGE) + tuple(_FURTHER)


def _mounted(flash):
    from firmware.settings import Settings

    try:
        vfs.umount("/flash")
    except OSError:
        pass
    vfs.mount(vfs.VfsLfs2(flash, readsize=32, progsize=32, lookahead=32), "/flash")
    settings = Settings("/flash/settings")
    settings.load()
    return settings


def _changed(settings, changes):
    async def run():
        answer = await settings.change(changes, "installer")
        assert answer[0], answer
        return await settings.save()

    return asyncio.run(run())


def _values(settings):
    return {key: settings.get(key) for key in _KEYS}


def _one_cut(flash, base, cut_at, torn_pct):
    """One power cut; False when the change needed fewer writes than `cut_at`."""
    flash.memory[:] = base
    flash.power_on(cut_at, torn_pct)
    settings = _mounted(flash)
    old = _values(settings)
    saved = _changed(settings, _CHANGE)
    assert saved is not flash.dead, (cut_at, torn_pct)

    flash.power_on(-1, 0)
    settings = _mounted(flash)
    found = _values(settings)
    new = dict(old)
    new.update(_CHANGE)
    assert found == new or (not saved and found == old), (cut_at, torn_pct, found)

    assert _changed(settings, _FURTHER)
    new = dict(found)
    new.update(_FURTHER)
    assert _values(_mounted(flash)) == new, (cut_at, torn_pct)
    return not saved


def _cuts(flash):
    """Cut at each write of a change, on several states of the file system; how often."""
    vfs.VfsLfs2.mkfs(flash, readsize=32, progsize=32, lookahead=32)
    base = bytearray(len(flash.memory))
    cuts = 0
    for number in range(_STATES):
        base[:] = flash.memory
        for torn_pct in (0, 50, 99):
            cut_at = 0
            while _one_cut(flash, base, cut_at, torn_pct):
                cut_at += 1
            cuts += cut_at
        flash.memory[:] = base
        flash.power_on(-1, 0)
        changes = dict(_FIRST)
        changes["control.desired_peak_w"] = 3000 + number
        assert _changed(_mounted(flash), changes)
    return cuts


_STATES = 28  # enough saves for littlefs to compact its directory on the way


def _full(flash):
    """Fill the flash, change a setting: (whether saved, why not, whether the old ones live)."""
    settings = _mounted(flash)
    assert _changed(settings, _FIRST)
    old = _values(settings)
    number = 0
    while number < 200:
        try:
            with open(f"/flash/ballast{number}", "wb") as file:
                file.write(bytes(_BLOCK // 2))
        except OSError:
            break
        number += 1
    settings = _mounted(flash)
    saved = _changed(settings, _CHANGE)
    return saved, settings.save_error, _values(_mounted(flash)) == old


def _used():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def _heap(flash):
    """Bytes of heap: modules, the loaded store, and the declaration while it is imported."""
    import ticks  # noqa: F401 - what every task of the board has imported already

    before = _used()
    from firmware.overlay import borrow, give_back
    from firmware.settings import Settings
    from settings.declaration import GROUPS

    modules = _used() - before
    first = Settings("/flash")
    first.load()
    before = _used()
    settings = Settings("/flash")
    settings.load()
    store = _used() - before
    assert first is not settings
    declaration = {}
    for group in GROUPS:
        before = _used()
        module = borrow("settings.group_" + group)
        declaration[group] = _used() - before
        module = None
        give_back("settings.group_" + group)
        assert _used() <= before + 64, group
    before = time.ticks_us()
    for _ in range(100):
        settings.load()
    load_us = time.ticks_diff(time.ticks_us(), before) // 100
    key = "control.desired_peak_w"
    settings.get(key)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    settings.get(key)
    get_bytes = gc.mem_alloc() - before
    gc.enable()
    assert module is None
    return {
        "modules": modules,
        "store": store,
        "declaration": declaration,
        "get": get_bytes,
        "load_us": load_us,
    }


def _main():
    found = {"heap": None}
    flash = Flash()
    vfs.VfsLfs2.mkfs(flash, readsize=32, progsize=32, lookahead=32)
    vfs.mount(vfs.VfsLfs2(flash, readsize=32, progsize=32, lookahead=32), "/flash")
    found["heap"] = _heap(flash)
    found["cuts"] = _cuts(flash)
    flash.power_on(-1, 0)
    found["full"] = _full(flash)
    print(json.dumps(found))


_main()
