"""Every code that a board may send has its sentence, in all three languages."""

import ast
import json
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_LANGUAGES = ("nl", "fr", "en")
_TEXTS = {code: json.loads((_ROOT / f"web/texts/{code}.json").read_text()) for code in _LANGUAGES}
_SOURCES = [*sorted((_ROOT / "firmware").rglob("*.py")), *sorted((_ROOT / "lib").rglob("*.py"))]


def _paths(texts, before=""):
    for name, value in texts.items():
        if isinstance(value, dict):
            yield from _paths(value, before + name + ".")
        else:
            yield before + name, value


def _places(text):
    return sorted(re.findall(r"\{(\w+)\}", text))


def _calls(*methods):
    """First argument of every call of such a method, where it is a text."""
    for source in _SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr in methods and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


@pytest.mark.parametrize("code", _LANGUAGES)
def test_languages_have_the_same_texts_with_the_same_places(code):
    mine, english = dict(_paths(_TEXTS[code])), dict(_paths(_TEXTS["en"]))
    assert set(mine) == set(english)
    for name, text in mine.items():
        assert text.strip(), name
        assert _places(text) == _places(english[name]), name


def test_every_reason_of_the_control_has_a_sentence():
    source = (_ROOT / "lib/control/controller.py").read_text()
    reasons = set(re.findall(r'decision\.reason = (?:"(\w+)"|.*else "(\w+)")', source))
    found = {name for pair in reasons for name in pair if name}
    found |= set(re.findall(r'return "(\w+)"', source)) | {"starting", "crc_failing"}
    assert len(found) >= 12
    for code in _LANGUAGES:
        assert found <= set(_TEXTS[code]["reason"]), code


def test_every_alarm_has_a_sentence():
    from firmware.inverter_takeover import REASONS

    found = set(_calls("raise_alarm")) | set(REASONS)
    found |= {"no_telegram", "crc_failing", "soc_unknown", "battery_unknown"}
    found |= {"settings_impossible", "settings_not_saved"}
    assert len(found) >= 15
    for code in _LANGUAGES:
        assert found <= set(_TEXTS[code]["alarm"]), (code, found - set(_TEXTS[code]["alarm"]))


def test_every_event_has_a_sentence():
    found = {name for name in _calls("add", "note", "_note") if "." not in name}
    tasks = {"health", "settings", "meter", "governor", "control", "inverter", "web"}
    found -= tasks
    for code in _LANGUAGES:
        assert found <= set(_TEXTS[code]["event"]), (code, found - set(_TEXTS[code]["event"]))
