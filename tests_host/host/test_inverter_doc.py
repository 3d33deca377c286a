"""docs/inverters.md says what the catalogue and the families say."""

from tools import inverter_doc


def test_the_page_is_up_to_date(capsys):
    assert inverter_doc.main(["--check"]) == 0, capsys.readouterr().err


def test_the_check_notices_an_old_page(tmp_path, monkeypatch, capsys):
    old = tmp_path / "inverters.md"
    monkeypatch.setattr(inverter_doc, "PAGE", old)
    assert inverter_doc.main(["--check"]) == 1
    old.write_text(inverter_doc.page().replace("| 3000 |", "| 3001 |"))
    assert inverter_doc.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert inverter_doc.main([]) == 0
    assert inverter_doc.main(["--check"]) == 0


def test_the_page_tells_models_families_and_doubts():
    text = inverter_doc.page()
    assert "| Sofar ESI 3K-S1 | 3000 | 3000 | 3000 | 1 | 2 | HV | si |" in text
    assert "| [`deye`](#deye) | Deye SG LP1, Sunsynk SG LP1 |" in text
    assert "RTU 9600 baud; address 1 | read only | - |" in text
    assert "RTU 9600 baud, TCP 502; address 247 | commanded | none |" in text
    assert "falls back after 120 s" in text
