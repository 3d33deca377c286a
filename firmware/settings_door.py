"""How settings come into force: each value judged by its declaration, all of a change or none.

Imported by firmware/settings for the moment of loading and of each change.
"""

from firmware.overlay import borrow, give_back
from settings.check import check_together, check_value, is_plain, may_change
from settings.declaration import DEFAULT, GROUPS, KEY, KIND, SHAPE, find, group_of
from settings.migrate import migrate

_GROUP = "settings.group_"


def load(settings, version: int, stored: "dict | None"):
    """Put what the files held (`stored`, None for nothing) in force, or the defaults."""
    if stored is None:
        stored = {}
        if settings.faults:
            settings.fault("settings_lost")
    migrate(version, stored)
    for group in GROUPS:
        _declare(settings, borrow(_GROUP + group).ROWS, stored)
        give_back(_GROUP + group)
    _keep_unknown(settings, stored)
    settings.judge(check_together(settings.get)[0])


def _declare(settings, rows, stored: dict):
    """Put the values of one group in force."""
    for row in rows:
        key = row[KEY]
        value = row[SHAPE][DEFAULT]
        if key in stored:
            checked, code = check_value(row, stored[key])
            if code is None:
                value = stored[key] = checked
            else:
                settings.fault(code)
                settings.note("setting_defaulted", key, code)
        settings.values[key] = value
        if row[SHAPE][KIND] == "secret":
            settings.secrets += (key,)


def _keep_unknown(settings, stored: dict):
    """Keep what another version knows or allows: going back and forth must lose nothing."""
    for key, value in stored.items():
        if key not in settings.values:
            settings.fault("field_unknown")
        if is_plain({key: value}):
            settings.stored[key] = value


async def change(settings, changes: dict, who: str) -> tuple:
    """As `Settings.change`, which see."""
    if not isinstance(changes, dict):
        return False, "field_type", ""
    values = settings.values
    for key in changes:
        if key not in values:
            return False, "field_unknown", str(key)[:64]
    checked = {}
    for group in GROUPS:
        mine = [key for key in changes if group_of(key) == group]
        if mine:
            await settings.quiet()
            code, key = _check(group, mine, changes, who, checked)
            if code:
                return False, code, key
    code, keys = check_together(lambda key: checked.get(key, values[key]))
    for key in keys:
        if key in checked:
            return False, code, key
    _apply(settings, checked, who)
    return True, "", ""


def _check(group: str, keys, changes: dict, who: str, checked: dict) -> tuple:
    """Judge the changes of one group into `checked`: (None, ""), or (code, key)."""
    try:
        rows = borrow(_GROUP + group).ROWS
        for key in keys:
            row = find(rows, key)
            if not may_change(row, who):
                return "field_forbidden", key
            value, code = check_value(row, changes[key])
            if code:
                return code, key
            checked[key] = value
        return None, ""
    finally:
        rows = row = None
        give_back(_GROUP + group)


def _apply(settings, checked: dict, who: str):
    """Put checked values in force; a value that stands already is no change."""
    news = False
    for key, value in checked.items():
        stored = settings.stored.get(key)
        if type(stored) is type(value) and stored == value:
            continue
        news = True
        old = settings.values[key]
        settings.values[key] = settings.stored[key] = value
        if who == "board":
            continue  # its own notes are no news
        if key in settings.secrets:
            settings.note("setting_changed", key, None, None, who)
        else:
            settings.note("setting_changed", key, old, value, who)
    if news:
        settings.judge(check_together(settings.get)[0])
        settings.changed()
