"""The child that runs didkit: started by path with ``python -I``; imports the standard library and didkit.

Before the first request it gives up what it does not need, in two layers; the second needs no rights:

1. Linux: a network namespace of its own, in which there is nothing (in a user namespace where it is not
   root); no new privileges; where it is root, it becomes nobody.
2. Everywhere: no further file descriptor may be opened, so neither can a socket be made nor a file read.

That no socket can be made is tried out; where it can, the child ends. Memory, processor time and the size of
files are limited as well. Requests and answers are JSON, each behind its length (four bytes, big-endian).
"""

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import socket
import struct
import sys
from typing import Any, BinaryIO

MAX_REQUEST = 262_144
MEMORY = 1_073_741_824
CPU_SECONDS = 120
CPU_SECONDS_EACH = 10
NO_DIDKIT, NOT_ISOLATED = 3, 4

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_NOBODY = 65_534


def leave_network() -> str:
    """Move into a network namespace of its own where the system has one; return how that went."""
    if sys.platform != "linux":
        return "descriptors"
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    moved = libc.unshare(flags) == 0
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return "namespace" if moved else "descriptors"


def become_nobody() -> None:
    """Give up root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def limit_resources() -> None:
    """Limit memory, processor time, files and core dumps."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for name, value in limits.items():
        # macOS knows RLIMIT_AS and refuses to set it.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (value, value))


def limit_next_request() -> None:
    """Let the next request use its share of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS_EACH
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard) if hard > 0 else soft, hard))


def close_the_door() -> bool:
    """Allow no further file descriptors; tell whether a socket is impossible now."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError:
        return True
    return False


def read_request(source: BinaryIO) -> dict[str, Any] | None:
    """Read one request; ``None`` at the end."""
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    if length > MAX_REQUEST:
        return None
    request = json.loads(source.read(length))
    return request if isinstance(request, dict) else None


def write_answer(target: BinaryIO, answer: dict[str, Any]) -> None:
    """Write one answer."""
    text = json.dumps(answer).encode()
    target.write(struct.pack(">I", len(text)) + text)
    target.flush()


def main() -> None:
    """Shut itself in, then answer requests until there are no more."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    requests = os.fdopen(os.dup(0), "rb")
    empty = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(empty, descriptor)
    way = leave_network()
    try:
        import didkit  # noqa: PLC0415 -- only after the network is gone
    except ImportError:
        os._exit(NO_DIDKIT)
    become_nobody()
    limit_resources()
    loop = asyncio.new_event_loop()

    async def verify(credential: str, options: str) -> str:
        return str(await didkit.verify_credential(credential, options))

    # The first call starts didkit's threads, which need descriptors of their own.
    with contextlib.suppress(Exception):
        loop.run_until_complete(verify("{}", "{}"))
    if not close_the_door():
        os._exit(NOT_ISOLATED)
    write_answer(answers, {"ready": True, "network": way, "didkit": didkit.get_version()})
    while (request := read_request(requests)) is not None:
        limit_next_request()
        try:
            result = loop.run_until_complete(verify(request["credential"], request["options"]))
            write_answer(answers, {"result": json.loads(result)})
        except Exception as error:  # whatever didkit raises says that it does not verify
            write_answer(answers, {"error": str(error)[:1_000]})
    # didkit's threads abort an interpreter that ends in the usual way.
    os._exit(0)


if __name__ == "__main__":
    main()
