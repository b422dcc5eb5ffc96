"""A mail server on a free port of this machine that speaks SMTP (RFC 5321), STARTTLS (3207) and AUTH PLAIN (4954)."""

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser


@dataclass(frozen=True)
class Mail:
    sender: str
    to: str
    data: bytes
    sealed: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.data)


class MailServer:
    """`answers` replaces what it says to a command: `{"RCPT": "550 5.1.1 no such user here"}`."""

    def __init__(self, tls: ssl.SSLContext | None = None, password: str = "") -> None:
        self.tls = tls
        self.password = password
        self.answers: dict[str, str] = {}
        self.mails: list[Mail] = []
        self.asked = 0
        # Something to do instead of answering a command, such as not to.
        self.stalls_at = ""
        self.over = threading.Event()
        self._tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._tcp.daemon_threads = True
        self._tcp.handle_error = lambda *_who: None  # type: ignore[method-assign] # clients that leave are the subject
        self._thread = threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._tcp.server_address[1])

    def close(self) -> None:
        self.over.set()
        self._tcp.shutdown()
        self._thread.join(10)
        self._tcp.server_close()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        server = self

        class Session(socketserver.StreamRequestHandler):
            sender = to = user = ""
            sealed = False

            def handle(self) -> None:
                server.asked += 1
                self.say(server.answers.get("HELLO", "220 mail.example ESMTP"))
                while line := self.rfile.readline(2000):
                    verb, _, rest = line.decode().strip().partition(" ")
                    if server.stalls_at == verb.upper():
                        self.drip()
                        return
                    if verb.upper() in server.answers:
                        self.say(server.answers[verb.upper()])
                    else:
                        getattr(self, f"on_{verb.lower()}")(rest)
                    if verb.upper() == "QUIT":
                        return

            def say(self, *lines: str) -> None:
                code, *_words = lines[-1].split()
                for line in lines[:-1]:
                    self.wfile.write(f"{code}-{line}\r\n".encode())
                self.wfile.write(f"{lines[-1]}\r\n".encode())

            def drip(self) -> None:
                """Every read of the client succeeds, and the line never ends."""
                while not server.over.wait(0.03):
                    self.wfile.write(b"2")

            def on_ehlo(self, name: str) -> None:
                offers = ["mail.example"]
                if server.tls and not self.sealed:
                    offers.append("STARTTLS")
                elif server.password:
                    offers.append("AUTH PLAIN")
                self.say(*offers, "250 8BITMIME")

            def on_starttls(self, _nothing: str) -> None:
                assert server.tls
                self.say("220 go ahead")
                self.request = server.tls.wrap_socket(self.request, server_side=True)
                self.connection = self.request
                self.sealed = True
                super().setup()

            def on_auth(self, rest: str) -> None:
                _, self.user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                self.say("235 2.7.0 welcome" if password == server.password else "535 5.7.8 not so")

            def on_mail(self, rest: str) -> None:
                self.sender = rest.partition("<")[2].partition(">")[0]
                self.say("250 2.1.0 fine")

            def on_rcpt(self, rest: str) -> None:
                self.to = rest.partition("<")[2].partition(">")[0]
                self.say("250 2.1.5 fine")

            def on_data(self, _nothing: str) -> None:
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline(2000)) != b".\r\n":
                    lines.append(line[1:] if line.startswith(b"..") else line)
                if "END" in server.answers:
                    self.say(server.answers["END"])
                    return
                server.mails.append(Mail(self.sender, self.to, b"".join(lines), self.sealed, self.user))
                self.say("250 2.0.0 queued")

            def on_rset(self, _nothing: str) -> None:
                self.say("250 2.0.0 fine")

            def on_quit(self, _nothing: str) -> None:
                self.say("221 2.0.0 bye")

        return Session
