"""Settings on littlefs while the power fails in the middle of every single write, in turn."""

import asyncio
import importlib

import pytest
from settings_flash import BLOCK, BoardFiles, Flash

import firmware.settings
import firmware.settings_files
from firmware.settings import Settings
from firmware.settings_files import SettingsFiles

_SMALL = {"control.desired_peak_w": 4000, "site.name": "Café"}  # lies in the directory block
_LARGE = {  # has a block of its own
    "control.desired_peak_w": 4000,
    "site.name": "De langste naam die een huis kan dragen.",
    "inverter.model": "Sofar ESI 3K-S1 met een lange naam erbij",
    "battery.capacity_wh": 12345,
    "battery.cost_eur_per_mwh": 95,
    "inverter.max_charge_w": 4000,
    "inverter.max_discharge_w": 4100,
}
_CHANGE = {"control.desired_peak_w": 9900, "site.name": "Nieuw", "control.min_soc_pct": 33}
_FURTHER = {"control.desired_peak_w": 1500, "meter.stale_s": 9}
_KEYS = tuple({**_LARGE, **_CHANGE, **_FURTHER})

# How much of the write still happens, and what the rest of it holds afterwards.
_TEARS = ((0.0, -1), (0.5, -1), (0.99, -1), (0.0, 0x00), (0.5, 0xA5), (0.99, 0xFF))


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Nothing is dropped: what a test has put into a module stays there, and time is saved."""
    for name in ("firmware.settings", "firmware.settings_door"):
        monkeypatch.setattr(importlib.import_module(name), "give_back", lambda *names: None)


def _mounted(monkeypatch, flash):
    monkeypatch.setattr(firmware.settings_files, "open", BoardFiles(flash).open, raising=False)
    monkeypatch.setattr(firmware.settings_files, "SettingsFiles", SettingsFiles)
    settings = Settings()
    settings.load()
    return settings


def _changed(settings, changes):
    """Change and save; whether the save says that it holds."""

    async def run():
        assert (await settings.change(changes, "installer"))[0]
        return await settings.save()

    return asyncio.run(run())


def _values(settings):
    return {key: settings.get(key) for key in _KEYS}


def _bases(monkeypatch, first, saves, blocks=16):
    """Images with 0 to `saves` saved changes on them, oldest first."""
    image = BoardFiles.format(blocks)
    yield image
    for number in range(saves):
        flash = Flash(image)
        changes = {**first, "control.desired_peak_w": 3000 + number}
        assert _changed(_mounted(monkeypatch, flash), changes)
        image = bytes(flash.buffer)
        yield image


def _cut(monkeypatch, base, cut_at, torn, rest):
    """One power cut; returns False when the change needed fewer writes than `cut_at`."""
    flash = Flash(base, cut_at, torn, rest)
    settings = _mounted(monkeypatch, flash)
    old = _values(settings)
    saved = _changed(settings, _CHANGE)
    where = (cut_at, torn, rest)
    assert saved is not flash.dead, where

    flash = Flash(flash.buffer)
    settings = _mounted(monkeypatch, flash)
    new = {**old, **_CHANGE}
    allowed = (new,) if saved else (old, new)
    assert _values(settings) in allowed, where

    assert _changed(settings, _FURTHER), where
    after = _values(_mounted(monkeypatch, Flash(flash.buffer)))
    assert after == {**_values(settings), **_FURTHER}, where
    return not saved


def _every_cut(monkeypatch, base, tears):
    """Cut at every write of one change, torn in each of the given ways; how often it was cut."""
    cuts = 0
    for torn, rest in tears:
        cut_at = 0
        while _cut(monkeypatch, base, cut_at, torn, rest):
            cut_at += 1
        cuts += cut_at
    return cuts


@pytest.mark.parametrize(("first", "least"), [(_SMALL, 350), (_LARGE, 900)])
def test_power_cut_at_every_write_leaves_the_old_or_the_new_settings(monkeypatch, first, least):
    # 30 saves in a row pass the moment at which littlefs compacts the directory.
    bases = list(_bases(monkeypatch, first, 30))
    cuts = sum(_every_cut(monkeypatch, base, _TEARS) for base in bases)
    print(f"{cuts} cuts")
    assert cuts >= least


@pytest.mark.soak
@pytest.mark.parametrize("first", [_SMALL, _LARGE])
def test_power_cut_at_every_byte_of_every_write(monkeypatch, first):
    tears = [(byte / 128 + 1e-6, rest) for byte in range(129) for rest in (-1, 0xA5)]
    bases = list(_bases(monkeypatch, first, 30))
    cuts = sum(_every_cut(monkeypatch, base, tears) for base in bases[:3] + bases[22:26])
    print(f"{cuts} cuts")
    assert cuts >= 3_600


@pytest.mark.parametrize("first", [_SMALL, _LARGE])
def test_power_cut_on_a_nearly_full_flash(monkeypatch, first):
    # Blocks: the pair of the directory, one for each generation, and the one a save needs.
    image = list(_bases(monkeypatch, first, 3, blocks=5))[-1]
    assert _every_cut(monkeypatch, image, _TEARS[:2]) >= 2


def test_a_full_flash_is_told_and_the_old_settings_live_on(monkeypatch):
    flash = Flash(list(_bases(monkeypatch, _LARGE, 4))[-1])
    files = BoardFiles(flash)
    with pytest.raises(OSError), files.open("ballast", "wb") as ballast:
        while True:
            ballast.write(bytes(BLOCK))
    number = 0
    while True:  # many small files fill what a large one leaves
        try:
            with files.open(f"ballast{number}", "wb") as ballast:
                ballast.write(bytes(BLOCK // 2))
        except OSError:
            break
        number += 1
    assert number > 0

    settings = _mounted(monkeypatch, flash)
    old = _values(settings)
    assert _changed(settings, _CHANGE) is False
    assert settings.save_error == "flash_full"
    assert settings.unsaved
    assert settings.get("control.min_soc_pct") == 33  # in force, though not kept
    assert _values(_mounted(monkeypatch, Flash(flash.buffer))) == old

    BoardFiles(flash).fs.remove("ballast0")
    settings = _mounted(monkeypatch, flash)
    assert _changed(settings, _CHANGE) is True
    assert _values(_mounted(monkeypatch, Flash(flash.buffer))) == {**old, **_CHANGE}


def _spoil(flash, path):
    """Let one bit of the content of a file go bad, as worn flash does."""
    with BoardFiles(flash).open(path, "rb") as file:
        content = file.read(4096)
    at = bytes(flash.buffer).rindex(content)
    assert bytes(flash.buffer).count(content) == 1
    flash.buffer[at + len(content) // 2] ^= 0x04


def test_a_bad_block_costs_one_change_and_not_the_settings(monkeypatch):
    flash = Flash(list(_bases(monkeypatch, _LARGE, 4))[-1])
    _spoil(flash, "settings_b.json")  # the fourth save
    settings = _mounted(monkeypatch, flash)
    assert settings.get("control.desired_peak_w") == 3002
    assert settings.get("battery.capacity_wh") == 12345
    assert settings.faults == {"file_crc": 1}
    assert _changed(settings, _CHANGE)
    assert _mounted(monkeypatch, flash).get("site.name") == "Nieuw"


class _Renamed(SettingsFiles):
    """The other way: one file, written anew beside it and renamed over it."""

    fs = None

    async def save(self, values):
        self._sequence += 1
        failure = await self._write("settings_a.new", self._sequence, values)
        if failure is None:
            try:
                self.fs.rename("settings_a.new", "settings_a.json")
            except Exception:
                return "flash_error"
        return failure


def _rename_way(monkeypatch, flash):
    files = BoardFiles(flash)
    monkeypatch.setattr(firmware.settings_files, "open", files.open, raising=False)
    monkeypatch.setattr(firmware.settings_files, "SettingsFiles", _Renamed)
    monkeypatch.setattr(_Renamed, "fs", files.fs)
    settings = Settings()
    settings.load()
    return settings


def test_replacing_by_rename_outlives_cuts_too_but_writes_more_and_no_bad_block(monkeypatch):
    """Why there are two generations: each survives cuts, but only two survive a bad block."""
    image = BoardFiles.format(16)
    for number in range(4):
        flash = Flash(image)
        changes = {**_LARGE, "control.desired_peak_w": 3000 + number}
        assert _changed(_rename_way(monkeypatch, flash), changes)
        image = bytes(flash.buffer)
    flash = Flash(image)
    assert _changed(_rename_way(monkeypatch, flash), _CHANGE)
    writes = flash.writes
    for cut_at in range(writes):
        flash = Flash(image, cut_at)
        _changed(_rename_way(monkeypatch, flash), _CHANGE)
        after = _rename_way(monkeypatch, Flash(flash.buffer))
        assert after.get("site.name") in (_LARGE["site.name"], "Nieuw")
    flash = Flash(image)
    _spoil(flash, "settings_a.json")
    assert _rename_way(monkeypatch, flash).faults["settings_lost"] == 1

    steady = Flash(list(_bases(monkeypatch, _LARGE, 4))[-1])
    assert _changed(_mounted(monkeypatch, steady), _CHANGE)
    assert steady.writes < writes
