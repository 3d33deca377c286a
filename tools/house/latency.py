"""How long the master takes from a telegram to the set-point, measured on the wires.

All figures are house time: real time on the wires times the speed.
"""

from collections import deque

_WRITES = (6, 16)
_KEPT = 8192
_TELEGRAMS = 4  # a write later than this many telegrams belongs to none of them


class Latency:
    """Pairs each telegram with the first set-point write after it."""

    def __init__(self, speed: float, setpoints: tuple = (0x1187, 0x1189)):
        """`speed` turns real seconds into house seconds; `setpoints` are first registers."""
        self._setpoints = setpoints
        self.samples = deque(maxlen=_KEPT)
        self._speed = speed
        self._telegrams = deque(maxlen=_TELEGRAMS)  # [when it ended on the wire, answered]
        self._open = {}

    @property
    def last(self) -> dict | None:
        """The latest finished sample, see `reply`."""
        return self.samples[-1] if self.samples else None

    def telegram(self, ended: float) -> None:
        """A telegram ends on the wire at `ended` [s, loop clock]; may lie ahead."""
        self._telegrams.append([ended, False])

    def request(self, exchange) -> None:
        """A request was seen on the bus."""
        if exchange.function not in _WRITES or exchange.address not in self._setpoints:
            return
        for telegram in reversed(self._telegrams):
            if telegram[0] <= exchange.started:
                if not telegram[1]:
                    telegram[1] = True
                    self._open = {exchange: telegram[0]}
                return

    def reply(self, exchange) -> None:
        """A reply goes on the wire; a set-point's becomes a sample of three times [ms].

        `write_ms`: last byte of the telegram to first byte of the write; `answer_ms`: last byte of
        the write to first byte of the reply; `total_ms`: last byte of the telegram to last byte of
        the reply.
        """
        ended = self._open.pop(exchange, None)
        if ended is None:
            return
        self.samples.append(
            {
                "write_ms": self._ms(exchange.started - ended),
                "answer_ms": self._ms(exchange.reply_started - exchange.ended),
                "total_ms": self._ms(exchange.reply_ended - ended),
            }
        )

    def _ms(self, real_s: float) -> float:
        return round(real_s * self._speed * 1000, 2)
