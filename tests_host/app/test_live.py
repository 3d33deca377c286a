"""`make run` as a person starts and ends it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def _start(folder, *arguments):
    command = [sys.executable, "-m", "tools.live", "--http", "0", "--speed", "5", *arguments]
    environment = os.environ | {"TMPDIR": folder, "TERM": "xterm", "COLUMNS": "120"}
    return subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _children(pid):
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    return [int(line) for line in found.split()]


def test_lines_of_truth_and_board_until_the_time_is_over():
    with tempfile.TemporaryDirectory() as folder:
        output, errors = _start(folder, "--plain", "--seconds", "60").communicate(timeout=120)
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[0]["page"].startswith("http://127.0.0.1:")
    assert lines[-1]["truth"]["storage_mode"] == 3, errors
    assert lines[-1]["board"]["control"]["regime"] == "balance"


def test_the_picture_shows_regime_and_reason():
    with tempfile.TemporaryDirectory() as folder:
        run = _start(folder, "--seconds", "60", "--language", "nl")
        output, errors = run.communicate(timeout=120)
    text = output.decode()
    assert "Balanceren" in text and "de batterij" in text, errors


def test_ctrl_c_ends_everything_and_leaves_nothing_behind():
    with tempfile.TemporaryDirectory() as folder:
        run = _start(folder, "--plain")
        run.stdout.readline()
        time.sleep(2)
        board = _children(run.pid)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=30)
        assert run.returncode == 0
        assert board and not any(Path(f"/proc/{pid}").exists() for pid in board)
        assert list(Path(folder).iterdir()) == []


def test_a_recording_of_the_user_is_played():
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder, "day.csv")
        csv.write_text("time,load_w,pv_w\n00:00,1111,0\n23:59,1111,0\n")
        run = _start(folder, "--plain", "--seconds", "10", "--csv", str(csv))
        output, errors = run.communicate(timeout=120)
    assert json.loads(output.splitlines()[-1])["truth"]["load_w"] == 1111, errors


def test_another_meter_and_a_fault_are_ordered_by_option():
    with tempfile.TemporaryDirectory() as folder:
        run = _start(folder, "--plain", "--seconds", "12", "--meter", "dsmr5")
        output, errors = run.communicate(timeout=120)
        assert json.loads(output.splitlines()[-1])["truth"]["p1_fault"] is None, errors
        run = _start(folder, "--plain", "--seconds", "12", "--event", "p1.half_speed@+2")
        output, errors = run.communicate(timeout=120)
        assert json.loads(output.splitlines()[-1])["truth"]["p1_fault"] == "half_speed", errors
        run = _start(folder, "--plain", "--event", "p1.nothing@+2")
        assert b"p1.nothing" in run.communicate(timeout=120)[1] and run.returncode == 1
