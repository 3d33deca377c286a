"""A slot in which the newest value wins.

A writer never waits and a slow reader skips to the newest: nothing queues, nothing grows. Each
reader remembers the sequence number that it saw last.
"""

import asyncio

import ticks


class Latest:
    """One published value with its sequence number and time of arrival."""

    def __init__(self):
        """Start empty: `value` is None, `seq` is 0, and the age is unknown."""
        self.value = None
        self.seq = 0
        self.at_ms = 0
        self._news = asyncio.Event()

    def put(self, value, now_ms: int):
        """Publish `value` as of tick `now_ms` and wake every waiting reader."""
        self.value = value
        self.at_ms = now_ms
        self.seq += 1
        self._news.set()

    def age_ms(self, now_ms: int) -> "int | None":
        """Milliseconds since the last `put`, or None when there has been none."""
        return ticks.diff(now_ms, self.at_ms) if self.seq else None

    async def wait(self, seen_seq: int) -> int:
        """Return the sequence number as soon as it differs from `seen_seq`."""
        while self.seq == seen_seq:
            self._news.clear()
            await self._news.wait()
        return self.seq
