"""Telegrams on the host: files and serial ports to JSON. See `python -m tools.p1 --help`."""
