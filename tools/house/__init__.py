"""The virtual house: load, sun, battery with hybrid inverter, and a digital meter.

`plant`, `load`, `sun`, `scene` and `meter` are pure calculation and can be used without any I/O;
`sofar` and `house` put them on serial wires (`tools.wire`) in real or scaled time.
"""
