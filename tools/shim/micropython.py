"""Stand-in for MicroPython's `micropython` module, so that lib/ runs under CPython unchanged."""


def const(value):
    """Return `value`; on the board the compiler folds it away."""
    return value


def native(function):
    """Return `function` unchanged; on the board it is compiled to machine code."""
    return function


def viper(function):
    """Return `function` unchanged; on the board it is compiled to machine code."""
    return function
