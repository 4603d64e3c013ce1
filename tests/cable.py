"""A cable between a house and its PostgreSQL that a test can cut, at the very message that it names."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url


class Cable:
    """Listens in a folder as PostgreSQL does and passes everything on, until it is told to break."""

    def __init__(self, place: Path, url: str) -> None:
        far = make_url(url)
        self._far = f"{far.query['host']}/.s.PGSQL.5432"
        self.url = far.set(query={"host": str(place)}).render_as_string(hide_password=False)
        self._cut: tuple[bytes, bool] | None = None
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(place / ".s.PGSQL.5432"))
        self._listener.listen(64)
        self.broken = False
        self.cuts = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self, at: bytes, answered: bool) -> None:
        """Break once, at the next message with these bytes: before it goes out, or after it was answered unheard."""
        self._cut = at, answered

    def hang_up(self) -> None:
        """End every connection that there is."""
        self._end(self._open)
        self._open = []

    def close(self) -> None:
        """No more."""
        self._end([self._listener, *self._open])

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.broken:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._far)
                self._open += [near, far]
                heard = threading.Event()
                threading.Thread(target=self._out, args=(near, far, heard), daemon=True).start()
                threading.Thread(target=self._back, args=(near, far, heard), daemon=True).start()

    def _out(self, near: socket.socket, far: socket.socket, unheard: threading.Event) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                if self._cut is not None and self._cut[0] in data:
                    answered, self._cut = self._cut[1], None
                    self.cuts += 1
                    if not answered:
                        break
                    unheard.set()
                far.sendall(data)
        if not unheard.is_set():
            self._end([near, far])

    def _back(self, near: socket.socket, far: socket.socket, unheard: threading.Event) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                if unheard.is_set():
                    break
                near.sendall(data)
        self._end([near, far])

    @staticmethod
    def _end(sockets: list[socket.socket]) -> None:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
