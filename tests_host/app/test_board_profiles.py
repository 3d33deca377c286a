"""Pin profiles, /board.json, identity and access point, judged without a board."""

import importlib.util
import json
import re
import sys
import types
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "firmware/board"


def _load(name: str):
    """One module of firmware/board without the package, which needs the chip."""
    spec = importlib.util.spec_from_file_location(f"board_{name}", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


profiles = _load("profiles")
identity = _load("identity")

_MAC = bytes.fromhex("246f28a1b2c3")


def _choose(content) -> tuple:
    return profiles.choose(None if content is None else json.dumps(content), "devkit")


@pytest.mark.parametrize("name", sorted(profiles.PROFILES))
def test_every_row_fits_its_columns_and_uses_no_pin_twice(name):
    row = profiles.PROFILES[name]
    assert len(row) == len(profiles.COLUMNS)
    pins = {column: value for (column, _), value in zip(profiles.COLUMNS, row, strict=True)}
    chosen, refusals = _choose({"profile": name, "pins": pins})
    assert refusals == []
    assert chosen["name"] == name
    assert profiles.used_twice(chosen) is None


def test_without_a_file_the_default_profile_is_used():
    chosen, refusals = _choose(None)
    assert refusals == []
    assert (chosen["name"], chosen["http_port"], chosen["watchdog"]) == ("devkit", 80, True)


def test_a_file_overrides_single_pins_port_and_watchdog():
    wish = {"pins": {"led": None, "p1_rx": 36}, "http_port": 8080, "watchdog": False}
    chosen, refusals = _choose({"profile": "wt32-eth01"} | wish)
    assert refusals == []
    assert (chosen["led"], chosen["p1_rx"], chosen["rs485_rx"]) == (None, 36, 5)
    assert (chosen["http_port"], chosen["watchdog"]) == (8080, False)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"devkit"', "null", "\x00\xff", "{}x"])
def test_a_broken_file_leaves_the_default_and_says_so(text):
    chosen, refusals = profiles.choose(text, "devkit")
    assert chosen == profiles.profile_of("devkit")
    assert refusals == [("file_broken", "board.json", None)]


@pytest.mark.parametrize("name", ["esp8266", "", 3, None, ["devkit"], {}])
def test_an_unknown_profile_leaves_the_default_and_nothing_of_the_file(name):
    chosen, refusals = _choose({"profile": name, "http_port": 81, "pins": {"led": 5}})
    assert chosen == profiles.profile_of("devkit")
    assert refusals == [("profile_unknown", "profile", name)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("p1_rx", 1),  # the console
        ("p1_rx", 6),  # the flash
        ("p1_rx", 20),  # no such GPIO
        ("p1_rx", 40),
        ("p1_rx", -1),
        ("p1_rx", 256 + 16),
        ("p1_rx", "16"),
        ("p1_rx", True),
        ("p1_rx", 16.0),
        ("p1_rx", [16]),
        ("led", 34),  # cannot be driven
        ("rs485_tx", 39),
        ("rs485_direction", 36),
        ("p1_inverted", 1),
        ("p1_inverted", None),
        ("eth_phy", "LAN8720"),
        ("eth_address", 32),
    ],
)
def test_an_impossible_pin_is_named_and_the_profiles_own_stays(column, value):
    chosen, refusals = _choose({"pins": {column: value}})
    assert chosen == profiles.profile_of("devkit")
    assert refusals == [("pin_impossible", column, value)]


def test_a_pin_that_no_board_knows_is_named():
    chosen, refusals = _choose({"pins": {"buzzer": 5, "name": 5}})
    assert chosen == profiles.profile_of("devkit")
    assert sorted(refusals) == [("pin_unknown", "buzzer", 5), ("pin_unknown", "name", 5)]


def test_a_pin_with_two_uses_undoes_all_overrides():
    chosen, refusals = _choose({"pins": {"led": 17, "button": 5}})
    assert chosen == profiles.profile_of("devkit")
    assert refusals == [("pin_taken", "led", 17)]


def test_a_pin_of_the_ethernet_bus_is_taken():
    assert _choose({"pins": {"led": 25}})[1] == []
    assert _choose({"profile": "jullix", "pins": {"led": 25}})[1] == [("pin_taken", "led", 25)]


@pytest.mark.parametrize("port", [-1, 65536, "80", None, True, 80.5, [80]])
def test_an_impossible_port_is_named(port):
    chosen, refusals = _choose({"http_port": port})
    assert chosen["http_port"] == 80
    assert refusals == [("port_range", "http_port", port)]


def test_odd_pins_and_switches_are_named():
    chosen, refusals = _choose({"pins": [1], "watchdog": "no"})
    assert chosen == profiles.profile_of("devkit")
    assert refusals == [("pins_broken", "pins", None), ("not_a_switch", "watchdog", "no")]


def test_every_profile_is_in_the_guide():
    guide = (_FOLDER.parents[1] / "docs/add-a-board.md").read_text()
    for name in profiles.PROFILES:
        assert f"`{name}`" in guide
    for column, _ in profiles.COLUMNS:
        assert f"`{column}`" in guide


def test_the_name_is_the_end_of_the_mac(tmp_path):
    assert identity.identity(_MAC, str(tmp_path / "i.json"))[:2] == ("JULLIX_A1B2C3", "jullix")


def test_a_password_is_made_once_and_kept(tmp_path):
    path = str(tmp_path / "identity.json")
    Path(path).write_text('{"pop": "abc", "role": "extender"}')
    first = identity.identity(_MAC, path)
    assert re.fullmatch("[a-hj-km-np-z2-9]{12}", first[2])
    assert first[1] == "extender" and first[3]
    assert identity.identity(_MAC, path) == first
    assert json.loads(Path(path).read_text())["pop"] == "abc"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["identity.json"]


def test_a_provisioned_password_is_used_and_nothing_is_written(tmp_path):
    path = tmp_path / "identity.json"
    path.write_text('{"password": "sticker-1234", "role": 5}')
    before = path.read_bytes()
    _, role, password, made = identity.identity(_MAC, str(path))
    assert (role, password, made) == ("jullix", "sticker-1234", False)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"password": "short"}', '{"password": 12345678}']
)
def test_a_file_without_a_password_gets_one(tmp_path, text):
    path = tmp_path / "identity.json"
    path.write_text(text)
    password = identity.identity(_MAC, str(path))[2]
    assert json.loads(path.read_text())["password"] == password


def test_a_full_flash_leaves_a_password_for_this_run(tmp_path, capsys):
    password = identity.identity(_MAC, str(tmp_path / "no folder" / "identity.json"))[2]
    assert identity.is_password(password)
    assert "not stored" in capsys.readouterr().out


def test_each_letter_of_a_password_is_equally_likely():
    drawn = iter(bytes(range(256)) * 12)
    letters = "".join(
        identity.make_password(lambda count: bytes([next(drawn)])) for _ in range(62)
    )
    counts = {letter: letters.count(letter) for letter in set(letters)}
    assert len(counts) == 31
    assert max(counts.values()) - min(counts.values()) <= 1


class _Radio:
    """A radio that refuses settings while it is off, or forgets them when it comes up."""

    AP_IF, AUTH_OPEN, AUTH_WPA2_PSK = 1, 0, 3

    def __init__(self, refuses: bool):
        self.refuses, self.on, self.open_while_on = refuses, False, 0
        self._factory = {"ssid": "ESP_123456", "security": 0}
        self.settings = dict(self._factory)
        self.address = "192.168.4.1"

    def WLAN(self, interface):  # noqa: N802
        assert interface == 1
        return self

    def config(self, name=None, **values):
        if name:
            return self.settings[name]
        if not self.on and self.refuses:
            raise OSError("Wifi Not Started")
        self.settings.update(values)
        return None

    def active(self, on=None):
        if on is not None:
            self.on = on
            if on and self.refuses:
                self.settings = dict(self._factory)
        return self.on

    def ifconfig(self, given=None):
        if given:
            self.address = given[0]
        return (self.address,)

    def status(self, what):
        return [(b"123456",), (b"654321",)]


@pytest.mark.parametrize("refuses", [False, True])
def test_the_network_comes_up_closed_on_every_build(monkeypatch, refuses):
    radio = _Radio(refuses)
    radio.address = "10.0.0.1"
    network = types.SimpleNamespace(WLAN=radio.WLAN, AP_IF=1, AUTH_WPA2_PSK=3)
    monkeypatch.setitem(sys.modules, "network", network)
    point = _load("access_point").AccessPoint("JULLIX_A1B2C3", "secret-word")
    assert point.stations() == 0
    point.start()
    assert radio.settings["ssid"] == "JULLIX_A1B2C3"
    assert (radio.settings["security"], radio.settings["key"]) == (3, "secret-word")
    assert radio.settings["max_clients"] == 10
    assert radio.address == "192.168.4.1"
    assert point.active() and point.stations() == 2
    point.stop()
    assert not point.active()
