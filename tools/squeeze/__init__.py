"""Turns the readable sources of a program into fewer bytes of heap, without changing what it does.

`squeeze.run` takes all sources of the board at once and returns fewer, smaller ones for mpy-cross.
How, and what a source must not do so that it stays true, is told in docs/build.md.
"""
