"""firmware/settings: what stands in the files, what is in force, and the door between them."""

import asyncio
import importlib
import itertools
import sys
import types

import pytest
from fake_time import FakeTime
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import firmware.settings
import firmware.settings_door
import firmware.settings_files
from firmware.overlay import give_back
from firmware.settings import Settings
from settings.codec import FILE_MAX, decode, encode

_LABEL = ("naam", "nom", "name")
_SECRET = ("site.password", "installer", ("secret", "", 0, 63), _LABEL, _LABEL)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Nothing is dropped: what a test has put into a module stays there, and time is saved."""
    for name in ("firmware.settings", "firmware.settings_door"):
        monkeypatch.setattr(importlib.import_module(name), "give_back", lambda *names: None)


class _Journal:
    def __init__(self):
        self.events = []
        self.alarms = []

    def add(self, code, *args):
        self.events.append((code, *args))

    def raise_alarm(self, code, *args):
        if code not in self.alarms:
            self.alarms.append(code)

    def clear(self, code):
        if code in self.alarms:
            self.alarms.remove(code)


def _loaded(folder, **kwargs):
    settings = Settings(str(folder), **kwargs)
    settings.load()
    return settings


def _change(settings, changes, who="installer", save=True):
    async def run():
        answer = await settings.change(changes, who)
        return answer, await settings.save() if save else None

    return asyncio.run(run())[0]


def _put(folder, name, sequence, values, version=1):
    (folder / name).write_bytes(encode(version, sequence, values))


def test_the_first_start_has_the_defaults_and_writes_nothing(tmp_path):
    journal = _Journal()
    settings = _loaded(tmp_path, journal=journal)
    assert settings.get("control.desired_peak_w") == 2500
    assert settings.get("inverter.model") == "Sofar ESI 3K-S1"
    assert settings.get("control.enabled") is True
    assert settings.faults == {}
    assert settings.problem is None
    assert not settings.unsaved
    assert journal.events == []
    assert list(tmp_path.iterdir()) == []


def test_an_undeclared_key_is_an_error_of_the_program(tmp_path):
    with pytest.raises(KeyError):
        _loaded(tmp_path).get("control.desired_peak")


def test_a_change_is_in_force_at_once_and_comes_back_after_a_restart(tmp_path):
    settings = _loaded(tmp_path)
    changes = {"control.desired_peak_w": 4000, "site.name": " Thuis "}
    assert _change(settings, changes, "owner", save=False) == (True, "", "")
    assert settings.get("control.desired_peak_w") == 4000
    assert settings.get("site.name") == "Thuis"
    assert settings.seq == 1
    assert settings.unsaved
    assert list(tmp_path.iterdir()) == []

    assert asyncio.run(settings.save())
    assert not settings.unsaved
    again = _loaded(tmp_path)
    assert again.get("control.desired_peak_w") == 4000
    assert again.get("site.name") == "Thuis"
    assert again.get("control.min_soc_pct") == 25


def test_the_folder_is_made_when_it_is_not_there(tmp_path):
    settings = _loaded(tmp_path / "settings")
    assert settings.faults == {}
    _change(settings, {"control.desired_peak_w": 4000})
    assert settings.save_error is None
    assert _loaded(tmp_path / "settings").get("control.desired_peak_w") == 4000


def test_saves_alternate_between_two_files(tmp_path):
    settings = _loaded(tmp_path)
    names = []
    for watt in (1000, 2000, 3000, 4000):
        _change(settings, {"control.desired_peak_w": watt})
        sequences = {file.name: decode(file.read_bytes())[2] for file in tmp_path.iterdir()}
        names.append(max(sequences, key=sequences.get))
        assert max(sequences.values()) == settings.saves
    assert names == ["settings_a.json", "settings_b.json"] * 2
    assert _loaded(tmp_path).get("control.desired_peak_w") == 4000


def test_a_refused_change_changes_nothing(tmp_path):
    settings = _loaded(tmp_path)
    good = {"control.desired_peak_w": 4000}
    for changes, who, code, field in (
        ({"control.nothing": 1}, "installer", "field_unknown", "control.nothing"),
        ({"x" * 999: 1}, "installer", "field_unknown", "x" * 64),
        ({7: 1}, "installer", "field_unknown", "7"),
        ({"inverter.address": 2}, "owner", "field_forbidden", "inverter.address"),
        ({"inverter.address": "2"}, "installer", "field_type", "inverter.address"),
        ({"inverter.address": 248}, "installer", "field_range", "inverter.address"),
        ({"control.min_soc_pct": 71}, "owner", "settings_impossible", "control.min_soc_pct"),
        (
            {"control.peak_buffer_pct": 76},
            "owner",
            "settings_impossible",
            "control.peak_buffer_pct",
        ),
    ):
        assert _change(settings, {**good, **changes}, who) == (False, code, field)
    for who in ("guest", "", None):
        assert _change(settings, good, who)[1] == "field_forbidden"
    for nonsense in (None, [], "control.enabled", 7):
        assert _change(settings, nonsense)[:2] == (False, "field_type")
    assert settings.get("control.desired_peak_w") == 2500
    assert settings.seq == 0
    assert list(tmp_path.iterdir()) == []


def test_values_that_only_fit_together_are_changed_together(tmp_path):
    settings = _loaded(tmp_path)
    assert _change(settings, {"control.min_soc_pct": 80, "control.peak_buffer_pct": 20})[0]
    assert _change(settings, {"control.peak_buffer_pct": 80, "control.min_soc_pct": 20})[0]


def test_setting_what_stands_already_is_no_change(tmp_path):
    settings = _loaded(tmp_path)
    _change(settings, {"control.desired_peak_w": 4000})
    _change(settings, {"control.desired_peak_w": 4000})
    _change(settings, {})
    assert settings.seq == settings.saves == 1


def test_a_default_that_somebody_chose_is_stored(tmp_path):
    # It has to outlive a version with another default.
    _change(_loaded(tmp_path), {"control.desired_peak_w": 2500})
    assert decode((tmp_path / "settings_a.json").read_bytes())[3] == {
        "control.desired_peak_w": 2500
    }


def test_readers_learn_of_a_change_by_its_number(tmp_path):
    settings = _loaded(tmp_path)

    async def run():
        readers = [asyncio.create_task(settings.wait(0)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(reader.done() for reader in readers)
        await settings.change({"control.enabled": False}, "owner")
        assert await asyncio.gather(*readers) == [1, 1, 1]
        assert await settings.wait(0) == 1

    asyncio.run(run())


def test_every_change_is_noted_with_who_and_the_old_value(tmp_path):
    journal = _Journal()
    settings = _loaded(tmp_path, journal=journal)
    _change(settings, {"control.desired_peak_w": 4000}, "owner")
    assert journal.events == [("setting_changed", "control.desired_peak_w", 2500, 4000, "owner")]


# Files that are not as they should be


def test_the_newest_whole_file_counts(tmp_path):
    for first, second in ((4, 9), (9, 4)):
        _put(tmp_path, "settings_a.json", first, {"control.desired_peak_w": 1000 * first})
        _put(tmp_path, "settings_b.json", second, {"control.desired_peak_w": 1000 * second})
        settings = _loaded(tmp_path)
        assert settings.get("control.desired_peak_w") == 9000
        _change(settings, {"control.enabled": False})
        assert _loaded(tmp_path).get("control.desired_peak_w") == 9000
        older = "settings_a.json" if first < second else "settings_b.json"
        assert decode((tmp_path / older).read_bytes())[2] == 10


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "file_empty"),
        (encode(1, 9, {"control.desired_peak_w": 9000})[:40], "file_torn"),
        (b"\xff" * 300, "file_torn"),
        (encode(1, 9, {"control.desired_peak_w": 9000}).replace(b"9000", b"9001"), "file_crc"),
        (b"x" * (FILE_MAX + 500), "file_size"),
    ],
)
def test_a_bad_newest_file_leaves_the_older_one(tmp_path, content, fault):
    _put(tmp_path, "settings_a.json", 4, {"control.desired_peak_w": 4000})
    (tmp_path / "settings_b.json").write_bytes(content)
    settings = _loaded(tmp_path)
    assert settings.get("control.desired_peak_w") == 4000
    assert settings.faults == {fault: 1}
    _change(settings, {"control.desired_peak_w": 5000})
    again = _loaded(tmp_path)
    assert again.get("control.desired_peak_w") == 5000
    assert again.faults == {}


def test_something_else_in_the_place_of_a_file_is_counted(tmp_path):
    (tmp_path / "settings_a.json").mkdir()
    settings = _loaded(tmp_path)
    assert settings.faults == {"file_unreadable": 1, "settings_lost": 1}
    assert settings.get("control.desired_peak_w") == 2500


def test_without_any_whole_file_the_last_good_settings_are_taken_and_saved(tmp_path):
    settings = _loaded(tmp_path)
    _change(settings, {"control.desired_peak_w": 4000})
    assert asyncio.run(settings.mark_good())
    _change(settings, {"control.desired_peak_w": 5000})
    for name in ("settings_a.json", "settings_b.json"):
        (tmp_path / name).write_bytes(b"?")
    again = _loaded(tmp_path)
    assert again.get("control.desired_peak_w") == 4000
    assert again.faults == {"file_torn": 2, "settings_from_good": 1}
    assert again.unsaved
    assert asyncio.run(again.save())
    assert _loaded(tmp_path).faults == {"file_torn": 1}


def test_without_any_whole_file_at_all_the_defaults_stand_and_it_is_told(tmp_path):
    journal = _Journal()
    for name in ("settings_a.json", "settings_b.json", "settings_good.json"):
        (tmp_path / name).write_bytes(b"")
    settings = _loaded(tmp_path, journal=journal)
    assert settings.faults == {"file_empty": 3, "settings_lost": 1}
    assert ("settings_fault", "settings_lost", 1) in journal.events
    assert settings.get("control.desired_peak_w") == 2500


def test_a_value_of_the_wrong_type_or_range_gives_way_to_its_default(tmp_path):
    journal = _Journal()
    _put(
        tmp_path,
        "settings_a.json",
        1,
        {
            "control.desired_peak_w": "4000",
            "control.min_soc_pct": 5,
            "control.enabled": 0,
            "inverter.baud": None,
            "inverter.model": ["Sofar"],
            "site.name": "Thuis",
        },
    )
    settings = _loaded(tmp_path, journal=journal)
    assert settings.get("control.desired_peak_w") == 2500
    assert settings.get("control.min_soc_pct") == 25
    assert settings.get("control.enabled") is True
    assert settings.get("inverter.baud") == 9600
    assert settings.get("inverter.model") == "Sofar ESI 3K-S1"
    assert settings.get("site.name") == "Thuis"
    assert settings.faults == {"field_type": 4, "field_range": 1}
    assert ("setting_defaulted", "control.min_soc_pct", "field_range") in journal.events


def test_going_back_one_version_and_forward_again_loses_nothing(tmp_path):
    newer = {
        "control.min_soc_pct": 5,  # the newer version allows it
        "solar.groups": [{"count": 12, "azimuth_deg": -45, "name": "zuid"}],
        "control.desired_peak_w": 4000,
        "solar.factor": 0.5,  # a fraction: would not come back the same
    }
    _put(tmp_path, "settings_b.json", 7, newer, version=99)
    settings = _loaded(tmp_path)
    assert settings.get("control.desired_peak_w") == 4000
    assert settings.get("control.min_soc_pct") == 25
    assert settings.faults == {"field_range": 1, "field_unknown": 2}
    assert _change(settings, {"site.name": "Thuis"})[0]
    stored = decode((tmp_path / "settings_a.json").read_bytes())[3]
    del newer["solar.factor"]
    assert stored == {**newer, "site.name": "Thuis"}


def test_a_bad_stored_value_is_replaced_even_by_its_default(tmp_path):
    _put(tmp_path, "settings_a.json", 1, {"control.min_soc_pct": 5, "control.enabled": 1})
    settings = _loaded(tmp_path)
    assert _change(settings, {"control.min_soc_pct": 25, "control.enabled": True})[0]
    assert _loaded(tmp_path).faults == {}


def test_impossible_settings_in_a_file_are_told_until_they_are_put_right(tmp_path):
    journal = _Journal()
    values = {"control.min_soc_pct": 60, "control.peak_buffer_pct": 60}
    _put(tmp_path, "settings_a.json", 1, values)
    settings = _loaded(tmp_path, journal=journal)
    assert settings.problem == "settings_impossible"
    assert journal.alarms == ["settings_impossible"]
    assert _change(settings, {"control.enabled": False})[0]  # has nothing to do with it
    assert not _change(settings, {"control.min_soc_pct": 41})[0]
    assert settings.problem == "settings_impossible"
    assert _change(settings, {"control.min_soc_pct": 40})[0]
    assert settings.problem is None
    assert journal.alarms == []


# Secrets


@pytest.fixture
def _with_secret(monkeypatch):
    plain = firmware.settings_door.borrow

    def borrow(name):
        module = plain(name)
        if name == "settings.group_site":
            return types.SimpleNamespace(ROWS=module.ROWS + (_SECRET,))
        return module

    monkeypatch.setattr(firmware.settings_door, "borrow", borrow)


@pytest.mark.usefixtures("_with_secret")
def test_secrets_are_stored_but_neither_exported_nor_noted(tmp_path):
    journal = _Journal()
    settings = _loaded(tmp_path, journal=journal)
    _change(settings, {"site.password": "hunter22", "site.name": "Thuis"})
    again = _loaded(tmp_path, journal=journal)
    assert again.get("site.password") == "hunter22"
    assert again.export() == {"site.name": "Thuis"}
    assert "hunter22" not in str(journal.events)
    assert ("setting_changed", "site.password", None, None, "installer") in journal.events


def test_what_this_version_does_not_know_is_not_exported_either(tmp_path):
    _put(tmp_path, "settings_a.json", 1, {"wifi.password": "hunter22", "site.name": "Thuis"})
    assert _loaded(tmp_path).export() == {"site.name": "Thuis"}


def test_an_export_goes_back_through_the_door(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    old = _loaded(tmp_path / "a")
    _change(old, {"control.desired_peak_w": 4000, "inverter.baud": 19200, "site.name": "É"})
    new = _loaded(tmp_path / "b")
    assert _change(new, old.export()) == (True, "", "")
    assert new.export() == old.export()


# Saving


def _files(folder):
    return sorted(file.name for file in folder.iterdir())


def test_saving_waits_for_a_quiet_moment(tmp_path):
    async def run():
        gate = asyncio.Event()
        settings = _loaded(tmp_path, quiet=gate.wait)
        changer = asyncio.create_task(settings.change({"control.enabled": False}, "owner"))
        await asyncio.sleep(30)
        assert not changer.done()  # reading the declaration waits, too
        gate.set()
        assert (await changer)[0]
        gate.clear()
        saver = asyncio.create_task(settings.run())
        await asyncio.sleep(30)
        assert settings.unsaved
        assert _files(tmp_path) == []
        gate.set()
        await asyncio.sleep(1)
        assert not settings.unsaved
        assert _files(tmp_path) == ["settings_a.json"]
        saver.cancel()

    FakeTime().run(run())


def test_many_changes_make_few_writes(tmp_path):
    async def run():
        settings = _loaded(tmp_path)
        saver = asyncio.create_task(settings.run())
        for second in range(3600):
            await settings.change({"control.desired_peak_w": 1000 + second}, "owner")
            await asyncio.sleep(1)
        assert 350 <= settings.saves <= 361
        await asyncio.sleep(10)
        assert not settings.unsaved
        saver.cancel()

    FakeTime().run(run())
    assert _loaded(tmp_path).get("control.desired_peak_w") == 4599


def test_a_first_change_after_a_long_time_is_saved_at_once(tmp_path):
    async def run():
        settings = _loaded(tmp_path)
        saver = asyncio.create_task(settings.run())
        for day in range(20):
            await asyncio.sleep(86_400)
            await settings.change({"control.desired_peak_w": 1000 + day}, "owner")
            await asyncio.sleep(0.1)
            assert settings.saves == day + 1
        saver.cancel()

    FakeTime().run(run())


def test_when_saving_fails_it_is_told_and_tried_less_and_less(tmp_path, monkeypatch):
    tries = []

    class _Files(firmware.settings_files.SettingsFiles):
        async def save(self, values):
            tries.append(time.ms // 1000)
            return "flash_error" if len(tries) < 9 else None

    async def run():
        journal = _Journal()
        settings = _loaded(tmp_path, journal=journal)
        monkeypatch.setattr(firmware.settings_files, "SettingsFiles", _Files)
        saver = asyncio.create_task(settings.run())
        await settings.change({"control.desired_peak_w": 1000}, "owner")
        await asyncio.sleep(5)
        assert settings.save_error == "flash_error"
        assert journal.alarms == ["settings_not_saved"]
        assert settings.get("control.desired_peak_w") == 1000
        await asyncio.sleep(7200)
        assert settings.save_error is None
        assert journal.alarms == []
        saver.cancel()

    time = FakeTime()
    time.run(run())
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert pauses == [20, 40, 80, 160, 320, 600, 600, 600]


def test_what_does_not_read_back_is_not_saved(tmp_path, monkeypatch):
    settings = _loaded(tmp_path)
    _change(settings, {"control.desired_peak_w": 4000})
    monkeypatch.setattr(firmware.settings_files, "_holds", lambda path, raw: False)
    _change(settings, {"control.desired_peak_w": 5000})
    assert settings.save_error == "flash_readback"
    assert settings.unsaved
    monkeypatch.undo()
    asyncio.run(settings.save())
    assert decode((tmp_path / "settings_b.json").read_bytes())[2] == 2
    assert decode((tmp_path / "settings_a.json").read_bytes())[2] == 1


def test_too_much_to_store_is_refused_and_the_old_file_stays(tmp_path):
    _put(tmp_path, "settings_a.json", 1, {"new.text": "x" * 8100})
    settings = _loaded(tmp_path)
    _change(settings, {"site.name": "y" * 40})
    assert settings.save_error == "settings_too_big"
    assert _files(tmp_path) == ["settings_a.json"]


def test_the_good_copy_is_written_once(tmp_path):
    settings = _loaded(tmp_path)
    _change(settings, {"control.desired_peak_w": 4000})
    good = tmp_path / "settings_good.json"
    assert asyncio.run(settings.mark_good())
    first = good.stat().st_mtime_ns
    assert asyncio.run(settings.mark_good())
    assert good.stat().st_mtime_ns == first
    _change(settings, {"control.desired_peak_w": 5000})
    assert asyncio.run(settings.mark_good())
    assert decode(good.read_bytes())[3] == {"control.desired_peak_w": 5000}


def test_the_declaration_does_not_stay_in_memory(tmp_path, monkeypatch):
    for module in (firmware.settings, firmware.settings_door):
        monkeypatch.setattr(module, "give_back", give_back)
    settings = _loaded(tmp_path)
    _change(settings, {"control.desired_peak_w": 4000, "inverter.address": 2})
    assert [name for name in sys.modules if name.startswith("settings.group_")] == []
    assert [name for name in dir(sys.modules["settings"]) if name.startswith("group_")] == []


# Anything at all

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_ANY_KEY = st.sampled_from(
    ["control.desired_peak_w", "control.min_soc_pct", "control.enabled", "site.name", "x.y"]
)


@given(
    raw=st.binary(max_size=200), version=st.integers(0, 9), values=st.dictionaries(_ANY_KEY, _JSON)
)
@hypothesis_settings(max_examples=150)
def test_whatever_the_files_hold_loading_gives_usable_settings(
    tmp_path_factory, raw, version, values
):
    folder = tmp_path_factory.mktemp("flash")
    (folder / "settings_a.json").write_bytes(raw)
    _put(folder, "settings_b.json", 3, values, version)
    settings = _loaded(folder)
    assert 500 <= settings.get("control.desired_peak_w") <= 50000
    assert type(settings.get("control.enabled")) is bool
    assert _change(settings, {"control.desired_peak_w": 777, "site.name": "x"})[0]
    assert settings.save_error is None
    assert _loaded(folder).get("control.desired_peak_w") == 777


@given(
    changes=st.dictionaries(_ANY_KEY, _JSON), who=st.sampled_from(["owner", "installer", "", None])
)
@hypothesis_settings(max_examples=150)
def test_whatever_is_asked_the_values_in_force_stay_within_their_ranges(
    tmp_path_factory, changes, who
):
    settings = _loaded(tmp_path_factory.mktemp("flash"))
    ok, code, _ = _change(settings, changes, who, save=False)
    assert ok is (code == "")
    assert 500 <= settings.get("control.desired_peak_w") <= 50000
    assert 10 <= settings.get("control.min_soc_pct") <= 90
    assert settings.problem is None
