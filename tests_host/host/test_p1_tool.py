"""`python -m tools.p1`: one JSON object a telegram, and the exit status."""

import json
import os
import subprocess
import sys
import threading

import pytest

from tools.mpytest import ROOT
from tools.p1.record import ERRORS

VECTORS = ROOT / "tests_host" / "vectors" / "p1"
GOOD = VECTORS / "be_50217_gas_water_placeholder_c4b0.txt"
BAD = VECTORS / "nl_dsmr42_xmx_badcrc_1627.txt"
SEALED = VECTORS / "lu_enc_smarty_openhab.bin"
KEY = "D491470F47126332B07D1923B3504188"
NAMES = [
    "ok",
    "error",
    "meter_id",
    "dsmr_version",
    "timestamp",
    "tariff",
    "import_w",
    "export_w",
    "import_t1_wh",
    "import_t2_wh",
    "export_t1_wh",
    "export_t2_wh",
    "l1_import_w",
    "l2_import_w",
    "l3_import_w",
    "l1_export_w",
    "l2_export_w",
    "l3_export_w",
    "l1_v",
    "l2_v",
    "l3_v",
    "l1_a",
    "l2_a",
    "l3_a",
    "quarter_average_w",
    "month_peak_w",
    "month_peak_at",
    "peak_history",
    "gas_m3",
    "gas_at",
    "water_m3",
    "heat_gj",
    "breaker",
    "limiter_w",
    "message",
]


def run(*arguments, stdin=b""):
    done = subprocess.run(
        [sys.executable, "-m", "tools.p1", *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_good_telegram():
    status, records, _ = run(GOOD)
    assert status == 0
    assert list(records[0]) == NAMES
    expected = {
        "ok": True,
        "error": None,
        "meter_id": "1SAG3100721326",
        "dsmr_version": "50217",
        "timestamp": "2023-11-02T12:15:48+01:00",
        "tariff": 1,
        "import_w": 338,
        "export_w": 0,
        "import_t1_wh": 301548,
        "import_t2_wh": 270014,
        "export_t1_wh": 5,
        "export_t2_wh": 0,
        "l1_import_w": 47,
        "l2_import_w": 179,
        "l3_import_w": 111,
        "l1_export_w": 0,
        "l2_export_w": 0,
        "l3_export_w": 0,
        "l1_v": 232.9,
        "l2_v": 228.1,
        "l3_v": 228.1,
        "l1_a": 0.27,
        "l2_a": 0.88,
        "l3_a": 0.52,
        "quarter_average_w": 52,
        "month_peak_w": 3064,
        "month_peak_at": "2023-11-02T11:45:00+01:00",
        "peak_history": [
            [None, 0],
            ["2023-08-31T18:15:00+02:00", 1862],
            ["2023-09-10T18:30:00+02:00", 4229],
            ["2023-10-16T13:00:00+02:00", 4927],
        ],
        "gas_m3": 92.287,
        "gas_at": "2023-11-02T12:10:02+01:00",
        "water_m3": 8.579,
        "heat_gj": None,
        "breaker": 1,
        "limiter_w": 999900,
        "message": None,
    }
    assert records == [expected]


def test_bad_telegram_has_nothing_but_its_error():
    status, records, _ = run(BAD)
    assert status == 1
    assert records[0]["error"] == "crc"
    assert not records[0]["ok"]
    assert {name: records[0][name] for name in NAMES[2:]} == dict.fromkeys(NAMES[2:])


def test_several_files_with_text_between_telegrams(tmp_path):
    mixed = tmp_path / "mixed.log"
    text = b"2023-11-02 read from /dev/ttyUSB0 (115200)\r\nhttps://example.org/abc!\r\n"
    mixed.write_bytes(text + GOOD.read_bytes() + text + BAD.read_bytes() + text)
    status, records, _ = run(GOOD, mixed)
    assert status == 1
    assert [found["error"] for found in records] == [None, None, "crc"]


def test_standard_input():
    status, records, _ = run("-", stdin=GOOD.read_bytes())
    assert status == 0
    assert records[0]["import_w"] == 338


def test_encrypted_telegram_needs_its_key(tmp_path):
    status, records, _ = run("--key", KEY, SEALED)
    assert status == 0
    assert records[0]["timestamp"] == "2018-01-30T10:21:22+01:00"
    assert records[0]["limiter_w"] == 77376
    status, records, _ = run(SEALED)
    assert (status, records[0]["error"]) == (1, "encrypted")
    status, records, _ = run("--key", "0" * 32, SEALED)
    assert (status, records[0]["error"]) == (1, "key")
    mixed = tmp_path / "mixed.bin"
    mixed.write_bytes(GOOD.read_bytes() + SEALED.read_bytes() + GOOD.read_bytes())
    status, records, _ = run("--key", KEY, mixed)
    assert (status, [found["ok"] for found in records]) == (0, [True, True, True])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no/such/file",),
        ("--key", "12", GOOD),
        ("--key", "xyz", GOOD),
        ("--port", "/no/such/port"),
        ("--line", "115200", "--port", "/dev/null"),
        ("--wrong",),
    ],
)
def test_unusable_arguments(arguments):
    status, records, said = run(*arguments)
    assert (status, records) == (2, [])
    assert b"usage:" in said


def test_no_telegram_at_all(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"nothing here\r\n")
    assert run(empty)[:2] == (0, [])


def test_every_error_is_documented():
    done = subprocess.run(
        [sys.executable, "-m", "tools.p1", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for error in ERRORS:
        assert error in done.stdout


def test_all_vectors_in_one_call():
    status, records, said = run("--key", KEY, *sorted(VECTORS.glob("*.txt")), SEALED)
    assert status == 1
    assert said == b""
    errors = [found["error"] for found in records]
    assert {error: errors.count(error) for error in set(errors)} == {
        None: 132,
        "crc": 21,
        "truncated": 3,
        "no_crc": 1,
    }


def test_live_port():
    ours, theirs = os.openpty()
    short = (VECTORS / "be_50213_restored_crc3digits_156.txt").read_bytes()
    live = subprocess.Popen(
        [sys.executable, "-m", "tools.p1", "--port", os.ttyname(theirs), "--count", "3"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    stop = threading.Event()

    def meter():
        # Without its line end the short CRC is complete only after a silence.
        while not stop.wait(0.4):
            os.write(ours, short.rstrip(b"\r\n"))

    sender = threading.Thread(target=meter)
    sender.start()
    try:
        output, _ = live.communicate(timeout=60)
    finally:
        stop.set()
        sender.join()
        live.kill()
    assert live.returncode == 0
    records = [json.loads(line) for line in output.splitlines()]
    assert [found["import_t1_wh"] for found in records] == [3806, 3806, 3806]
