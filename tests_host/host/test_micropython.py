"""Each file of tests_host/lib once more, under the real MicroPython interpreter."""

import pytest

from tools import mpytest

FILES = sorted(mpytest.TESTS.glob("test_*.py"))


@pytest.mark.parametrize("test_file", FILES, ids=[path.stem for path in FILES])
def test_file_passes_under_micropython(test_file):
    passed, output = mpytest.run_file(test_file)
    assert passed, output


def test_failing_function_is_reported_with_its_line(tmp_path):
    test_file = tmp_path / "test_wrong.py"
    test_file.write_text("def test_right():\n    pass\n\n\ndef test_wrong():\n    assert 1 == 2\n")
    passed, output = mpytest.run_file(test_file)
    assert not passed
    assert "FAILED test_wrong" in output
    assert "line 6" in output
    assert "test_wrong.py: 1 of 2 passed" in output


def test_file_that_cannot_be_imported_fails(tmp_path):
    test_file = tmp_path / "test_broken.py"
    test_file.write_text("import no_such_module\n")
    passed, output = mpytest.run_file(test_file)
    assert not passed
    assert "no_such_module" in output


def test_file_without_tests_fails(tmp_path):
    test_file = tmp_path / "test_empty.py"
    test_file.write_text("x = 1\n")
    assert not mpytest.run_file(test_file)[0]
