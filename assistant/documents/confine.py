"""What the document process takes away from itself before it reads a byte of a stranger's file.

Everything here is best effort: where a system offers less, the rest still holds, and the window's log says what does.
What a child of the process (LibreOffice) inherits is the same.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import signal
import struct
import sys
import tempfile
from pathlib import Path

from assistant.documents.limits import MEGABYTE, TEMPORARY_MB

_MACHINES = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
"""Audit number of the architecture, numbers of socket(2) and seccomp(2)."""
_IO_URING_SETUP = 425
_AF_UNIX = 1
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _ERRNO_EACCES, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06


def confine(memory_mb: int) -> list[str]:
    """Give up what is not needed; names of what worked: ``core``, ``files``, ``memory``, ``sockets``."""
    done = _limit(memory_mb)
    if refuse_sockets():
        done.append("sockets")
    return done


def refuse_sockets(*, kill: bool = False) -> bool:
    """Let the kernel refuse all sockets but those of this machine's own processes (AF_UNIX, which LibreOffice needs to
    start), in all threads and children, for good. ``kill`` ends the process at the attempt instead.

    False where the system has no such filter. On Linux by seccomp-BPF (``Documentation/userspace-api/seccomp_filter``).
    """
    if sys.platform != "linux" or struct.calcsize("P") != 8 or platform.machine() not in _MACHINES:
        return False
    architecture, socket, seccomp = _MACHINES[platform.machine()]
    refuse = _KILL if kill else _ERRNO_EACCES
    program = (
        (_LOAD, 0, 0, 4),  # the architecture that the call is made in
        (_EQUAL, 0, 7, architecture),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, 5, 0, 0x40000000),  # x32, whose numbers are others
        (_EQUAL, 4, 0, _IO_URING_SETUP),  # makes sockets without the call
        (_EQUAL, 0, 2, socket),
        (_LOAD, 0, 0, 16),  # its first argument, the family
        (_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, refuse),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *step) for step in program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return int(libc.syscall(seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(head))) == 0
    except (OSError, AttributeError):
        return False


def end() -> None:
    """At the end of the process: remove its temporary folder and end what it started. Does not return on POSIX."""
    folder = os.environ.get("DOCENT_TEMPORARY")
    if folder and Path(folder) == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


def _limit(memory_mb: int) -> list[str]:
    if sys.platform == "win32":
        # The window process watches what is resident; jobs of Windows would need a package.
        return []
    import resource

    wanted = {
        "core": (resource.RLIMIT_CORE, 0),
        "files": (resource.RLIMIT_FSIZE, TEMPORARY_MB * MEGABYTE),
        # Not the address space: models and files are mapped, which takes none of the memory that others need.
        "memory": (resource.RLIMIT_DATA, memory_mb * MEGABYTE),
    }
    done = []
    for name, (kind, value) in wanted.items():
        try:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            continue
        done.append(name)
    return done
