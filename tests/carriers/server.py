"""A real HTTP server on a free port of this machine, which answers as it is told, and badly when it is told so."""

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Heard:
    """What somebody sent to the server."""

    method: str
    path: str
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        fields = parse_qs(self.body.decode(), strict_parsing=True, keep_blank_values=True)
        assert all(len(values) == 1 for values in fields.values())
        return {name: value for name, (value,) in fields.items()}


Behaviour = Callable[["Server", BaseHTTPRequestHandler, Heard], None]


def saying(status: int, body: Any = b"", **headers: str) -> Behaviour:
    """Answer this at once; anything but bytes as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(server: "Server", handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return behave


def silent(server: "Server", handler: BaseHTTPRequestHandler, heard: Heard) -> None:
    """Take everything and say nothing, until the test is over."""
    server.over.wait()


def hanging_up(server: "Server", handler: BaseHTTPRequestHandler, heard: Heard) -> None:
    handler.close_connection = True


def dripping(data: bytes) -> Behaviour:
    """A byte at a time: every read of a client succeeds, and the answer takes for ever."""

    def behave(server: "Server", handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        handler.close_connection = True
        for each in data:
            handler.wfile.write(bytes([each]))
            if server.over.wait(0.03):
                return

    return behave


class Server:
    """`answers` are given one after the other, the last one again and again. `heard` is everything that came in."""

    def __init__(self, *answers: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self.heard: list[Heard] = []
        self.connections = 0
        self.over = threading.Event()
        self.scheme = "https" if tls else "http"
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._http.handle_error = lambda *_who: None  # type: ignore[method-assign] # clients that leave are the subject
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def last(self) -> Heard:
        return self.heard[-1]

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._thread.join(10)
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                heard = Heard(self.command, self.path, self.headers, body)
                server.heard.append(heard)
                behave = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                behave(server, self, heard)

            do_GET = do_CONNECT = do_POST

            def log_message(self, *_what: object) -> None:
                pass

        return Handler
