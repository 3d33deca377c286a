"""Writes docs/inverters.md: every model of the catalogue, and what is known of its family.

python -m tools.inverter_doc [--check]
"""

import argparse
import importlib
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "inverters.md"

_HEAD = """\
# Inverters and meters

Made by `python -m tools.inverter_doc` from the catalogue (`lib/inverter/catalogue*.py`) and the
families (`lib/inverter/family_*.py`): do not edit it here. [Add an inverter](add-an-inverter.md)
tells how.

Nothing on this page was tried on a machine of ours. *Commanded* means that two independent
sources agree on how a family is commanded and that a virtual inverter, written apart from the
driver, understands it; *read only* means that the machine is shown and never written. A family
without a dead-man of its own is commanded only if the installer says so. The test of the
commissioning page tells what is true of the machine in front of you.

How well a number is known: **s** a source states it, **n** read off the name, **i** inferred,
**m** from memory of a data sheet and not checked. The first letter is of the rated power, the
second of the battery's powers.
"""
_COLUMNS = "model | rated W | charge W | discharge W | phases | PV inputs | battery | known"


def _module(name: str):
    """A module of lib/inverter as the board imports it."""
    for folder in ("tools/shim", "lib"):
        if str(ROOT / folder) not in sys.path:
            sys.path.insert(0, str(ROOT / folder))
    return importlib.import_module(name)


def page() -> str:
    """The text of docs/inverters.md."""
    catalogue = _module("inverter.catalogue")
    lines = [_HEAD, "## Families", "", *_overview(catalogue), ""]
    for kind in catalogue.choices():
        for group in catalogue.choices(kind):
            lines += _group(catalogue, kind, group)
    lines += ["## What is known of each family", ""]
    for family in _families(catalogue):
        lines += _family(catalogue, family)
    return "\n".join(lines).rstrip() + "\n"


def _families(catalogue) -> list:
    return list(dict.fromkeys(model[catalogue.FAMILY] for model in catalogue.models()))


def _overview(catalogue) -> list:
    lines = ["| family | of | link | how | dead-man |", "| --- | --- | --- | --- | --- |"]
    for family in _families(catalogue):
        mine = [model for model in catalogue.models() if model[catalogue.FAMILY] == family]
        groups = dict.fromkeys(f"{m[catalogue.GROUP]} {m[catalogue.SUBGROUP]}" for m in mine)
        cells = (f"[`{family}`](#{family})", ", ".join(groups), _link(catalogue, mine[0]))
        lines.append(f"| {' | '.join(cells + _how(catalogue.driver(family)))} |")
    return lines


def _link(catalogue, model) -> str:
    links = []
    if model[catalogue.BAUD]:
        links.append(f"RTU {model[catalogue.BAUD]} baud")
    if model[catalogue.PORT]:
        links.append(f"TCP {model[catalogue.PORT]}")
    return f"{', '.join(links)}; address {model[catalogue.ADDRESS]}"


def _how(driver) -> tuple:
    if not hasattr(driver, "command"):
        return "read only", "-"
    if driver.DEADMAN_S is None:
        return "commanded", "a time-out of its own, set by us"
    return "commanded", f"falls back after {driver.DEADMAN_S} s" if driver.DEADMAN_S else "none"


def _group(catalogue, kind: str, group: str) -> list:
    lines = [f"## {kind} > {group}", ""]
    about = _module(f"inverter.catalogue_{group.lower()}").__doc__.strip()
    lines += [*_paragraphs(about.partition("\n")[2]), ""]
    for subgroup in catalogue.choices(kind, group):
        names = catalogue.choices(kind, group, subgroup)
        models = [catalogue.find(name) for name in names]
        family, sources = models[0][catalogue.FAMILY], models[0][catalogue.SOURCES]
        lines.append(
            f"**{subgroup}**: [`{family}`](#{family}), {_link(catalogue, models[0])}; {sources}"
        )
        lines += ["", f"| {_COLUMNS} |", "|" + " --- |" * 8]
        lines += [_model(catalogue, model) for model in models]
        lines.append("")
    return lines


def _model(catalogue, model) -> str:
    columns = (
        catalogue.NAME,
        catalogue.RATED_W,
        catalogue.MAX_CHARGE_W,
        catalogue.MAX_DISCHARGE_W,
        catalogue.PHASES,
        catalogue.PV_INPUTS,
        catalogue.BATTERY,
        catalogue.MARKS,
    )
    return f"| {' | '.join(str(model[column]) for column in columns)} |"


def _family(catalogue, family: str) -> list:
    driver = catalogue.driver(family)
    how, deadman = _how(driver)
    facts = [f"*{how}*"]
    if how == "commanded":
        again = f"{driver.REFRESH_MS / 1000:g} s" if driver.REFRESH_MS else "never"
        facts += [f"dead-man: {deadman}", f"an unchanged set-point is written again: {again}"]
        if driver.STORED:
            facts.append(f"kept in flash: {', '.join(str(at) for at in driver.STORED)}")
    title, _, text = driver.__doc__.strip().partition("\n")
    return [f"### {family}", "", title, "", "; ".join(facts) + ".", "", *_paragraphs(text), ""]


def _paragraphs(text: str) -> list:
    lines = []
    for paragraph in text.strip().split("\n\n"):
        lines += [*textwrap.wrap(" ".join(paragraph.split()), 118, break_on_hyphens=False), ""]
    return lines[:-1]


def main(arguments=None) -> int:
    """Write the page, or tell whether it is as it would be written; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.inverter_doc", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if out of date")
    options = parser.parse_args(arguments)
    text = page()
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is out of date: run python -m tools.inverter_doc", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
