#!/usr/bin/env bash
# Debian packages that the tests use; installed when this is root, named when it is not.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
[ "${#missing[@]}" = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "setup: installing ${missing[*]} with apt-get (once)" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
else
  echo "setup: the tests of the page are skipped without: sudo apt-get install ${missing[*]}" >&2
fi
