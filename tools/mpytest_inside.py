"""The part of `mpytest.py` that runs inside MicroPython: import one file, call its test functions.

Arguments: the import path joined by ":", the file of tests, a word that names must hold (or "").
"""

import gc
import sys


def _names_in_order(path):
    """Names of the test functions in the file's order, which a dict of MicroPython loses."""
    names = []
    with open(path) as source:
        for line in source:
            if line.startswith("def test_"):
                names.append(line[4 : line.index("(")])
    return names


def _import(path):
    folder, name = path.rsplit("/", 1)
    sys.path.insert(0, folder)
    return __import__(name.rsplit(".", 1)[0])


def _passes(function, name):
    gc.collect()
    try:
        function()
    except Exception as error:
        print("FAILED", name)
        sys.print_exception(error)
        return False
    return True


def main(lib_path, path, keyword):
    """Run the file; 0 when every test passed and there was at least one to run."""
    sys.path[:] = lib_path.split(":") + [".frozen"]
    label = path.rsplit("/", 1)[1]
    try:
        module = _import(path)
    except Exception as error:
        sys.print_exception(error)
        print(label + ": cannot be imported")
        return 1
    names = [name for name in _names_in_order(path) if keyword in name]
    passed = 0
    for name in names:
        passed += _passes(getattr(module, name), name)
    print(f"{label}: {passed} of {len(names)} passed")
    return 0 if passed == len(names) and (names or keyword) else 1


sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3]))
