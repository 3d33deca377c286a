"""What the settings say about one device: model, address, limits, how it is to be guarded.

Imported by firmware/inverter for the moment of a change. A device besides the first is one text,
`devices.d2` to `devices.d8`: "model;address;seconds;Wh", the last two may be left out.
"""

from micropython import const

from firmware.overlay import borrow, give_back
from inverter.follow import Follow

_CATALOGUE = "inverter.catalogue"
_DEVICES = tuple(["devices.d" + str(number) for number in range(2, 9)])
_KEYS = (
    "inverter.model",
    "inverter.address",
    "control.enabled",
    "inverter.max_charge_w",
    "inverter.max_discharge_w",
    "inverter.timeout_s",
    "inverter.timeout_action",
    "inverter.set_passive",
    "inverter.accept_no_deadman",
    "inverter.no_export",
    "battery.capacity_wh",
    "inverter.link",
    "inverter.baud",
    "inverter.host",
    "inverter.port",
)
_OWN = const(3)  # of them: which inverter, and whether it is to be controlled
_LINK = const(11)  # from here on: the way to it


async def follow(inverter, settings):
    """Put the settings of `inverter` in force; hand back first what they no longer name."""
    new, old = wish(inverter, settings), inverter.chosen
    inverter.chosen = new
    links = new[_LINK : len(_KEYS)]
    if old and (new[:_OWN] != old[:_OWN] or links != old[_LINK : len(_KEYS)]):
        await inverter.leave()
    if inverter.slot == 1 and (old is None or links != old[_LINK : len(_KEYS)]):
        inverter.bus.follow(*links)
    _apply(inverter, new)
    devices = new[len(_KEYS) :]
    if inverter.slot == 1 and (inverter.fleet or any(devices)):
        inverter.follow_devices(devices)


def wish(inverter, settings) -> list:
    """What `settings` say of this device: the values of `_KEYS`; for the first, `_DEVICES` too."""
    found = [settings.get(key) for key in _KEYS]
    devices = [settings.get(key) for key in _DEVICES]
    if inverter.slot == 1:
        return found + devices
    found[0], found[1] = devices[inverter.slot - 2], 0
    return found


def _apply(inverter, wish: list):
    record, journal, access = inverter.record, inverter.state.journal, inverter.access
    name, unit, enabled, charge_w, discharge_w = wish[:5]
    inverter.cycle_ms, inverter.capacity_wh = 1000, wish[10]
    if inverter.slot > 1:
        name, unit, inverter.cycle_ms, inverter.capacity_wh = _parts(name)
        charge_w = discharge_w = 0
    record.model = name
    record.ready = False
    record.forget()
    inverter.is_chosen = False
    found = _find(name) if name and unit else None
    if found is None:
        record.problem = record.phase = "inverter_model"
        if wish[0] or inverter.slot == 1:
            journal.raise_alarm("inverter_model")
        else:
            journal.clear("inverter_model")  # the slot has been emptied
        access.publish()
        return
    journal.clear("inverter_model")
    driver, rated_w, most_charge_w, most_discharge_w, record.phases = found
    access.choose(
        driver,
        unit,
        min(charge_w or most_charge_w, most_charge_w),
        min(discharge_w or most_discharge_w, most_discharge_w),
        rated_w,
    )
    takeover = inverter.takeover
    action = 0
    if access.may_command() and driver.DEADMAN_S is None:
        action = driver.ACTIONS[wish[6]]
    takeover.wish(wish[5], action, wish[7], wish[8])
    takeover.is_wanted = enabled
    takeover.export_w = 0 if wish[9] and inverter.slot == 1 else None
    takeover.probed = None
    inverter.follow = Follow(rated_w)
    inverter.is_chosen = True


def _find(name: str) -> "tuple | None":
    """(driver, rated power, most charge, most discharge, phases) of a model, powers in W."""
    catalogue = borrow(_CATALOGUE)
    try:
        model = catalogue.find(name)
        if model is None:
            return None
        driver = catalogue.driver(model[catalogue.FAMILY])
        most = model[catalogue.MAX_CHARGE_W], model[catalogue.MAX_DISCHARGE_W]
        return (driver, model[catalogue.RATED_W]) + most + (model[catalogue.PHASES],)
    except ValueError:  # a family that this firmware does not have
        return None
    finally:
        catalogue = None
        give_back(_CATALOGUE)


def _parts(text: str) -> tuple:
    """(model, address, poll period [ms], capacity [Wh]) of a device's text; address 0: wrong."""
    parts = text.split(";") + ["", "", ""]
    numbers = []
    for part, least, most, default in (
        (parts[1], 1, 247, 1),
        (parts[2], 1, 60, 1),
        (parts[3], 100, 200000, 5000),
    ):
        try:
            number = int(part) if part.strip() else default
        except ValueError:
            number = 0
        if not least <= number <= most:
            return "", 0, 1000, 1
        numbers.append(number)
    return parts[0].strip(), numbers[0], 1000 * numbers[1], numbers[2]
