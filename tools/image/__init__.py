"""The flash image: a file system with the firmware inside an official MicroPython build."""
