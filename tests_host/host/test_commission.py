"""Commissioning in virtual time: scan, speed, and the trial with its fall-back."""

import asyncio
import itertools
import json
import re
from pathlib import Path

import pytest
from bus_rig import Several, Site, SofarDevice, now_ms
from test_bus import in_virtual_time

from firmware import orders
from inverter import doubts_sofar_g3 as doubts
from inverter.record import InverterState

ROOT = Path(__file__).parents[2]
SELF_USE, PASSIVE = 0, 3


class Meter:
    """What the P1 port would say."""

    def __init__(self, device, sign=1):
        self.device, self.sign = device, sign

    @property
    def grid_w(self):
        return round(self.sign * self.device.plant.grid_w)


async def tried(site, name, most_s=400):
    """Run a trial; its codes, and all of it."""
    site.inverter.try_out(name)
    await site.until(lambda: site.state.trial and site.state.trial["over"], most_s)
    return [result[0] for result in site.state.trial["results"]], site.state.trial


def metered(site, device, sign=1):
    site.state.meter.value = Meter(device, sign)


@in_virtual_time
async def test_the_whole_trial():
    device = SofarDevice(mode=SELF_USE, load_w=900.0)
    async with Site(device) as site:
        metered(site, device)
        site.wanted_w = 300
        await site.until(lambda: site.record.ready)
        codes, trial = await tried(site, "test")
        assert codes == [
            "test_talks",
            "doubt_protocol",
            "model_agrees",
            "test_mode_ok",
            "test_follows",
            "test_meter_sees",
            "test_fell_back",
        ]
        assert trial["results"][4][1] == 400
        assert 300 <= trial["results"][5][1] <= 500
        assert "deadman_proved" in [event[1] for event in site.journal.events()]
        await site.until(lambda: site.record.battery_w == 300, 40)  # control goes on
        assert site.alarms() == set()


@in_virtual_time
async def test_no_frame_at_all_goes_out_until_the_inverter_has_fallen_back():
    device = SofarDevice(mode=SELF_USE)
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        await tried(site, "test")
        times = [at for at, _, _ in device.requests]
        gap, began = max((b - a, a) for a, b in itertools.pairwise(times))
        assert 34000 <= gap <= 37000
        assert device.sofar.timeouts == 1
        assert began


@in_virtual_time
async def test_inverter_that_holds_on_is_told():
    device = SofarDevice(mode=SELF_USE, load_w=900.0)
    device.sofar.tick = lambda: None  # its time-out does nothing
    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        codes, _ = await tried(site, "test")
        assert codes[-2:] == ["test_no_meter", "test_held_on"]


@in_virtual_time
async def test_meter_with_its_sign_turned_and_meter_that_sees_nothing():
    for sign, code in ((-1, "test_meter_reversed"), (0, "test_meter_blind")):
        device = SofarDevice(mode=SELF_USE, load_w=900.0)
        async with Site(device) as site:
            metered(site, device, sign)
            await site.until(lambda site=site: site.record.ready)
            codes, _ = await tried(site, "test")
            assert code in codes


@in_virtual_time
async def test_empty_battery_is_charged_instead():
    device = SofarDevice(mode=SELF_USE, load_w=300.0, soc_pct=15.0)
    async with Site(device) as site:
        metered(site, device)
        await site.until(lambda: site.record.ready)
        codes, trial = await tried(site, "test")
        assert "test_follows" in codes and "test_meter_sees" in codes
        assert ("test_follows", -400) in [result[:2] for result in trial["results"]]


@in_virtual_time
async def test_battery_that_does_not_follow():
    device = SofarDevice(mode=SELF_USE, load_w=300.0)
    device.forgets.add(0x1187)
    async with Site(device) as site:
        codes, _ = await tried(site, "test")
        assert "test_not_ready" in codes or "test_not_following" in codes


@in_virtual_time
async def test_silence_and_garbage_have_names_of_their_own():
    device = SofarDevice(mode=SELF_USE)
    async with Site(device, set_passive=False) as site:
        await site.until(lambda: site.record.problem == "not_passive")
        codes, _ = await tried(site, "test")
        assert codes[-1] == "test_not_ready"
        device.spoil = lambda frame, answer: [(60, bytes([answer[0] ^ 0x41]) + answer[1:])]
        assert (await tried(site, "test"))[0] == ["test_garbled"]
        device.spoil = None
        device.hear = lambda frame: []
        assert (await tried(site, "test"))[0] == ["test_silent"]
        site.settings["inverter.model"] = "Nonesuch"
        await asyncio.sleep(3)
        assert (await tried(site, "test"))[0] == ["test_no_model"]


@in_virtual_time
async def test_line_that_loses_some():
    device = SofarDevice(mode=SELF_USE)
    count = []

    def spoil(frame, answer):
        count.append(1)
        return [(60, answer[:-1] if len(count) % 5 == 0 else answer)]

    async with Site(device) as site:
        await site.until(lambda: site.record.ready)
        device.spoil = spoil
        codes, _ = await tried(site, "test")
        assert codes[0] == "test_flaky"


@in_virtual_time
async def test_scan_finds_every_address_and_does_not_disturb_control():
    first = SofarDevice(mode=PASSIVE)
    async with Site(Several(first, SofarDevice(unit=9), SofarDevice(unit=247))) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 * 7 % 1000
        await site.until(lambda: site.record.ready)
        await asyncio.sleep(20)
        site.inverter.try_out("scan")
        await asyncio.sleep(1)
        began, telegrams = now_ms(), len(site.telegrams)
        count = len(first.requests)
        seen = []
        while not site.state.trial["over"]:
            await asyncio.sleep(1)
            seen.append(site.state.trial["done"])
        assert site.state.trial["results"] == [(("found_address"), u) for u in (1, 9, 247)]
        assert (now_ms() - began) / 1000 < 300
        assert seen == sorted(seen) and seen[-1] == 247
        late = []
        for telegram in site.telegrams[telegrams:]:
            after = [at for at, f, _ in first.requests[count:] if f == 16 and at > telegram]
            if after:
                late.append(min(after) - telegram)
        assert max(late) < 60
        polls = [at for at, f, a in first.requests[count:] if f == 3 and a == 0x0604]
        assert len(polls) >= 0.9 * (now_ms() - began) / 1000
        assert site.record.ready and site.alarms() == set()


@in_virtual_time
async def test_scan_of_an_idle_line_is_quick():
    async with Site(SofarDevice(unit=30), set_passive=False) as site:
        site.decides = False
        await asyncio.sleep(0.1)
        site.bus.keep_open(None)
        _, trial = await tried(site, "scan")
        assert trial["results"] == [("found_address", 30)]
        assert now_ms() < 130000


@in_virtual_time
async def test_speed_is_found():
    device = SofarDevice(mode=PASSIVE)
    hear = device.hear
    async with Site(device) as site:
        device.hear = lambda frame: hear(frame) if site.port.baud == 19200 else []
        site.port.baud = 9600
        await site.until(lambda: site.record.problem == "inverter_silent")
        _, trial = await tried(site, "baud")
        assert trial["results"] == [("found_baud", 19200)]
        assert site.port.baud == 9600
        site.settings["inverter.baud"] = 19200
        await site.until(lambda: site.record.ready)
        assert (await tried(site, "baud"))[1]["results"] == [("baud_answers", 19200)]
        device.hear = lambda frame: []
        await site.until(lambda: site.record.problem == "inverter_silent")
        assert (await tried(site, "baud"))[0] == ["baud_not_found"]
        assert site.port.baud == 19200


def reads(**changes):
    """Answers to READS of the ESI 3K-S1 of the driver's snapshot."""
    words = {
        "version": "0138",
        "ac": "0000 C000 000C E17F",
        "mask": "0000 0000 0000 07FF",
        "battery": "0FA0 FED4 FF88 0018 0039",
        "limits": "04E2 04E2",
        "total": "FFF4 0039",
        "powers": "0000 0000 0000 0000",
        "rated": "001E",
    } | changes
    return [None if text is None else bytes.fromhex(text) for text in words.values()]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("doubt_protocol", "138", None), ("model_agrees", "S", None)]),
        ({"rated": "0000", "version": None}, [("model_agrees", "S", None)]),
        ({"rated": "003C", "version": None}, [("doubt_rating", 6000, 3000)]),
        ({"ac": "0000 C338 670C E17F", "version": None}, [("doubt_phases", 3, 1)]),
        ({"mask": "0000 0000 0000 000F", "version": None}, [("doubt_no_battery", 0, 1)]),
        ({"battery": "0FA0 FED4 0078 0018 0039", "total": None, "version": None},
         [("doubt_power", 1200, -1200)]),
        ({"total": "0000 0039", "version": None}, [("doubt_total", 0, -1200)]),
        ({"limits": "FFFF FFFF", "version": None}, [("doubt_limits", 262140, 30000)]),
        ({"powers": "0000 0000 0000 0BB8", "version": None}, [("doubt_limits", 3000, 5000)]),
        (
            dict.fromkeys(("version", "ac", "mask", "battery", "limits", "total", "powers"))
            | {"rated": None},
            [("model_agrees", "S", None)],
        ),
    ],
)  # fmt: skip
def test_doubts_are_compared(changes, expected):
    record = InverterState()
    record.rated_w, record.serial = 3000, "S"
    assert doubts.judge(reads(**changes), record, 1) == expected


class FakeSite:
    """What the web server hands over."""

    token = "abc"
    data = "/nonexistent"

    def __init__(self, inverter=None):
        self.inverter = inverter
        self.done = []
        self.board = self.settings = self

    def restart(self):
        self.done.append("restart")

    async def save(self):
        self.done.append("save")


def test_orders_need_the_token_and_the_boards_own_network():
    site = FakeSite()
    assert orders.judge(site, "abc/restart", True) == "202 Accepted"
    assert orders.judge(site, "abc/restart", False) == "403 Forbidden"
    for path in ("abd/restart", "/restart", "restart", "", "abc"):
        assert orders.judge(site, path, True)[0] == "4", path
    assert orders.judge(site, "abc/test", True) == "404 Not Found"  # no inverter here
    assert orders.judge(site, "abc/nonesuch", True) == "404 Not Found"


@in_virtual_time
async def test_one_trial_at_a_time():
    async with Site(SofarDevice(mode=PASSIVE)) as site:
        here = FakeSite(site.inverter)
        await site.until(lambda: site.record.ready)
        assert orders.judge(here, "abc/scan", True) == "202 Accepted"
        await orders.carry_out(here, "abc/scan")
        await asyncio.sleep(1)
        assert orders.judge(here, "abc/test", True) == "409 Conflict"
        await site.until(lambda: site.state.trial["over"], 400)
        assert orders.judge(here, "abc/test", True) == "202 Accepted"


@in_virtual_time
async def test_restart_and_factory_reset_hand_the_inverter_back():
    for order in ("restart", "factory_reset"):
        device = SofarDevice(mode=SELF_USE)
        async with Site(device) as site:
            site.wanted_w = 500
            await site.until(lambda site=site: site.record.battery_w == 500)
            here = FakeSite(site.inverter)
            try:
                await orders.carry_out(here, "abc/" + order)
            except FileNotFoundError:
                assert order == "factory_reset"
            assert here.done[-1] == "restart"
            assert device.sofar.mode == SELF_USE
            assert site.writes_to(0x1187)[-1] == [0] * 6


def test_every_result_has_a_sentence():
    codes = set()
    for path in ("firmware/commission.py", "lib/inverter/doubts_sofar_g3.py"):
        source = (ROOT / path).read_text()
        codes |= set(re.findall(r'found\(trial, "(\w+)"', source))
        codes |= set(re.findall(r'\(\("(\w+)"', source))
    codes |= {"test_meter_sees", "test_meter_blind", "test_meter_reversed"}
    assert len(codes) >= 25
    for language in ("nl", "fr", "en"):
        texts = json.loads((ROOT / f"web/texts/{language}.json").read_text())
        assert codes <= set(texts["trial"]), codes - set(texts["trial"])
