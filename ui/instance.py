"""One window for each profile: who starts the program again has its files opened in the window that is there.

Both talk through a local socket (a named pipe on Windows) in the user's own runtime folder, which no other user and no
other machine can reach. A message is one line of JSON, so is the reply; nothing but paths goes over it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

_CONNECT_MS = 500
_REPLY_MS = 5_000
"""A window that does not answer for so long hangs: whoever asks opens its own."""
_LOCK_MS = 5_000
_MOST_BYTES = 1_000_000
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
"""What the desktop gives the program that it starts, as leave to come to the front."""


def hand_over(profile: str, files: Sequence[Path]) -> bool:
    """Have the running window of ``profile`` (the absolute path of its data) open ``files`` and come to the front.

    False where there is none. Blocks for as long as the window takes to answer. Needs no event loop.
    """
    socket = QLocalSocket()
    socket.connectToServer(_address(profile))
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    tokens = {name: os.environ[name] for name in _TOKENS if os.environ.get(name)}
    message = {"files": [str(path) for path in files], "tokens": tokens}
    socket.write(json.dumps(message).encode("ascii") + b"\n")
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_REPLY_MS):
            _log.warning("the running window did not answer (%s)", socket.errorString())
            return False
    taken = bytes(socket.readLine().data()).strip() == b"ok"
    socket.disconnectFromServer()
    return taken


class InstanceServer(QObject):
    """Hears those who start the program again. On the main thread; :meth:`close` ends it."""

    asked = Signal(list, object)
    """``list[Path]`` to open (perhaps none), ``dict[str, str]``: variables with the desktop's leave to come to the
    front."""

    def __init__(self, profile: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def claim(self, files: Sequence[Path] = ()) -> bool:
        """Be the window of the profile. False where another one is, which was given ``files`` instead.

        A socket that a killed program left behind is replaced. Where no socket can be made, this is a window like any
        other, which nobody finds.
        """
        address = _address(self._profile)
        # Of two that start at once, one listens before the other looks.
        lock = QLockFile(str(_folder() / f"{_name(self._profile)}.lock"))
        locked = lock.tryLock(_LOCK_MS)
        try:
            if hand_over(self._profile, files):
                return False
            if locked:
                QLocalServer.removeServer(address)
            if not self._server.listen(address):
                _log.warning("nobody will find this window: %s", self._server.errorString())
        finally:
            if locked:
                lock.unlock()
        return True

    def close(self) -> None:
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            # It may all have come before anybody listened.
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        asked = _parsed(bytes(socket.readLine(_MOST_BYTES).data()))
        socket.write(b"ok\n" if asked is not None else b"not understood\n")
        socket.flush()
        if asked is not None:
            self.asked.emit(*asked)


def _parsed(line: bytes) -> tuple[list[Path], dict[str, str]] | None:
    try:
        message = json.loads(line)
        files = [Path(str(name)) for name in message["files"]]
        tokens = {name: str(message["tokens"][name]) for name in _TOKENS if name in message["tokens"]}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ([path for path in files if path.is_absolute()], tokens)


def _folder() -> Path:
    """Of this user alone: Qt makes it so, or warns and gives one that is."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation))


def _name(profile: str) -> str:
    return f"docent-{hashlib.blake2b(profile.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}"


def _address(profile: str) -> str:
    # A pipe of Windows has a name and no folder.
    return _name(profile) if sys.platform == "win32" else str(_folder() / f"{_name(profile)}.socket")
