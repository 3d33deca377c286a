"""Several devices on one bus: shares, sums, and one that does not answer."""

import asyncio
import itertools
import statistics
import struct

import bus_rig
from bus_rig import Several, Site, SofarDevice
from hypothesis import given
from hypothesis import strategies as st
from test_bus import in_virtual_time

from inverter.share import split

SELF_USE, PASSIVE = 0, 3
SECOND = "Sofar ESI 3K-S1;2;1;5000"

battery = st.tuples(
    st.integers(100, 200000),
    st.one_of(st.none(), st.integers(0, 100)),
    st.integers(0, 20000),
    st.integers(0, 20000),
)


@given(st.integers(-100000, 100000), st.lists(battery, min_size=1, max_size=8))
def test_shares_keep_the_sum_the_limits_and_the_direction(total_w, batteries):
    shares = split(total_w, batteries)
    room_w = sum(one[2 if total_w < 0 else 3] for one in batteries)
    assert abs(sum(shares)) == min(abs(total_w), room_w)
    for share_w, (_, _, charge_w, discharge_w) in zip(shares, batteries, strict=True):
        assert -charge_w <= share_w <= discharge_w
        assert share_w * total_w >= 0


@given(st.integers(1, 20000), st.integers(0, 100), st.integers(0, 100))
def test_the_fuller_gives_more_and_takes_less(total_w, a_pct, b_pct):
    a, b = (10000, a_pct, 30000, 30000), (10000, b_pct, 30000, 30000)
    gives, takes = split(total_w, [a, b]), split(-total_w, [a, b])
    if a_pct > b_pct:
        assert gives[0] >= gives[1] and -takes[0] <= -takes[1]


@given(
    st.lists(st.integers(5, 95), min_size=2, max_size=4),
    st.lists(st.integers(2000, 30000), min_size=4, max_size=4),
    st.integers(0, 3),
)
def test_states_of_charge_come_together(socs_pct, capacities_wh, start):
    """Up and down between 30 and 70 % for some cycles, as a battery lives."""
    energies = [c * s / 100 for c, s in zip(capacities_wh, socs_pct, strict=False)]
    capacities = capacities_wh[: len(energies)]
    spread = max(socs_pct) - min(socs_pct)
    power_w = -3000 if start % 2 else 3000
    for _ in range(1500):
        states = [round(100 * e / c) for e, c in zip(energies, capacities, strict=True)]
        mean = 100 * sum(energies) / sum(capacities)
        if mean < 30:
            power_w = -3000
        elif mean > 70:
            power_w = 3000
        units = [
            (c, min(100, max(0, s)), 3000 if s < 100 else 0, 3000 if s > 0 else 0)
            for c, s in zip(capacities, states, strict=True)
        ]
        for i, share_w in enumerate(split(power_w, units)):
            energies[i] -= share_w * 60 / 3600
    ends = [100 * e / c for e, c in zip(energies, capacities, strict=True)]
    assert max(ends) - min(ends) <= max(4, spread / 4)


def two(**second):
    return Several(
        SofarDevice(mode=SELF_USE, soc_pct=80.0), SofarDevice(mode=SELF_USE, unit=2, **second)
    )


def power_of(device):
    words = [words for address, words in device.writes if address == 0x1187][-1]
    return -struct.unpack(">iii", struct.pack(">6H", *words))[1]


@in_virtual_time
async def test_two_inverters_share_a_setpoint():
    devices = two(soc_pct=40.0)
    async with Site(devices, d2=SECOND) as site:
        site.wanted_w = 4000
        await site.until(lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2)
        await asyncio.sleep(20)
        first, second = devices.devices
        assert power_of(first) + power_of(second) == 4000
        assert power_of(first) == 3000
        total = site.state.inverter.value
        assert total.battery_w == 4000
        assert total.battery_max_discharge_w == 6000
        assert 60 <= total.soc_pct <= 70  # 10 kWh at 80 %, 5 kWh at 40 %
        site.wanted_w = -1000
        await asyncio.sleep(5)
        assert power_of(first) + power_of(second) == -1000
        assert power_of(second) < power_of(first) < 0
        assert site.alarms() == set()
        assert total.problem is None


@in_virtual_time
async def test_when_one_fails_the_other_takes_all():
    devices = two(soc_pct=80.0)
    async with Site(devices, d2=SECOND) as site:
        site.wanted_w = 2000
        await site.until(lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2)
        await asyncio.sleep(10)
        assert 1200 < power_of(devices.devices[0]) < 1500
        devices.devices[1].is_silent = True
        devices.devices[1].hear = lambda frame: []
        await site.until(lambda: power_of(devices.devices[0]) == 2000, 15)
        assert ("device", ("2", "inverter_silent")) in [a[:2] for a in site.journal.alarms()]
        assert site.record.ready
        await asyncio.sleep(30)
        assert site.state.inverter.value.battery_w == 2000


async def figures(site, device, seconds=60):
    """(median latency of set-points, longest, battery polls) of the device with unit 1 [ms]."""
    begins = len(site.telegrams)
    count = len(device.requests)
    await asyncio.sleep(seconds)
    late = []
    for telegram in site.telegrams[begins:]:
        after = [at for at, f, a in device.requests[count:] if f == 16 and at > telegram]
        if after:
            late.append(min(after) - telegram)
    polls = [at for at, f, a in device.requests[count:] if f == 3 and a == 0x0604]
    gaps = [b - a for a, b in itertools.pairwise(polls)]
    return statistics.median(late), max(late), len(polls), max(gaps)


@in_virtual_time
async def test_silent_devices_slow_nobody_down():
    first = SofarDevice(mode=PASSIVE)
    async with Site(Several(first)) as site:
        site.wanted_w = lambda ms: int(ms) // 1000 * 7 % 1000
        await site.until(lambda: site.record.ready)
        alone = await figures(site, first)
        for n in (2, 3, 4):
            site.settings[f"devices.d{n}"] = f"Sofar ESI 3K-S1;{n}"
        await asyncio.sleep(60)  # they are taken in, tried, and found silent
        beside = await figures(site, first)
        assert beside[0] <= alone[0] + 15
        # the one exchange under way: at most the short time-out that a silent device is given
        assert beside[1] <= alone[1] + 400
        assert beside[2] >= 0.95 * alone[2]
        assert beside[3] < 2500
        assert site.record.ready
        assert site.inverter.fleet.status()[0]["problem"] == "inverter_silent"


@in_virtual_time
async def test_slow_polling_leaves_the_line_to_others():
    devices = two()
    async with Site(devices, d2="Sofar ESI 3K-S1;2;10") as site:
        await site.until(lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2)
        second = devices.devices[1]
        count = len(second.requests)
        await asyncio.sleep(100)
        polls = [1 for _, f, a in second.requests[count:] if f == 3 and a == 0x0604]
        assert 9 <= len(polls) <= 12


@in_virtual_time
async def test_devices_come_and_go_with_the_settings():
    devices = two()
    async with Site(devices, d2="") as site:
        await site.until(lambda: site.record.ready)
        assert site.inverter.fleet is None
        site.settings["devices.d2"] = SECOND
        await site.until(lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2)
        site.settings["devices.d2"] = ""
        second = devices.devices[1]
        await site.until(lambda: second.sofar.mode == SELF_USE)
        count = len(second.requests)
        await asyncio.sleep(20)
        assert len(second.requests) == count
        assert site.alarms() == set()
        for text in (
            ";2",
            "Nonesuch;2",
            "Sofar ESI 3K-S1;0",
            "Sofar ESI 3K-S1;x",
            "Sofar ESI 3K-S1;2;99",
        ):
            site.settings["devices.d2"] = text
            await site.until(lambda: "device" in site.alarms(), 10)
            site.settings["devices.d2"] = ""
            await site.until(lambda: "device" not in site.alarms(), 10)


@in_virtual_time
async def test_a_device_that_crashes_is_started_again():
    devices = two()
    async with Site(devices, d2=SECOND) as site:
        await site.until(lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2)
        member = site.inverter.fleet.members[1]

        def broken(*_):
            raise RuntimeError("broken")

        member.follow.measured = broken
        await site.until(lambda: "task_died" in [e[1] for e in site.journal.events()], 10)
        await site.until(lambda: member.record.ready, 30)


@in_virtual_time
async def test_without_room_no_further_device_starts_and_that_is_told():
    devices = two()
    bus_rig.FREE_BYTES[0] = 9000
    try:
        async with Site(devices, d2=SECOND) as site:
            site.wanted_w = 700
            await site.until(lambda: site.record.battery_w == 700)
            await asyncio.sleep(30)
            assert ("device", ("2", "no_memory")) in [a[:2] for a in site.journal.alarms()]
            assert devices.devices[1].requests == []
            bus_rig.FREE_BYTES[0] = 50000
            site.settings["devices.d3"] = "Sofar ESI 3K-S1;3"  # any change tries again
            await site.until(
                lambda: site.inverter.fleet and len(site.inverter.fleet._ready()) == 2
            )
    finally:
        bus_rig.FREE_BYTES[0] = 50000
