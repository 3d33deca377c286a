"""docs/settings.md and docs/add-a-setting.md say what the code does."""

import re

from tools import settings_doc


def test_the_table_of_settings_is_up_to_date(capsys):
    assert settings_doc.main(["--check"]) == 0, capsys.readouterr().err


def test_the_check_notices_an_old_table(tmp_path, monkeypatch, capsys):
    old = tmp_path / "settings.md"
    old.write_text(settings_doc.page().replace("2500", "2501"))
    monkeypatch.setattr(settings_doc, "PAGE", old)
    assert settings_doc.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert settings_doc.main([]) == 0
    assert settings_doc.main(["--check"]) == 0


def test_the_table_shows_stored_and_shown_values():
    text = settings_doc.page()
    assert "| 1000 (1.000 kWh) to 200000 (200.000 kWh) | 10000 (10.000 kWh) |" in text
    assert "| 5237 (52.37 €/kW) | owner |" in text


def test_the_example_of_the_guide_is_a_setting_that_could_be_added():
    """The row printed in docs/add-a-setting.md is checked as the declaration is."""
    from settings.check import check_value, may_change
    from settings.form import describe

    text = (settings_doc.ROOT / "docs" / "add-a-setting.md").read_text(encoding="utf-8")
    (row,) = eval(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1])
    assert check_value(row, row[2][1]) == (row[2][1], None)
    assert check_value(row, 201) == (None, "field_range")
    assert may_change(row, "installer")
    assert not may_change(row, "owner")
    assert describe(row, 50, "fr")["label"] == "Puissance minimale"
