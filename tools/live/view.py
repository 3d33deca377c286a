"""The picture of a virtual installation in the terminal."""

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tools.live.sentences import Sentences, watt

_SAFE = ("safe", "off")
_BAR = 24
_FULL_W = 4000


def render(truth: dict, status: "dict | None", latency: dict, sentences: Sentences, page: str):
    """One picture: what the house knows (`truth`), and what the board says (`status` or None)."""
    parts = [_title(truth, page), _flows(truth, sentences)]
    if status is None:
        parts.append(Panel(Text("…"), title="Jullix", box=box.ROUNDED))
    else:
        parts += [_control(status, sentences), _quarter(status, sentences)]
        parts += [_links(status, latency), _messages(status, sentences)]
    return Group(*parts)


def _title(truth: dict, page: str) -> Text:
    when = truth["time"].replace("T", " ")[:19]
    line = Text.assemble(
        ("Jullix ", "bold"), f" {when}  x{truth['speed']:g}  ", (page, "underline")
    )
    return line + Text("   Ctrl-C ends", style="dim")


def _flows(truth: dict, sentences: Sentences) -> Panel:
    rows = (
        ("grid", truth["grid_w"], "blue", ("importing", "exporting")),
        ("sun", truth["pv_w"], "yellow", ("", "")),
        ("house", truth["load_w"], "magenta", ("", "")),
        ("battery", truth["battery_w"], "green", ("discharging", "charging")),
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(width=10)
    table.add_column(width=8, justify="right")
    table.add_column(width=_BAR)
    for name, power_w, color, words in rows:
        word = words[0] if power_w > 15 else words[1] if power_w < -15 else ""
        length = min(_BAR, round(abs(power_w) / _FULL_W * _BAR))
        note = sentences[word] if word else ""
        if name == "battery":
            note = f"{truth['soc_pct']:.0f} %  {note or sentences['resting']}"
        table.add_row(
            sentences[name],
            Text(watt(abs(power_w)), justify="right", style="bold"),
            Text("━" * length + " " * (_BAR - length), style=color),
            note,
        )
    return Panel(table, title="House (truth)", title_align="left", box=box.ROUNDED)


def _control(status: dict, sentences: Sentences) -> Panel:
    control = status["control"]
    style = "yellow" if control["regime"] in _SAFE else "green"
    head = Text.assemble(
        (sentences.regime(control), f"bold {style}"),
        f"   {sentences['setpoint']} {watt(control['setpoint_w'])}",
    )
    lines = [head, Text(sentences.why(control))]
    if control["guarded"]:
        lines.append(Text(sentences["guarded"], style="dim"))
    return Panel(Group(*lines), title="Jullix (board)", title_align="left", box=box.ROUNDED)


def _quarter(status: dict, sentences: Sentences) -> Panel:
    control, meter = status["control"], status["meter"]
    limit_w, left_wh = control["limit_w"], control["quarter_left_wh"]
    if limit_w is None or left_wh is None:
        return Panel(Text("–"), title=sentences["quarter"], title_align="left", box=box.ROUNDED)
    budget_wh = limit_w / 4
    used_wh = max(0.0, budget_wh - left_wh)
    style = "red" if left_wh < 0 else "green"
    bar = Table.grid()  # a bar alone would end its line with the text
    bar.add_row(ProgressBar(total=budget_wh, completed=used_wh, complete_style=style, width=60))
    minutes, seconds = divmod(control["quarter_left_s"], 60)
    line = (
        f"{left_wh} Wh / {budget_wh:.0f} Wh   {minutes}:{seconds:02}   "
        f"{sentences['forecast']} {watt(control['quarter_forecast_w'])}   "
        f"{sentences['limit']} {watt(limit_w)}   "
        f"{sentences['month_peak']} {watt(meter.get('month_peak_w'))}"
    )
    return Panel(
        Group(bar, Text(line)), title=sentences["quarter"], title_align="left", box=box.ROUNDED
    )


def _links(status: dict, latency: dict) -> Text:
    meter, inverter, health = status["meter"], status["inverter"], status["health"]
    age_ms = meter["age_ms"]
    dot = "green" if age_ms is not None and age_ms < 5000 else "red"
    stats = status["bus"]
    ready = "green" if inverter.get("ready") else "red"
    took = "–" if not latency else f"{latency['write_ms']:.0f} + {latency['total_ms']:.0f} ms"
    return Text.assemble(
        ("● ", dot),
        f"P1 {meter['telegrams']} telegrams, {meter['crc_errors']} CRC   ",
        ("● ", ready),
        f"RS485 {stats.get('exchanges', 0)} exchanges, {stats.get('timeout', 0)} time-outs   ",
        f"telegram → set-point → answer {took}   ",
        f"heap {health['heap_free'] // 1024} KB   loop {health['hold_most_ms']} ms",
    )


def _messages(status: dict, sentences: Sentences) -> Group:
    lines = [
        Text("▲ " + sentences.alarm(code, args), style="bold red")
        for code, args, _ in status["alarms"]
    ]
    for kind, code, args, _, _, times in status["events"][:4]:
        count = f" ({times}×)" if times > 1 else ""
        lines.append(Text("· " + sentences.event(kind, code, args) + count, style="dim"))
    return Group(*lines)
