"""Proof that nothing leaves: the network sockets that the program and its child processes hold."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Connections:
    """What was counted. Local sockets (between processes of one machine, without addresses) are none."""

    processes: int
    sockets: int
    """TCP and UDP, of all processes together."""
    unseen: int = 0
    """Processes whose sockets the system did not show."""


def connections() -> Connections:
    """Ask the system (``/proc`` on Linux) for the sockets of this process and of all below it. Some milliseconds."""
    own = psutil.Process()
    processes = [own, *own.children(recursive=True)]
    sockets = unseen = 0
    for process in processes:
        try:
            sockets += len(process.net_connections(kind="inet"))
        except psutil.NoSuchProcess:
            # Its sockets are gone with it.
            continue
        except psutil.AccessDenied:
            unseen += 1
    return Connections(len(processes), sockets, unseen)
