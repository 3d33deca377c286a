"""The P1 port of a digital meter: bytes in (framer.py), readings out (decode.py, reading.py)."""
