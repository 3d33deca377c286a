"""The house style, as far as ruff knows it."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_RUFF = Path(sys.executable).with_name("ruff")


def _run(*arguments):
    done = subprocess.run([_RUFF, *arguments], cwd=_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    _run("check", "--output-format", "concise", ".")


def test_sources_are_laid_out():
    _run("format", "--check", "-q", ".")
