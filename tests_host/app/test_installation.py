"""The whole way, from the meter's telegram to the inverter's set-point, and each safe state."""

from installation import alarms, play, stored


def test_the_battery_carries_the_house_and_says_why():
    async def scenario(it):
        await it.balanced()
        await it.house.sleep(10)
        status = await it.status()
        assert status["control"]["regime"] == "balance"
        assert status["control"]["reason"] == "balance_discharge"
        assert abs(status["inverter"]["battery_w"] - 820) < 150
        assert status["inverter"]["mode"] == 3
        assert abs(status["inverter"]["house_w"] - 800) < 150
        assert alarms(status) == []
        it.house.load_override_w, it.house.pv_override_w = 300, 1800
        await it.until("surplus stored", lambda house: house.snapshot()["battery_w"] < -1200)
        await it.balanced()

    play(scenario)


def test_the_inverters_own_dead_man_is_armed_before_it_is_commanded():
    async def scenario(it):
        seen = []
        it.house.port.on_request = lambda exchange: seen.append(
            (exchange.function, exchange.address)
        )
        await it.balanced()
        writes = [address for function, address in seen if function == 16]
        assert writes.index(0x1184) < writes.index(0x1187) < writes.index(0x1110)

    play(scenario)


def test_no_telegram_rests_the_battery_within_seconds_and_comes_back():
    async def scenario(it):
        await it.balanced()
        it.house.p1_faults.order("stop")
        await it.until("at rest", lambda house: house.snapshot()["window_w"] == [0, 0], 8)
        status = await it.until_status("alarm", lambda s: "no_telegram" in alarms(s), 20)
        assert (status["control"]["regime"], status["control"]["reason"]) == (
            "safe",
            "no_telegram",
        )
        it.house.p1_faults.order(None)
        await it.until_status("well again", lambda s: alarms(s) == [], 10)
        await it.balanced()

    play(scenario)


def test_damaged_telegrams_rest_the_battery_under_their_own_name():
    async def scenario(it):
        await it.balanced()
        it.house.p1_faults.order("wrong_crc")
        await it.until("at rest", lambda house: house.snapshot()["window_w"] == [0, 0], 8)
        status = await it.until_status("alarm", lambda s: "crc_failing" in alarms(s), 20)
        assert status["meter"]["crc_errors"] >= 4

    play(scenario)


def test_single_damages_of_a_telegram_are_only_counted():
    async def scenario(it):
        await it.balanced()
        for fault in ("flipped_bit", "truncated", "glued", "garbage_before", "stop_mid_line"):
            it.house.p1_faults.order(fault, 1)
            await it.house.sleep(3)
            assert it.house.snapshot()["window_w"] != [0, 0], fault
        status = await it.status()
        assert alarms(status) == []
        assert status["meter"]["crc_errors"] + status["meter"]["damaged"] >= 3

    play(scenario)


def test_a_silent_inverter_is_named_and_taken_over_again():
    async def scenario(it):
        await it.balanced()
        it.house.port.order("silent")
        await it.until_status("alarm", lambda s: "inverter_silent" in alarms(s), 20)
        it.house.port.order(None)
        await it.until_status("well again", lambda s: s["inverter"]["ready"], 40)
        await it.balanced()

    play(scenario)


def test_exceptions_and_noise_on_the_bus_are_survived():
    async def scenario(it):
        await it.balanced()
        for fault in ("noise", "bad_crc", "truncated", "wrong_address", "slow", "exception"):
            it.house.port.order(fault, 2)
            await it.house.sleep(8)
        await it.balanced()
        assert it.house.snapshot()["storage_mode"] == 3

    play(scenario)


def test_a_dead_board_leaves_the_inverter_to_its_own_time_out():
    async def scenario(it):
        await it.balanced()
        it.board.freeze()
        began_s = it.house.now_s()
        await it.until("self-use", lambda house: house.snapshot()["storage_mode"] == 0, 45)
        assert 25 <= it.house.now_s() - began_s <= 45
        it.board.thaw()
        await it.until("taken over", lambda house: house.snapshot()["storage_mode"] == 3, 60)

    play(scenario)


_HANGING = """
import asyncio
from firmware.governor import Governor
async def forever(self):
    while True:
        await asyncio.sleep(3600)
Governor.run = forever
Governor.watch = forever
"""


def test_without_decisions_the_battery_is_not_commanded_and_the_watchdog_restarts_the_board():
    async def scenario(it):
        await it.until("restart", lambda house: it.board.restarts >= 1, 90)
        assert it.house.snapshot()["window_w"] == [0, 0]

    # The fault goes in by name, so the modules are plain ones, which take more heap.
    play(scenario, before=_HANGING, files={"plain.py": b""}, heap="300k")


_BLOCKED = """
import asyncio
async def block():
    await asyncio.sleep(8)
    while True:
        pass
asyncio.create_task(block())
"""


def test_a_blocked_application_is_restarted_by_the_watchdog():
    async def scenario(it):
        await it.until("restart", lambda house: it.board.restarts >= 1, 90)
        await it.board.wait_log("watchdog", timeout_s=20)

    play(scenario, before=_BLOCKED)


def test_an_unknown_state_of_charge_rests_the_battery():
    async def scenario(it):
        await it.balanced()
        plain = it.house.inverter.read

        def without_soc(address, count):
            words = list(plain(address, count))
            for at in range(count):
                if address + at == 0x0608:
                    words[at] = 0xFFFF
            return words

        it.house.inverter.read = without_soc
        await it.until("at rest", lambda house: house.snapshot()["window_w"] == [0, 0], 10)
        await it.until_status("alarm", lambda s: "soc_unknown" in alarms(s), 20)

    play(scenario)


def test_impossible_settings_rest_the_battery():
    async def scenario(it):
        status = await it.until_status("alarm", lambda s: "settings_impossible" in alarms(s), 30)
        assert status["control"]["setpoint_w"] == 0
        await it.house.sleep(5)
        assert it.house.snapshot()["window_w"] == [0, 0]

    play(scenario, files=stored(control__min_soc_pct=60, control__peak_buffer_pct=70))


def test_an_inverter_that_may_not_be_switched_is_asked_for_on_its_display():
    async def scenario(it):
        status = await it.until_status("alarm", lambda s: "not_passive" in alarms(s), 40)
        assert status["inverter"]["mode"] == 0
        assert it.house.inverter.eeprom_writes.get(0x1110, 0) == 0
        it.house.inverter.set_mode(3)
        await it.balanced()

    play(scenario, files=stored(inverter__set_passive=False))


def test_without_any_clock_each_second_is_held_and_the_page_says_so():
    async def scenario(it):
        it.house.p1_faults.order("no_clock")
        it.house.load_override_w = 3600
        status = await it.until_status(
            "held", lambda s: s["control"]["reason"] == "shave_discharge", 60
        )
        assert not status["control"]["clock_known"]
        await it.until("limit", lambda house: 2300 < house.snapshot()["grid_w"] < 2520, 30)

    play(scenario, soc_pct=45)


def test_settings_survive_the_power_going_off():
    async def scenario(it):
        await it.balanced()
        await it.board.kill()
        await it.board.start()
        status = await it.until_status("started", lambda s: s["control"]["limit_w"], 40)
        assert status["control"]["desired_peak_w"] == 3100

    play(scenario, files=stored(control__desired_peak_w=3100))
