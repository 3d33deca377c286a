"""The squeeze changes nothing but size: small programs, plain and squeezed, print the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from squeeze_programs import PROGRAMS

from tools.squeeze import run, trace

_MICROPYTHON = Path(sys.executable).with_name("micropython")
_MAIN = {"main.py": "from prog import run\n\nrun()\n"}


def _squeezed(sources: dict, roots=None, passes=run.PASSES) -> run.Squeezed:
    return run.run(sources, roots or _MAIN, (), passes)


def _output(folder: Path, texts: dict, main=_MAIN["main.py"]) -> str:
    """What a program prints under MicroPython."""
    for path, text in {**texts, "main.py": main}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    script = "import sys; sys.path.insert(0, 'lib'); exec(open('main.py').read())"
    done = subprocess.run(
        [_MICROPYTHON, "-c", script],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


def _functions(made: run.Squeezed) -> set:
    """Functions that are left, by their names in the sources."""
    return {
        function.rpartition(".")[2]
        for lines in made.places.values()
        for _, _, function in lines.values()
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_squeezed_program_prints_the_same(name, tmp_path):
    sources, _ = PROGRAMS[name]
    plain = _output(tmp_path / "plain", sources)
    assert "Traceback" not in plain, plain
    assert plain
    for passes in (*((name,) for name in run.PASSES if name != "flat"), run.PASSES):
        made = _squeezed(sources, passes=passes)
        assert _output(tmp_path / "-".join(passes), made.texts) == plain, passes


@pytest.mark.parametrize("name", [name for name, (_, gone) in PROGRAMS.items() if gone])
def test_functions_that_are_called_once_are_gone(name):
    sources, gone = PROGRAMS[name]
    made = _squeezed(sources, passes=("inline", "bundle"))
    defined = re.findall(r"def (\w+)", "\n".join(made.texts.values()))
    left = {name.rpartition("_")[0] if "__" in name else name for name in defined} & set(gone)
    assert not left


def _classes(name: str) -> set:
    """Classes that are left of a program when only the one pass was made."""
    sources, _ = PROGRAMS[name]
    text = "\n".join(_squeezed(sources, passes=("bundle", "single")).texts.values())
    return {found.rpartition("_")[2] for found in re.findall(r"^class (\w+)", text, re.M)}


def test_classes_of_one_object_become_functions():
    assert not _classes("objects made once")


def test_classes_stay_when_an_object_is_not_seen_everywhere():
    sources, _ = PROGRAMS["objects that must stay"]
    text = "\n".join(sources.values())
    names = {name for name in re.findall(r"^class (\w+)", text, re.M)}
    assert _classes("objects that must stay") == names - {"Other"}


def test_two_runs_give_the_same_text():
    sources = {path: text for program, _ in PROGRAMS.values() for path, text in program.items()}
    assert _squeezed(sources).texts == _squeezed(dict(reversed(sources.items()))).texts


def test_what_nobody_reaches_is_dropped():
    sources, _ = PROGRAMS["effects at import"]
    texts = "\n".join(_squeezed(sources, passes=("shake",)).texts.values())
    assert "unused" not in texts
    assert "functools" not in texts
    assert "bump" in texts


def test_modules_that_are_always_loaded_become_one():
    sources, _ = PROGRAMS["names that collide"]
    assert list(_squeezed(sources).texts) == ["lib/prog.py"]


def test_modules_that_are_named_or_imported_late_stay():
    sources, _ = PROGRAMS["modules that come and go"]
    passes = [name for name in run.PASSES if name != "flat"]
    made = _squeezed(sources, passes=passes).texts
    assert {"lib/pack/guest.py", "lib/pack/part_one.py", "lib/pack/sofar.py"} < set(made)
    assert "lib/pack/shared.py" not in made


def test_modules_that_stay_get_short_names():
    sources, _ = PROGRAMS["modules that come and go"]
    made = _squeezed(sources)
    assert not [path for path in made.texts if path.count("/") > 1]
    assert {"pack.guest", "pack.part_one", "pack.sofar"} <= set(made.modules)
    named = _squeezed(sources, roots={"main.py": _MAIN["main.py"] + 'print("pack.part_")\n'})
    assert {"lib/pack/part_one.py"} < set(named.texts)
    assert "pack.guest" in named.modules


def test_names_that_a_text_may_build_stay():
    sources, _ = PROGRAMS["names in strings"]
    text = _squeezed(sources).texts["lib/prog.py"]
    for name in ("_grid", "power_w", "battery_at_ms", "battery_w", "handle_get", "scale"):
        assert name in text


def test_private_names_go():
    sources, _ = PROGRAMS["deep moves"]
    text = _squeezed(sources, passes=("rename",)).texts["lib/prog.py"]
    assert not re.findall(r"\b_\w+__?\b|\b_[a-z]+\b", text.replace("__init__", ""))


def test_a_traceback_leads_back_to_the_sources(tmp_path):
    sources = {
        "lib/prog.py": "from deep import Deep\n\n\ndef run():\n    Deep().go(3)\n",
        "lib/deep.py": (
            '"""Text."""\n\n\nclass Deep:\n    """Text."""\n\n    def go(self, number):\n'
            "        self._fall(number)\n\n    def _fall(self, number):\n        number += 1\n"
            '        raise ValueError("gone", number)\n'
        ),
    }
    made = _squeezed(sources)
    printed = _output(tmp_path, made.texts)
    rows = [
        f"{module}:{line} {path}:{number}:{function}"
        for module, lines in made.places.items()
        for line, (path, number, function) in lines.items()
    ]
    told = trace.restore(printed.replace('"lib/', '"'), trace.load("\n".join(rows)))
    assert 'File "lib/prog.py", line 5, in run\n' in told or "line 12" in told
    assert 'File "lib/deep.py", line 12, in Deep._fall\n' in told


def test_lines_that_are_no_places_pass():
    table = trace.load("a:3 lib/a.py:30:f\n")
    text = 'Traceback:\n  File "a", line 4, in x\nfile a, line 3\n  File "a", line 3, in b\n'
    assert trace.restore(text, table) == text.replace(
        'File "a", line 3, in b', 'File "lib/a.py", line 30, in f'
    )
