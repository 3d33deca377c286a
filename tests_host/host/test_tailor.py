"""Cutting microdot to what our pages use: small now, and whole again where a page needs more."""

import ast
import asyncio

import pytest

from tools import build, tailor
from tools.board import VirtualBoard
from tools.tailor import microdot

_MICRODOT = "lib/microdot/microdot.py"
_WEB = "firmware/web_more.py"


def _package(page: str) -> dict:
    """{path: text} of microdot as it is shipped when `page` is the only module that uses it."""
    folder = build.BUILD / "onboard/microdot"
    if not folder.exists():
        build.build()
    third = {f"lib/microdot/{f.name}": f.read_text() for f in folder.glob("*.py")}
    return tailor.package(third, "lib/microdot", {_WEB: page}, microdot.FACTS)


def _microdot(page: str) -> str:
    return _package(page)[_MICRODOT]


def _functions(text: str) -> set:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)}


_PAGE = """
from microdot import Microdot, Request, Response
app = Microdot()
@app.get("/")
def page(request):
    return Response("page")
app.start_server()
"""


def test_few_pages_need_little_and_none_nothing():
    found = _functions(_microdot(_PAGE))
    assert "dispatch_request" in found
    assert not found & {"MultiDict", "NoCaseDict", "URLPattern", "send_file", "mro", "iter"}
    assert _microdot("").split() == []


@pytest.mark.parametrize(
    ("line", "names", "code"),
    [
        ("request.json", {"json"}, "headers[header] = value"),
        ("request.args", {"MultiDict", "urldecode"}, "self._parse_urlencoded("),
        ("request.headers", {"NoCaseDict"}, "headers[header] = value"),
        ("request.cookies", {"NoCaseDict"}, "self.cookies[c[0]]"),
        ("app.get('/<name>')", {"URLPattern", "compile", "match"}, "**req.url_args"),
        ("app.before_request(page)", {"before_request"}, "'before_request', False"),
        ("app.errorhandler(404)(page)", {"errorhandler", "mro"}, "self.error_response("),
        ("app.post('/form')", {"post", "route"}, "methods=['POST']"),
        ("Response.send_file('x')", {"send_file", "body_iter", "iter"}, "ITER_UNKNOWN = 0"),
        ("request.stream", {"AsyncBytesIO", "body_iter"}, "async for body in iter"),
        ("Response().set_cookie('a', 'b')", {"set_cookie"}, "for value in values"),
        ("Microdot.abort(404)", {"abort", "HTTPException"}, "except HTTPException"),
        (
            "async def other(request):\n    pass",
            {"invoke_handler"},
            "await invoke_handler(f, req)",
        ),
        ("def other(request):\n    return 404", set(), "isinstance(res, int)"),
    ],
)
def test_what_a_page_uses_comes_back(line, names, code):
    before, after = _microdot(_PAGE), _microdot(_PAGE + line + "\n")
    assert not names & _functions(before) - {"route"} and code not in before
    assert names <= _functions(after) and code in after


def test_lines_stay_where_they_are():
    whole = (build.BUILD / "onboard/microdot/microdot.py").read_text().split("\n")
    for number, line in enumerate(_microdot(_PAGE).split("\n")):
        if line.lstrip().startswith(("def ", "async def ", "class ")):
            assert line.split("(")[0].split() == whole[number].split("(")[0].split()


def test_a_fact_that_no_longer_fits_is_named():
    with pytest.raises(ValueError, match="f: no 'gone'"):
        tailor.tailor("def f():\n    pass\n", ["f()"], [((), "f", "gone", "")])


def test_idle_code_is_left_out_and_what_is_named_stays():
    text = (
        "class A:\n    def used(self):\n        self.inner()\n    @staticmethod\n    def idle():\n"
        "        A.only_by_idle()\n    def inner(self):\n        pass\n"
        "    def only_by_idle(self):\n        pass\n    def by_string(self):\n        pass\n"
        "    def __repr__(self):\n        return ''\ndef lonely():\n    lonely()\n"
    )
    made = tailor.tailor(text, ["A().used()\ngetattr(A(), 'by_string')\n"])
    assert _functions(made) == {"A", "used", "inner", "by_string", "__repr__"}


def test_branches_that_cannot_run_go():
    text = (
        "def f(a):\n    if a and False:\n        g()\n    elif a:\n        h()\n    else:\n"
        "        i()\n    for x in ():\n        g()\n    try:\n        h()\n    except ():\n"
        "        g()\n    unread = 1\n    return not True or a\n"
    )
    assert tailor.tailor(text, ["f(1)"]).split("\n") == [
        *(
            "def f(a):",
            "",
            "",
            " if a:",
            "  h()",
            " else:",
            "  i()",
            "",
            "",
            "",
            " h()",
            "",
            "",
            "",
        ),
        *(" return a", ""),
    ]


_SERVER = """
import asyncio, json
from microdot import Microdot, Response
app = Microdot()
def pieces():
    yield "one "
    yield "two"
@app.get("/")
def page(request):
    return Response("page", 200, {"Cache-Control": "no-cache"})
@app.get("/long")
def long(request):
    return Response(pieces())
@app.get("/broken")
def broken(request):
    return Response(1 / 0)
asyncio.run(app.start_server("127.0.0.1", json.load(open("/board.json"))["http_port"]))
"""


async def _ask(port: int, line: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{line} HTTP/1.0\r\nAny: thing\r\n\r\n".encode() if line else b"\r\n")
    answer = await reader.read()
    writer.close()
    return answer


def test_what_is_left_serves_pages():
    async def run():
        files = {path: text.encode() for path, text in _package(_SERVER).items()}
        files["main.py"] = _SERVER.encode()
        async with VirtualBoard(firmware=False, files=files) as board:
            await board.wait_http()
            lines = ("GET /", "HEAD /?a=b", "POST /", "GET /long", "GET /none", "GET /broken", "")
            return [await _ask(board.http_port, line) for line in lines]

    page, head, posted, long, missing, broken, empty = asyncio.run(run())
    assert page.startswith(b"HTTP/1.0 200 OK\r\n") and b"Cache-Control: no-cache\r\n" in page
    assert page == head + b"page" and b"Content-Length: 4\r\n" in head
    assert long.endswith(b"\r\n\r\none two")
    answers = (posted, missing, broken, empty)
    assert [a[:13] for a in answers] == [b"HTTP/1.0 %d " % n for n in (405, 404, 500, 400)]
