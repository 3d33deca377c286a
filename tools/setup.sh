#!/usr/bin/env bash
# Makes the virtual environment named by $1 with every pinned host package in it.
set -euo pipefail
venv=$1
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  say "Python 3.11 or newer is needed; $("$python" --version) was found. Set PYTHON=/path/to/python3."
  exit 1
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  root=""
  [ "$(id -u)" = 0 ] || root="sudo -n"
  if command -v apt-get >/dev/null && $root true 2>/dev/null; then
    say "python3-venv is missing: installing it with apt-get"
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  else
    say "python3-venv is missing. Run: sudo apt-get install python3-venv"
    exit 1
  fi
fi
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
say "installing the pinned packages into $venv (once, about a minute)"
"$venv/bin/python" -m pip install -q -q --disable-pip-version-check -r tools/requirements.txt
