"""The application that runs on a board; firmware/board is its only way to the hardware."""

VERSION = "0.1.0"
