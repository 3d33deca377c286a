"""`python -m tools.p1`: one JSON object a telegram, and the exit status."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import tty

import pytest

from tools.mpytest import ROOT
from tools.p1.record import ERRORS
from tools.p1.telegrams import of_file

sys.path.append(str(ROOT / "tests_host" / "lib"))

from p1_rig import telegram

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


def test_encrypted_frames_cut_off_and_damaged(tmp_path):
    frame = SEALED.read_bytes()
    mixed = tmp_path / "mixed.bin"
    plain = GOOD.read_bytes()
    damaged = frame[:100] + b"!" + frame[101:]
    mixed.write_bytes(frame[:500] + frame + damaged + frame + plain + frame[:-1])
    status, records, _ = run("--key", KEY, mixed)
    errors = ["truncated", None, "key", None, None, "truncated"]
    assert (status, [found["error"] for found in records]) == (1, errors)
    mixed.write_bytes(frame[:500] + plain)
    assert [found["error"] for found in run("--key", KEY, mixed)[1]] == ["key", None]


@pytest.mark.parametrize("key", [KEY.lower(), " ".join(KEY[i : i + 2] for i in range(0, 32, 2))])
def test_key_in_other_spellings(key):
    assert run("--key", key, SEALED)[0] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\r\n", b"\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode("ascii").encode("utf-16"),
        lambda text: b"\xfe\xff" + text.decode("ascii").encode("utf-16-be"),
        lambda text: b"12:00 /dev/ttyUSB0\n" + text.replace(b"\r\n", b"\n") + b"12:01\n",
        lambda text: text + text.replace(b"\r\n", b"\n"),
        lambda text: text[:200].replace(b"\r\n", b"\n") + text,
        lambda text: b"\x00\xff" + text.rstrip(),
    ],
)
def test_files_as_editors_shells_and_logs_leave_them(change):
    wanted = next(of_file(GOOD.read_bytes(), None))
    records = list(of_file(change(GOOD.read_bytes()), None))
    assert wanted["ok"]
    assert wanted in records
    assert {found["error"] for found in records} <= {None, "truncated"}


def test_one_lost_carriage_return_is_damage():
    text = GOOD.read_bytes().replace(b"\r\n", b"\n", 1)
    assert [found["error"] for found in of_file(text, None)] == ["crc"]


def test_times_have_the_offset_of_the_meter():
    lines = (
        "0-0:1.0.0(241027023500S)",
        "1-0:1.6.0(241027023000W)(03.064*kW)",
        "0-1:24.1.0(003)",
        "0-1:24.2.3(241027023000S)(00092.287*m3)",
        "1-0:1.7.0(00.338*kW)",
    )
    (found,) = of_file(telegram(lines), None)
    assert found["timestamp"] == "2024-10-27T02:35:00+02:00"
    assert found["month_peak_at"] == "2024-10-27T02:30:00+01:00"
    assert found["gas_at"] == "2024-10-27T02:30:00+02:00"
    # Some meters say S in winter.
    (found,) = of_file(telegram([line.replace("241027", "240227") for line in lines]), None)
    assert found["timestamp"] == "2024-02-27T02:35:00+02:00"
    assert found["month_peak_at"] == "2024-02-27T02:30:00+01:00"
    assert found["gas_at"] == "2024-02-27T02:30:00+02:00"
    without = [line.replace("S)", ")").replace("W)", ")") for line in lines]
    (found,) = of_file(telegram(without), None)
    assert found["gas_at"] == "2024-10-27T02:30:00+02:00"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no/such/file",),
        (VECTORS,),
        (GOOD, "no/such/file"),
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
    assert said.strip().splitlines()[-1].startswith(b"python -m tools.p1: error: ")


@pytest.mark.parametrize(
    "content", [b"", b"nothing here\r\n", b"1-0:1.7.0(00.338*kW)\r\n!1234\r\n"]
)
def test_file_without_a_telegram_is_named(tmp_path, content):
    empty = tmp_path / "empty.txt"
    empty.write_bytes(content)
    status, records, said = run(empty, GOOD)
    assert (status, len(records)) == (0, 1)
    assert said.decode() == f"{empty}: there is no telegram in it\n"


def test_every_error_is_documented():
    done = subprocess.run(
        [sys.executable, "-m", "tools.p1", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for error, meaning in ERRORS.items():
        assert f"{error:10} {meaning}\n" in done.stdout


def test_all_vectors_in_one_call():
    status, records, said = run("--key", KEY, *sorted(VECTORS.glob("*.txt")), SEALED)
    assert status == 1
    silent = VECTORS / "nl_dsmr42_second_half_only_1627.txt"
    assert said.decode() == f"{silent}: there is no telegram in it\n"
    errors = [found["error"] for found in records]
    assert {error: errors.count(error) for error in set(errors)} == {
        None: 132,
        "crc": 21,
        "truncated": 3,
        "no_crc": 1,
    }


@contextlib.contextmanager
def live(*arguments, sent, pause_s=0.4):
    """The tool on a port over which `sent` comes again and again, with a pause between."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    command = [sys.executable, "-m", "tools.p1", "--port", os.ttyname(theirs), *arguments]
    reader = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stop = threading.Event()

    def meter():
        while not stop.wait(pause_s):
            os.write(ours, sent)

    sender = threading.Thread(target=meter)
    sender.start()

    def unplug():
        stop.set()
        sender.join()
        os.close(ours)
        os.close(theirs)

    reader.unplug = unplug
    try:
        yield reader
    finally:
        if not stop.is_set():
            unplug()
        reader.kill()
        reader.communicate()


def test_live_port():
    # Without its line end the short CRC is complete only after a silence.
    short = (VECTORS / "be_50213_restored_crc3digits_156.txt").read_bytes().rstrip(b"\r\n")
    with live("--count", "3", sent=short) as reader:
        output, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    records = [json.loads(line) for line in output.splitlines()]
    assert [found["import_t1_wh"] for found in records] == [3806, 3806, 3806]


@pytest.mark.parametrize(("key", "error"), [(KEY, None), ("0" * 32, "key"), ("", "encrypted")])
def test_live_port_of_a_meter_that_encrypts(key, error):
    arguments = ("--key", key) if key else ()
    with live("--count", "2", *arguments, sent=SEALED.read_bytes(), pause_s=0.1) as reader:
        output, _ = reader.communicate(timeout=60)
    assert reader.returncode == (1 if error else 0)
    assert [json.loads(line)["error"] for line in output.splitlines()] == [error, error]


def test_live_port_of_a_plain_meter_with_a_key():
    with live("--count", "1", "--key", KEY, sent=GOOD.read_bytes(), pause_s=0.1) as reader:
        output, _ = reader.communicate(timeout=60)
    assert json.loads(output)["import_w"] == 338


def test_live_port_ends_with_control_c():
    with live(sent=GOOD.read_bytes(), pause_s=0.1) as reader:
        assert json.loads(reader.stdout.readline())["ok"]
        reader.send_signal(signal.SIGINT)
        output, said = reader.communicate(timeout=60)
    assert (reader.returncode, said) == (0, b"")
    assert all(json.loads(line)["ok"] for line in output.splitlines())


def test_live_port_that_is_unplugged():
    with live(sent=GOOD.read_bytes(), pause_s=0.1) as reader:
        assert json.loads(reader.stdout.readline())["ok"]
        reader.unplug()
        _, said = reader.communicate(timeout=60)
    assert reader.returncode == 2
    assert len(said.splitlines()) == 1
    assert said.startswith(b"/dev/")
