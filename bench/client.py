"""A browser's side of HTTP as far as a benchmark needs it: one kept connection, cookies, and little time of its own."""

import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 60  # seconds until an answer is given up
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    path: str
    fields: tuple[tuple[str, str], ...] | None = None  # what is posted; None is a GET
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@dataclass
class Client:
    """Keeps its connection open, and the cookies it is given."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: socket.socket | None = None
    unread: bytes = b""

    def get(self, path: str) -> Answer:
        return self.send(self.packed(Request(path)))

    def post(self, path: str, fields: tuple[tuple[str, str], ...]) -> Answer:
        return self.send(self.packed(Request(path, fields)))

    def packed(self, request: Request) -> bytes:
        """The bytes of a request, made beforehand so that making them is not measured."""
        method, body = ("GET", b"") if request.fields is None else ("POST", urlencode(request.fields).encode())
        lines = [f"{method} {request.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += [f"Content-Type: {FORM}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in request.headers]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, packed: bytes) -> Answer:
        """Send it and read the answer to its end; over a new connection when the server has ended the old one."""
        kept = self.connection is not None
        try:
            answer = self.exchange(packed)
        except (ConnectionError, EOFError):
            self.close()
            if not kept:
                raise
            answer = self.exchange(packed)
        if answer.header("connection").lower() == "close":
            self.close()
        return answer

    def exchange(self, packed: bytes) -> Answer:
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.sendall(packed)
        head = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:]))
        self.keep_cookies(headers)
        answer = Answer(int(head[0].split()[1]), headers, b"")
        return Answer(answer.status, headers, self.body(answer))

    def body(self, answer: Answer) -> bytes:
        if answer.header("transfer-encoding").lower() == "chunked":
            return self.chunks()
        length = answer.header("content-length")
        if not length and answer.status not in (204, 304):
            raise ValueError("An answer without a length.")
        return self.exactly(int(length or 0))

    def chunks(self) -> bytes:
        parts = []
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            parts.append(self.exactly(size))
            self.exactly(2)
        self.until(b"\r\n")
        return b"".join(parts)

    def until(self, mark: bytes) -> bytes:
        while mark not in self.unread:
            self.unread += self.receive()
        found, _, self.unread = self.unread.partition(mark)
        return found

    def exactly(self, size: int) -> bytes:
        parts, missing = [self.unread], size - len(self.unread)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self.unread = whole[size:]
        return whole[:size]

    def receive(self) -> bytes:
        received = self.connection.recv(262_144) if self.connection else b""
        if not received:
            raise EOFError
        return received

    def keep_cookies(self, headers: tuple[tuple[str, str], ...]) -> None:
        for name, value in headers:
            if name == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key] = content

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection, self.unread = None, b""
