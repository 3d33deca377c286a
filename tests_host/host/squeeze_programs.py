"""Small programs for test_squeeze.py: each prints something, plain and squeezed the same.

`{name: ({path: source}, [names of functions that must be gone])}`; main.py is the root.
"""

PROGRAMS = {}


def _program(name: str, text: str, gone=(), **modules):
    sources = {"lib/" + key.replace("__", "/") + ".py": value for key, value in modules.items()}
    sources["lib/prog.py"] = text
    PROGRAMS[name] = (sources, gone)


_program(
    "early returns",
    """
class Sign:
    def __init__(self):
        self._zeros = 0
    def name(self, number):
        text = self._kind(number)
        return "is " + text
    def _kind(self, number):
        if number < 0:
            return "below"
        if not number:
            self._zeros += 1
            if self._zeros > 1:
                return "zero again"
        else:
            return "above"
        return "zero"
    def half(self, number):
        if self._is_even(number):
            return number // 2
        return None
    def _is_even(self, number):
        if number % 2:
            return False
        return True
def run():
    sign = Sign()
    for number in (-1, 0, 0, 1):
        print(sign.name(number), sign.half(number))
""",
    ["_kind", "_is_even"],
)
_program(
    "returns out of loops",
    """
class Find:
    def __init__(self, rows):
        self.rows = rows
        self.found = "nothing yet"
    def look(self, wanted):
        self.found = self._find(wanted)
        place = self._index(wanted)
        print(self.found, place)
        self._shout(wanted)
        print("after")
    def _find(self, wanted):
        for row in self.rows:
            if row[0] == wanted:
                return row[1]
        print("searched")
        return "none"
    def _index(self, wanted):
        number = 0
        while number < len(self.rows):
            if self.rows[number][0] == wanted:
                return number
            number += 1
        return -1
    def _shout(self, wanted):
        for row in self.rows:
            if row[0] == wanted:
                continue
            if row[0] > wanted:
                print("beyond", row)
                return
            print("before", row)
        print("end")
def run():
    find = Find([(1, "one"), (3, "three"), (5, "five")])
    for wanted in (1, 3, 4, 5, 9):
        find.look(wanted)
""",
    ["_find", "_index", "_shout"],
)
_program(
    "try and finally",
    """
class Door:
    def __init__(self):
        self.log = []
    def enter(self, how):
        try:
            return self._go(how)
        except ValueError as error:
            self.log.append("caught " + str(error))
            return "out"
        finally:
            self.log.append("closed")
    def _go(self, how):
        if how == 1:
            raise ValueError("one")
        try:
            value = self._deep(how)
        finally:
            self.log.append("inner")
        return value
    def _deep(self, how):
        try:
            if how == 2:
                raise ValueError("two")
            if how == 3:
                return "three"
            self.log.append("deep")
        except ValueError:
            self.log.append("handled")
            return "two"
        else:
            return "else"
    def parse(self, text):
        number = self._number(text)
        print("number", number)
    def _number(self, text):
        try:
            number = int(text)
        except ValueError as error:
            return "no number " + type(error).__name__
        return number + 1
def run():
    door = Door()
    for how in range(5):
        print(door.enter(how))
    for text in ("7", "x"):
        door.parse(text)
    print(door.log)
""",
    ["_go", "_deep", "_number"],
)
_program(
    "order of evaluation",
    """
class Order:
    def __init__(self):
        self.count = 0
    def tick(self, name):
        self.count += 1
        print(name, self.count)
        return self.count
    def run(self):
        print(self.tick("a") + self._twice(self.tick("b"), self.tick("c")))
        print(self._pair(second=self.tick("d"), first=self.tick("e")))
        self.count += self._more()
        print(self.count)
        print(self.count, self._bump(), self.count)
        print(self.count > 0 and self._again())
        print(self.count < 0 and self._never())
        number = 5
        number += self._add(number)
        print(number)
        rows = [1, 2]
        rows[self._at()] = self._put()
        print(rows)
    def _twice(self, one, two):
        return two * 10 + one
    def _pair(self, first, second):
        self.count += 100
        return first, second
    def _more(self):
        self.count += 1000
        return 1
    def _bump(self):
        self.count += 1
        return "bumped"
    def _again(self):
        self.count += 7
        return self.count
    def _never(self):
        print("never")
        return True
    def _add(self, number):
        number += 1
        return number
    def _at(self):
        print("at")
        return 1
    def _put(self):
        print("put")
        return 9
def run():
    Order().run()
""",
    ["_pair", "_add"],
)
_program(
    "defaults and arguments that change",
    """
def scaled(value, factor=3, offset=-1):
    value = value * factor
    if value > 10:
        value = 10
    return value + offset
def named(a, b=None, c=()):
    print(a, b, c)
def run():
    value = 2
    other = scaled(value)
    print(value, other)
    named(1, c=(4, 5))
    for value in (3, 4):
        scaled2(value)
    print(value)
def scaled2(value):
    value += 1
    for value in range(value):
        pass
    print("last", value)
""",
    ["scaled", "named", "scaled2"],
)
_program(
    "closures and comprehensions",
    """
class Rows:
    def __init__(self):
        self.factor = 2
    def made(self, numbers):
        doubled = self._doubled(numbers)
        keys = self._keys(doubled)
        return keys, self._adder(10)(5)
    def _doubled(self, numbers):
        factor = self.factor
        return [number * factor for number in numbers if number != factor]
    def _keys(self, numbers):
        number = 1
        return {value: value + number for value in numbers}
    def _adder(self, amount):
        return lambda value: value + amount + self.factor
def counter():
    count = 0
    def up():
        nonlocal count
        count += 1
        return count
    return up
def run():
    print(sorted(Rows().made([1, 2, 3])[0].items()), Rows().made([])[1])
    up = counter()
    print(up(), up())
    functions = [lambda value=value: value for value in range(3)]
    print([function() for function in functions])
""",
    ["_doubled", "_keys"],
)
_program(
    "properties and inheritance",
    """
class Base:
    step = 1
    def __init__(self):
        self._value = 0
    @property
    def value(self):
        return self._value
    @value.setter
    def value(self, number):
        self._value = self._checked(number)
    def _checked(self, number):
        return max(number, 0)
    def go(self):
        self._move()
        return self
    def _move(self):
        self._value += self.step
class Fast(Base):
    step = 5
    def _move(self):
        super()._move()
        self._value += 1
    @staticmethod
    def made(number):
        fast = Fast()
        fast.value = number
        return fast
    @classmethod
    def other(cls):
        return cls().go()
    def __repr__(self):
        return "Fast %d" % self._value
class Trouble(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code
def run():
    print(Base().go().value, Fast().go().value, Fast.made(-3), Fast.made(4).go(), Fast.other())
    try:
        raise Trouble("deep")
    except Exception as error:
        print(type(error).__name__, error.code, error)
""",
)
_program(
    "coroutines",
    """
import asyncio
class Worker:
    def __init__(self):
        self.log = []
    async def run(self):
        for number in range(3):
            result = await self._work(number)
            self.log.append(result)
        task = asyncio.create_task(self._background())
        await self._wait(task)
        return await self._last()
    async def _work(self, number):
        await asyncio.sleep_ms(1)
        if number == 1:
            return "one"
        try:
            await asyncio.wait_for_ms(self._slow(), 5)
        except asyncio.TimeoutError:
            return "late"
    async def _slow(self):
        await asyncio.sleep_ms(500)
    async def _background(self):
        try:
            while True:
                await asyncio.sleep_ms(1)
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise
    async def _wait(self, task):
        await asyncio.sleep_ms(3)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            self.log.append("gone")
    async def _last(self):
        return len(self.log)
def numbers(most):
    for number in range(most):
        yield number
        if number == 1:
            yield from "ab"
def run():
    worker = Worker()
    print(asyncio.run(worker.run()), worker.log, list(numbers(3)))
""",
    ["_work", "_wait", "_last"],
)
_program(
    "names in strings",
    """
class Record:
    def __init__(self):
        self._grid = 1
        self.power_w = 2
        self.battery_at_ms = 3
        self.battery_w = 4
        self._own = 5
        self.grid_w = 6
        self.soc_pct = 7
    def report(self):
        for name in ("_grid", "power_w"):
            print(name, getattr(self, name))
        for name in ("battery",):
            print(name, getattr(self, name + "_at_ms"), getattr(self, f"{name}_w"))
        setattr(self, "power" + "_w", 9)
        for row in _ROWS.split(b"\\n"):
            print(row, getattr(self, str(row[2:], "ascii")))
        print(self.power_w, hasattr(self, "_own"), hasattr(self, "_owned"), self._own)
    def handle_get(self, **given):
        print("get", sorted(given.items()))
    def handle_put(self, value, scale=1):
        print("put", value * scale)
def run():
    record = Record()
    record.report()
    for name in ("get", "put"):
        getattr(record, "handle_" + name)(**{"value": 3})
    record.handle_put(scale=4, value=2)
_ROWS = b"0 grid_w\\n1:soc_pct"
""",
)
_program(
    "names that collide",
    """
import alpha
from beta import step as move, LIMIT
from gamma import Thing
import time
def step(count):
    return "own %d" % count
def list_of(alpha_count, len_of=3):
    list = [alpha_count] * len_of
    return list
def run():
    print(step(1), alpha.step(1), move(1), alpha.LIMIT, LIMIT, Thing(4).step(2))
    abs_value = abs(-3)
    alpha_count = alpha.count([1, 2])
    print(abs_value, alpha_count, list_of(7), alpha.table(), hasattr(time, "ticks_ms"))
    print(alpha.open_door(), len([1]), max(1, 2))
""",
    alpha="""
from micropython import const
import time
LIMIT = const(7)
_HIDDEN = const(-2)
def step(count):
    return "alpha %d" % (count + _HIDDEN)
def count(rows):
    time = 0
    for row in rows:
        time += row
    return time
def open_door():
    open = "open"
    return open + str(_HIDDEN ** 2) + str(5 - _HIDDEN)
def table():
    return _ROWS[1]
_ROWS = ((1, "a"), (LIMIT, "b"))
""",
    beta="""
from alpha import LIMIT as FIRST
LIMIT = FIRST + 1
def step(count):
    return "beta %d" % _twice(count)
def _twice(count):
    count = count * 2
    return count
""",
    gamma="""
from alpha import step
class Thing:
    def __init__(self, size):
        self.size = size
    def step(self, count):
        return step(count) + " thing %d" % self.size
""",
)
_program(
    "modules that come and go",
    """
import sys
from pack import user
def run():
    print(user.work(3), "pack.guest" in sys.modules)
    sys.modules.pop("pack.guest", None)
    print(user.work(4))
    driver = user.driver()
    print(driver.NAME, driver.command(2), driver.WORDS)
    print(user.both(2))
    module = __import__("pack.part_" + "one", None, None, ("ROWS",))
    print(module.ROWS)
""",
    pack____init__='"""Nothing."""\n',
    pack__user="""
from pack.shared import shift
def work(number):
    from pack import guest
    return guest.work(shift(number))
def driver():
    from pack import sofar
    return sofar
def both(number):
    from pack import guest, sofar
    return guest.work(number), sofar.NAME
""",
    pack__shared="""
def shift(number):
    return number + 10
""",
    pack__guest="""
from pack.shared import shift
_OWN = 3
def work(number):
    return shift(number) * _OWN
""",
    pack__sofar="""
NAME = "sofar"
WORDS = (1, 2)
_FACTOR = 4
def command(power):
    return _scaled(power), WORDS
def _scaled(power):
    power = power * _FACTOR
    return power
""",
    pack__part_one="ROWS = (1, 2)\n",
)
_program(
    "effects at import",
    """
from first import order
import second
order.append("prog")
_TABLE = [number * 2 for number in range(3)]
try:
    from functools import wraps
except ImportError:
    def wraps(function):
        return function
@wraps
def decorated():
    return "decorated"
def run():
    print(order, _TABLE, decorated(), second.total)
    print([name for name in dir() if name == "nothing"])
    second.bump()
    second.bump()
    print(second.total)
""",
    first="""
order = ["first"]
def unused():
    return unused_too()
def unused_too():
    return 1
""",
    second="""
from first import order
order.append("second")
total = 0
def bump():
    global total
    total += 1
    print("bumped", total)
""",
)
_program(
    "deep moves",
    """
class Chain:
    def __init__(self, first):
        self.first = first
        self.second = None
    def run(self, number):
        first, second = self._both(number)
        self.second = self._sum(first, second)
        for row in self._rows(number):
            if self._wanted(row) and row != 5:
                print(row)
            elif self._close(row):
                print("close", row)
        while self._next():
            pass
        return self.second
    def _both(self, number):
        number = self._one(number)
        other = self._two(number)
        return number, other
    def _one(self, number):
        other = number + self.first
        if other > 4:
            return other
        other = other * 2
        return other
    def _two(self, number):
        other = number - 1
        while other > 3:
            other -= 2
        return other
    def _sum(self, first, second):
        return first + second
    def _rows(self, number):
        rows = []
        for value in range(number):
            rows.append(value)
        return rows
    def _wanted(self, row):
        if row == 0:
            return True
        if row == 1:
            return False
        return row % 2
    def _close(self, row):
        for value in (2, 4):
            if row == value:
                return True
        return False
    def _next(self):
        self.second -= 1
        return self.second > 0
def run():
    print([Chain(first).run(first + 4) for first in (0, 1, 2)])
""",
    ["_both", "_one", "_two", "_rows", "_wanted", "_close"],
)

_program(
    "objects made once",
    """
from parts import Clock, Desk
class Bell:
    LOUD = 3
    count = 0
    def __init__(self, clock, strike=None):
        self._clock = clock
        self._strike = strike or self.ring
        self._names = ["a", "b"]
        self.last, self._other = 0, clock
        self._third = clock
        self._steps = 0
        self._most = 7
        self._word = "word"
        if clock is None:
            return
        self.began = clock.now
    @property
    def loud(self):
        return self.LOUD * 2
    def ring(self, times=1, *, why="no"):
        self.count += times
        self._steps += self._step()
        if self._third.now > 100:
            self._steps = 0
        for self.last in range(times):
            pass
        def inner():
            self.last += 10
            return [self.count + n for n in range(2)]
        return inner(), why, self._clock.tick(by=2), self._other.now
    def _step(self):
        print("step", self._most, self._word)
        return 1
    def each(self):
        for name in self._names:
            yield name + str(self.count)
    async def later(self):
        self.count = self.count * 2
        return self.count
    def go(self):
        print(self._strike(2), self.loud, list(self.each()))
        try:
            self.later().send(None)
        except StopIteration as end:
            print(end.value)
class Quiet:
    def __init__(self):
        self.words = 0
    def run(self):
        self.words += 1
        return self.words
def make(is_loud):
    clock = Clock(5)
    bell = Bell(clock) if is_loud else None
    quiet = None
    if not bell:
        quiet = Quiet()
    desk = Desk(bell, clock, quiet, Part().get)
    clock.now += 1
    return desk
class Part:
    def __init__(self):
        self.n = 8
    def get(self):
        self.n += 1
        return self.n
def run():
    desk = make(True)
    desk.work()
    call = desk.work
    call()
    print(desk.label)
""",
    parts="""
class Clock:
    def __init__(self, now):
        self.now = now
    def tick(self, by):
        self.now += by
        return self.now
class Desk:
    label = "desk"
    def __init__(self, bell, clock, quiet, get):
        self._bell, self._quiet = bell, quiet
        self._clock = clock
        self._get = get
    def work(self):
        if self._bell:
            self._bell.go()
            self._bell.ring(why="again")
        if self._quiet is not None:
            print(self._quiet.run())
        print(self._clock.now, self._get(), self._bell.last)
""",
)
_program(
    "objects that must stay",
    """
class Twice:
    def __init__(self, n):
        self.n = n
class Listed:
    def __init__(self):
        self.n = 1
class Mixed:
    def __init__(self):
        self.n = 2
class Other:
    def __init__(self):
        self.n = 3
    def again(self):
        return Other2(self)
class Other2:
    def __init__(self, other):
        self.n = other.n + 1
class Base:
    def __init__(self):
        self.n = 4
class Heir(Base):
    pass
class Called:
    def __init__(self):
        self.n = 5
    def __call__(self):
        return self.n
class Looped:
    def __init__(self):
        self.n = 6
class Shown:
    def __init__(self):
        self.shown = 7
class Compared:
    def __init__(self):
        self.n = 8
class Holder:
    def __init__(self, one, two):
        self.one = one
        self.two = two
        self.many = []
    def mixed(self, flag):
        thing = self.one if flag else self.two
        return thing.n
class Late:
    def __init__(self):
        self.n = 9
class Shadow:
    def __init__(self):
        self.n = self.go()
        self.go = 10
    def go(self):
        return 11
def late():
    return Late()
def two():
    return [Twice(n) for n in (1, 2)]
def looped():
    made = None
    for n in range(2):
        old, made = made, Looped()
        made.n += n
    return old.n, made.n
def run():
    print([t.n for t in two()], [t.n for t in [Listed()]])
    holder = Holder(Mixed(), Twice2(5))
    print(holder.mixed(True), holder.mixed(False), Twice2(6).n)
    other = Other()
    print(other.again().n, other.again().n)
    print(Heir().n, Called()(), looped())
    shown = Shown()
    print(getattr(shown, "shown"), hasattr(shown, "none"))
    compared = Compared()
    print(compared is holder, compared.n)
    a, b = late(), late()
    a.n += 1
    print(a.n, b.n)
    shadow = Shadow()
    print(shadow.n, shadow.go)
class Twice2:
    def __init__(self, n):
        self.n = n
""",
)
