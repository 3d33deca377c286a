"""Passing telegrams on: whole or not at all, whatever the reader's connection takes."""

import asyncio

from firmware.passthrough import Passthrough


class _Stream:
    """A connection that takes `takes` bytes of each write, None for none, or breaks."""

    def __init__(self, takes=None, breaks=False):
        self.takes, self.breaks, self.got = takes, breaks, b""

    def write(self, data):
        if self.breaks:
            raise OSError(104)
        if self.takes is None:
            self.got += bytes(data)
            return len(data)
        return self.takes or None


class _Writer:
    def __init__(self, stream):
        self.s, self.closed = stream, False

    def close(self):
        self.closed = True


def _sent(*streams):
    async def run():
        passthrough = Passthrough("127.0.0.1", 0, None)
        passthrough.stop()
        writers = passthrough._writers = [_Writer(stream) for stream in streams]
        kept = list(writers)
        passthrough.send(bytearray(b"/telegram!ABCD rest"), 14)
        return passthrough, kept

    return asyncio.run(run())


def test_everybody_gets_the_telegram_and_its_line_end():
    streams = [_Stream(), _Stream()]
    passthrough, _ = _sent(*streams)
    assert [stream.got for stream in streams] == [b"/telegram!ABCD\r\n"] * 2
    assert (passthrough.readers, passthrough.dropped) == (2, 0)


def test_who_does_not_take_all_of_it_is_hung_up_and_others_are_served():
    good = _Stream()
    passthrough, writers = _sent(_Stream(5), good, _Stream(0), _Stream(breaks=True))
    assert good.got == b"/telegram!ABCD\r\n"
    assert [writer.closed for writer in writers] == [True, False, True, True]
    assert (passthrough.readers, passthrough.dropped) == (1, 3)
