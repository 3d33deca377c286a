"""The numbers of a telegram that change from second to second."""


def changed_number(raw, buf, pos: int, point: int) -> int:
    """The number at `buf[pos]`, as long as `raw`, which takes its bytes; -1 when it is none.

    Its decimal point has to stand at index `point`. A frame of eleven words: not on the heap.
    """
    number = 0
    size = len(raw)
    i = 0
    while i < size:
        char = buf[pos + i]
        raw[i] = char
        char ^= 48
        if char <= 9:
            number = number * 10 + char
        elif i != point or char != 30:  # "."
            return -1
        i += 1
    return -1 if point < size and raw[point] != 46 else number


def scaled(value: int, missing: int) -> int:
    """`value` with so many decimals more, or less when `missing` is negative."""
    while missing > 0:
        value *= 10
        missing -= 1
    while missing < 0:
        value //= 10
        missing += 1
    return value
