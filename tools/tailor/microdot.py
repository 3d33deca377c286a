"""What is true of microdot as our pages use it: rows for `tailor.tailor`.

Each row: names of ours that would make it untrue, the function, a text in it, the text instead.
"""

_MOUNT = ("mount", "url_prefix", "subapp")
_PARTS = ("route with parts", "request.url_args")
_ERRORS = ("errorhandler", "error_handlers")
_OPTIONS = ("OPTIONS", "options_handler")
_ASYNC = ("async handler",)
_AFTER = ("after_request", "after_error_request")
_BODY = tuple(
    "request." + n for n in ("body", "json", "form", "files", "stream", "content_length")
)
_HEADERS = _BODY + ("request.headers", "request.cookies", "request.content_type")
_QUERY = ("request.args", "request.query_string")
_WHO = tuple(
    "request." + n
    for n in ("app", "client_addr", "http_version", "sock", "scheme", "route", "url_prefix", "g")
)
_MAKE = _BODY + _HEADERS + _WHO + _MOUNT
_STREAMS = ("send_file", "__anext__", "__aiter__", "request.stream")
_CASES = ("content-type", "content-length", "Content-type", "Content-length")
_NEVER = ()

_CREATE = "Request.create"
_REQUEST = "Request.__init__"
_ROUTE = "Microdot.route.decorated"
_FIND = "Microdot.find_route"
_START = "Microdot.start_server"
_HANDLE = "Microdot.handle_request"
_DISPATCH = "Microdot.dispatch_request"

FACTS = (
    # MicroPython's start_server takes neither `start_serving` nor has its server `serve_forever`.
    (("ssl",), _START, "(serve, host, port, ssl=ssl, start_serving=start_serving)",
     "(self.handle_request, host, port)"),
    (("ssl",), _START, "except TypeError", "except ()"),
    (("start_serving",), _START, "not start_serving", "False"),
    (("ssl", "start_serving", "debug"), _START, ", debug=False, ssl=None, start_serving=True", ""),
    (("ssl",), _START, "self.ssl = ssl", "pass"),
    (_NEVER, _START, "except AttributeError", "except ()"),
    (_NEVER, _START, "hasattr(self.server, 'serve_forever')", "False"),
    (("debug",), _START, "self.debug = debug", "pass"),
    (("debug",), _START, "self.debug", "False"),
    (("debug",), _HANDLE, "self.debug", "False"),
    # Requests: nobody reads what came with them.
    (_BODY, _CREATE, "content_length and content_length <= Request.max_body_length", "False"),
    (_BODY, _CREATE, "header.lower() == 'content-length'", "False"),
    (_BODY, _DISPATCH, "req.content_length > req.max_content_length", "False"),
    (_BODY, _REQUEST, "'Content-Length' in self.headers", "False"),
    (_HEADERS, _REQUEST, "'Content-Type' in self.headers", "False"),
    (_HEADERS, _REQUEST, "'Cookie' in self.headers", "False"),
    (_HEADERS, _CREATE, "header, value = line.split(':', 1)", "pass"),
    (_HEADERS, _CREATE, "value = value.strip()", "pass"),
    (_HEADERS, _CREATE, "headers[header] = value", "pass"),
    (_WHO, _CREATE, "http_version = http_version.split('/', 1)[1]", "pass"),
    (_HEADERS, _REQUEST, "self.headers = headers", "pass"),
    (_BODY, _REQUEST, "self._body = body", "pass"),
    (_BODY, "Request.body", "def body", "def nobodys"),
    (_WHO, _REQUEST, "self.route = route", "pass"),
    (_WHO, _DISPATCH, "req.route = f", "pass"),
    (_QUERY, _REQUEST, "self.args = {}", "pass"),
    (_QUERY, _REQUEST, "self.args = self._parse_urlencoded(self.query_string)", "pass"),
    (_QUERY, _REQUEST, "self.path, self.query_string = self.path.split('?', 1)",
     "self.path = self.path.split('?', 1)[0]"),
    (_MAKE, _CREATE, "app, client_addr, method, url, http_version, headers, body=body, "
     "stream=stream, sock=(client_reader, client_writer), scheme=scheme", "method, url"),
    (_MAKE, _CREATE, "app, client_reader, client_writer, client_addr, scheme=None",
     "client_reader"),
    (_MAKE, _HANDLE, "self, reader, writer, writer.get_extra_info('peername')", "reader"),
    (_MAKE, _REQUEST, "app, client_addr, method, url, http_version, headers, body=None, "
     "stream=None, sock=None, url_prefix='', subapp=None, scheme=None, route=None", "method, url"),
    # Routes: fixed paths, all in one application, with plain functions behind them.
    (("route",), _ROUTE, "[m.upper() for m in methods or ['GET']]", "methods"),
    (_MOUNT, _ROUTE, ", '', None)", ")"),
    (_PARTS, _ROUTE, "URLPattern(url_pattern)", "url_pattern"),
    (_PARTS, _FIND, "req.url_args = route_pattern.match(req.path)", "pass"),
    (_PARTS, _FIND, "req.url_args is not None", "route_pattern == req.path"),
    (_PARTS, _DISPATCH, ", **req.url_args", ""),
    (_MOUNT, _FIND, ", url_prefix, subapp in", " in"),
    (_MOUNT, _FIND, "p = url_prefix", "pass"),
    (_MOUNT, _FIND, "s = subapp", "pass"),
    (_MOUNT, _FIND, "return (f, p, s)", "return f"),
    (_MOUNT, _DISPATCH, "f, req.url_prefix, req.subapp = self", "f = self"),
    (_OPTIONS, _FIND, "method == 'OPTIONS' and self.options_handler", "False"),
    (_OPTIONS, _DISPATCH, "isinstance(f, dict)", "False"),
    (_ASYNC, _DISPATCH, "await invoke_handler(f, req", "f(req"),
    # Nothing happens before, after or instead of a handler.
    (("before_request",), _DISPATCH, "self.get_request_handlers(req, 'before_request', False)",
     "()"),
    (_AFTER, _DISPATCH, "self.get_request_handlers(req, 'after_request', True)", "()"),
    (_AFTER, _DISPATCH, "req.after_request_handlers", "()"),
    (_AFTER, _DISPATCH, "self.get_request_handlers(req, 'after_error_request', True)", "()"),
    (("abort", "HTTPException"), _DISPATCH, "except HTTPException as exc", "except ()"),
    (_MOUNT, _DISPATCH, "req.subapp and exc.__class__ in req.subapp.error_handlers", "False"),
    (_MOUNT, _DISPATCH, "req.subapp and c in req.subapp.error_handlers", "False"),
    (_ERRORS, _DISPATCH, "exc.__class__ in self.error_handlers", "False"),
    (_ERRORS, _DISPATCH, "mro(exc.__class__)[1:]", "()"),
    (_ERRORS, _DISPATCH, "if handler", "if False"),
    (_ERRORS, _DISPATCH, "await self.error_response(req, 413, 'Payload too large')",
     "Response('Payload too large', 413)"),
    (_ERRORS, _DISPATCH, "await self.error_response(req, f, 'Not found')",
     "Response('Not found', f)"),
    (_ERRORS, _DISPATCH, "await self.error_response(req, 500, 'Internal server error')",
     "Response('Internal server error', 500)"),
    (_ERRORS, _DISPATCH, "await self.error_response(req, 400, 'Bad request')",
     "Response('Bad request', 400)"),
    (("answer in parts",), _DISPATCH, "isinstance(res, int)", "False"),
    (_ERRORS + ("answer in parts",), _DISPATCH, "isinstance(res, tuple)", "False"),
    (_ERRORS + ("answer in parts",), _DISPATCH, "not isinstance(res, Response)", "False"),
    (("before_request", "errorhandler"), _DISPATCH, "if res is None", "if True"),
    (("_vary",), _DISPATCH, "req and hasattr(req.g, '_vary')", "False"),
    # Responses: their headers are written as we write them, their bodies are bytes or generators.
    (_CASES, "Response.__init__", "NoCaseDict(headers or {})", "dict(headers or {})"),
    (("reason",), "Response.__init__", ", reason=None", ""),
    (("reason",), "Response.__init__", "self.reason = reason", "pass"),
    (("reason",), "Response.write", "self.reason if self.reason is not None else ", ""),
    (("set_cookie", "delete_cookie"), "Response.write",
     "values = value if isinstance(value, list) else [value]", "pass"),
    (("set_cookie", "delete_cookie"), "Response.write", "for value in values", "if True"),
    (("already_handled",), _HANDLE, "res != Response.already_handled", "True"),
    (_STREAMS, "Response.write", "iter = self.body_iter()",
     "iter = (self.body,) if isinstance(self.body, bytes) else self.body"),
    (_STREAMS, "Response.write", "async for body", "for body"),
    (_STREAMS, "Response.write", "hasattr(iter, 'aclose')", "hasattr(iter, 'close')"),
    (_STREAMS, "Response.write", "await iter.aclose()", "iter.close()"),
)  # fmt: skip
