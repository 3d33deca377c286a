"""Further devices in the settings of a whole board: silent ones cost no control."""

from installation import play


def _settings(house) -> dict:
    return {
        "devices__d2": "Sofar ESI 3K-S1;2;1;5000",
        "devices__d3": "Eastron SDM630;7;5",
        "devices__d4": "Sofar 4.4KTLX-G3;9;10",
    }


def _told(status) -> dict:
    """What the alarms say of each further device, by its slot."""
    return {args[0]: args[1] for code, args, _ in status["alarms"] if code == "device"}


def test_a_board_takes_in_what_it_has_room_for_and_goes_on():
    async def scenario(it):
        await it.balanced()
        await it.house.sleep(60)
        status = await it.until_status("told of each", lambda s: len(_told(s)) == 3, 120)
        slots = [device["slot"] for device in status.get("devices", [])]
        told = _told(status)
        for slot in (2, 3, 4):  # words of 64 bits: there is hardly room for one
            assert slot in slots or told.get(str(slot)) == "no_memory"
        for slot in slots:
            assert told[str(slot)] == "inverter_silent"
        assert status["inverter"]["ready"]
        assert [task for task in status["tasks"] if task[1]] == []
        await it.balanced()

    play(scenario, settings=_settings)
