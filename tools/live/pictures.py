"""Makes the pictures of the README: `python -m tools.live.pictures docs/pictures`.

The terminal view is drawn by rich; the page is photographed by headless Chromium, at the size of a
phone, light and dark.
"""

import argparse
import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tools import wire
from tools.live.__main__ import Installation, options_of
from tools.live.sentences import Sentences
from tools.live.view import render

_SECONDS = 150  # of house time until the picture is taken
_PHONE = "390,1500"
#: Options that keep headless Chromium to itself.
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=6000",
)


def photograph(address: str, file: Path, language: str = "en", dark: bool = False):
    """Let Chromium draw the page at `address` into the PNG `file`."""
    with tempfile.TemporaryDirectory(prefix="jullix-chromium-") as profile:
        options = [f"--user-data-dir={profile}", f"--window-size={_PHONE}", f"--lang={language}"]
        if dark:
            options.append("--force-dark-mode")
            options.append("--blink-settings=preferredColorScheme=0")
        command = [shutil.which("chromium"), *QUIET, *options, f"--screenshot={file}", address]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


async def _take(folder: Path, start: str):
    folder.mkdir(parents=True, exist_ok=True)
    options = options_of(["--speed", "3", "--start", start, "--http", "0"])
    async with Installation(options) as installation:
        follower = asyncio.create_task(installation.follow())
        house = installation.house
        await house.sleep(_SECONDS)
        picture = render(
            house.snapshot(),
            installation.status,
            house.latency.last,
            Sentences("en"),
            "http://127.0.0.1:8080",
        )
        console = Console(record=True, width=112, file=io.StringIO())
        console.print(picture)
        console.save_svg(str(folder / "terminal.svg"), title="make run")
        for name, language, dark in (("page", "en", False), ("page-dark", "nl", True)):
            await asyncio.to_thread(
                photograph, installation.board.http, folder / f"{name}.png", language, dark
            )
        follower.cancel()


def main() -> int:
    """Take the pictures; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--start", default="2026-06-15 18:20")
    options = parser.parse_args()
    if not shutil.which("chromium"):
        print("pictures: chromium is needed: apt-get install chromium", file=sys.stderr)
        return 1
    wire.run(_take(options.folder, options.start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
