"""Keeps one virtual chip alive: its process, its watchdog, its clock over a restart, its console.

All of it happens in one thread per chip, so that a busy caller neither starves the watchdog nor
lets the console fill up. The kernel ends the chip's process when that thread ends, whatever the
reason.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

#: Reset causes of the ESP32 port of MicroPython (ports/esp32/modmachine.c).
POWER_ON, HARD, WATCHDOG, SOFT = 1, 2, 3, 5
_EPOCH_2000_US = 946_684_800_000_000  # what the chip's clock shows after power was off
_INTERPRETER = Path(__file__).with_name("interpreter.py")
#: A busy host must not pass for a hung board: in real time no watchdog bites sooner.
_LEAST_WATCHDOG_S = 3.0
_LOG_LINES = 5000


class Chip:
    """One chip: power it with `start`, cut the power with `kill`. All methods return at once.

    `config` is what chip/_world.py takes, but for the descriptors.
    """

    def __init__(self, config: dict, rom: Path, heap: str, on_line=None):
        """Prepare a chip that is off; `on_line` is called with each line of the console."""
        self._config = config
        self._rom = str(rom)
        self._heap = heap
        self._on_line = on_line
        self._speed = config["speed"]
        self._process = None
        self._thread = None
        self._hear = None
        self._frozen = False
        self._watchdog_s = None
        self._fed_at = 0.0
        self._clock = (_EPOCH_2000_US, time.monotonic())
        self.log = deque(maxlen=_LOG_LINES)
        self.causes = []
        self.restarts = 0
        self.feeds = 0
        self.overflow_bytes = 0
        self.faults = []
        self.holds = deque(maxlen=100_000)
        self.pins = {}
        self.access_point = None
        self.running = False
        self.ended = False

    @property
    def pid(self) -> "int | None":
        """Process of the interpreter, None while the chip is off."""
        return self._process.pid if self._process else None

    def start(self):
        """Switch the power on."""
        if self._thread and self._thread.is_alive():
            raise RuntimeError("the chip is on")
        self._stopping = threading.Event()
        self._clock = (_EPOCH_2000_US, time.monotonic())
        self._frozen = False
        self._thread = threading.Thread(target=self._run, name="chip", daemon=True)
        self._thread.start()

    def kill(self):
        """Cut the power: the process is gone when this returns."""
        if not self._thread:
            return
        self._stopping.set()
        self._end_process()
        self._thread.join()
        self._thread = None

    def freeze(self):
        """Stop the whole chip, its watchdog too, until `thaw`."""
        self._frozen = True
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        """Let a frozen chip go on."""
        os.kill(self.pid, signal.SIGCONT)
        self._fed_at = time.monotonic()
        self._frozen = False

    def push(self, pin: int, level: int):
        """Put `level` on an input pin from outside."""
        os.write(self._hear, bytes((pin, level)))

    def _run(self):
        cause = POWER_ON
        while cause and not self._stopping.is_set():
            self.causes.append(cause)
            cause = self._live(cause)
            if cause and not self._stopping.is_set():
                self.restarts += 1

    def _live(self, cause: int) -> "int | None":
        """Run the interpreter once; returns the cause of the restart that follows, or None."""
        tell_read, tell_write = os.pipe()
        hear_read, self._hear = os.pipe()
        os.set_blocking(hear_read, False)
        self._watchdog_s, self.ended, self.running = None, False, False
        known, since = self._clock
        rtc_us = known + int((time.monotonic() - since) * self._speed * 1_000_000)
        config = {"tell_fd": tell_write, "hear_fd": hear_read, "reset_cause": cause}
        config = json.dumps(self._config | config | {"rtc_us": rtc_us})
        command = [sys.executable, "-I", _INTERPRETER, str(os.getpid()), self._heap, self._rom]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(tell_write, hear_read),
            env=os.environ | {"MICROPYPATH": self._rom.removesuffix(".rom"), "CHIP": config},
            start_new_session=True,
        )
        os.close(tell_write)
        os.close(hear_read)
        if self._stopping.is_set():
            self._end_process()
        try:
            return self._watch(tell_read)
        finally:
            self._end_process()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
            os.close(tell_read)
            os.close(self._hear)
            self._hear = None

    def _watch(self, tell_read: int) -> "int | None":
        """Follow console and telling until the chip restarts or is gone."""
        selector = selectors.DefaultSelector()
        console = self._process.stdout.fileno()
        selector.register(console, selectors.EVENT_READ, _Lines(console, self._note))
        told = _Lines(tell_read, self._hear_word)
        selector.register(tell_read, selectors.EVENT_READ, told)
        self._reset = None
        try:
            while selector.get_map():
                for key, _ in selector.select(self._patience()):
                    if not key.data.read():
                        selector.unregister(key.fd)
                if self._reset is None and self._starved():
                    self._note("watchdog: not fed in time")
                    self._reset = WATCHDOG
                if self._reset:
                    self._end_process()
        finally:
            selector.close()
        return None if self._stopping.is_set() else self._reset or self._crashed()

    def _crashed(self) -> int:
        status = self._process.wait()
        self._note(f"chip: the interpreter ended with status {status}")
        self._stopping.wait(0.5)  # a chip that crashes at once must not eat the host
        return HARD

    def _patience(self) -> "float | None":
        if self._watchdog_s is None or self._frozen:
            return 0.5 if self._frozen else None
        return max(0.0, self._fed_at + self._watchdog_s - time.monotonic()) + 0.001

    def _starved(self) -> bool:
        if self._watchdog_s is None or self._frozen:
            return False
        return time.monotonic() > self._fed_at + self._watchdog_s

    def _end_process(self):
        process = self._process
        if process and process.poll() is None:
            process.kill()

    def _note(self, line: str):
        self.log.append(line)
        if self._on_line:
            self._on_line(line)

    def _hear_word(self, line: str):
        """Take one line that the chip told; see chip/_world.py."""
        word, *rest = line.split(" ")
        if word == "f":
            self.feeds += 1
            self._fed_at = time.monotonic()
        elif word == "hold":
            self.holds.append(tuple(int(number) for number in rest))
        elif word == "pin":
            self.pins[int(rest[0])] = int(rest[1])
        elif word == "wdt":
            asked_s = int(rest[0]) / 1000
            self._watchdog_s = max(asked_s / self._speed, min(asked_s, _LEAST_WATCHDOG_S))
            self._fed_at = time.monotonic()
        elif word == "overflow":
            self.overflow_bytes += int(rest[0])
        elif word == "fault":
            self.faults.append(" ".join(rest))
        elif word == "rtc":
            self._clock = (int(rest[0]), time.monotonic())
        elif word == "ap":
            self.access_point = rest or None
        elif word in ("reset", "soft"):
            self._reset = HARD if word == "reset" else SOFT
        elif word == "main":
            self.running = True
        elif word == "ended":
            self.ended = True


class _Lines:
    """Cuts what comes out of a descriptor into lines."""

    def __init__(self, descriptor: int, take):
        self._descriptor = descriptor
        self._take = take
        self._rest = b""

    def read(self) -> bool:
        """Take what is there; False at the end of the stream."""
        piece = os.read(self._descriptor, 65536)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if not piece and self._rest:
            lines.append(self._rest)
        for line in lines:
            self._take(line.decode(errors="replace").rstrip("\r"))
        return bool(piece)
