"""Modbus RTU without a port: frames, their answers, and the values in registers."""
