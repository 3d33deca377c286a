"""Settings from a command line: judged by the declaration, as the board will find them."""

import argparse

import pytest

from settings import codec
from tools.board.provision import pair, settings_file


def test_a_setting_is_stored_as_the_board_reads_it():
    pairs = [pair("meter.passthrough_port=2001"), pair("control.enabled=off")]
    (content,) = settings_file(pairs).values()
    assert codec.decode(content)[-1] == {
        "meter.passthrough_port": 2001,
        "control.enabled": False,
    }
    assert settings_file(None) == {}


@pytest.mark.parametrize(
    "text", ["x=1", "control.nothing=1", "control.min_soc_pct=5", "inverter.baud=abc", "plain"]
)
def test_what_the_board_would_refuse_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"docs/settings\.md"):
        pair(text)
