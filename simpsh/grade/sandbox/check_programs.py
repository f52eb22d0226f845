"""The programs of a submission that a tutor's check runs, in a view that has nothing of the check.

    the judge ──► the check ──► $SIMPSH_RUN PROGRAM …          (its own pids, files, users)
        │ a listening socket         │ its words, directory, environment and three pipes
        ▼                            ▼
    the server ──► PROGRAM                                     (its own pids, files, users)

The server is forked before the judge sees the files of the check. Its processes have other
namespaces of pids, mounts, System V objects and networks than the check; both share the folder with
the copy of the submission. The client is program_client.py. Only the check's user can connect to
its socket, which the submission does not see.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.file_facts import is_folder
from simpsh.base.outside_json import json_object, list_of, object_of
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import encode
from simpsh.grade.sandbox import program_client
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, require_start
from simpsh.grade.sandbox.sandboxed_command import start_in_sandbox
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, readable
from simpsh.kernel.wait_calls import pidfd_open, waitpid
from simpsh.process.child_changes import ChildStart

VARIABLE = "SIMPSH_RUN"
"""The environment variable with the client's path."""
_MOST_BYTES, _LONGEST_REASON = 4 << 20, 1 << 12
_NO_DIRECTORY = (
    "SIMPSH_RUN: {}: the program does not see this directory: cd to one in the folder of the "
    "submission, such as $HOME\n"
)
_READY = b"+"
_CANNOT_EXECUTE = 126 << 8


def client_for(check: Sandbox, server: int) -> str:
    """Put a client into a new directory of the check's user, and return its path.

    `server` is the descriptor that leads to serve(). Raises OSError: EPIPE; it has ended.
    """
    folder = tempfile.mkdtemp(prefix="simpsh-run-")
    client = os.path.join(folder, "run")
    with open(program_client.__file__, encoding="utf-8") as source:
        text = f"#!{sys.executable} -IS\n{source.read()}"
    with open(client, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(client, 0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(os.path.join(folder, "socket"))
        listener.listen()
        check.give(folder)
        with socket.socket(fileno=os.dup(server)) as way:
            socket.send_fds(way, [b"!"], [listener.fileno()])
    return client


@contextmanager
def reporting(judge: int) -> Iterator[None]:
    """Send the reason to the judge if the block, which serves, fails."""
    try:
        yield
    except (OSError, SimpshError) as error:
        words = console.in_words(error) if isinstance(error, OSError) else str(error)
        os.write(judge, words.encode()[:_LONGEST_REASON])


def require_ready(server: int) -> None:
    """Wait until serve() has been called; raise SimpshError if that process has ended."""
    first = os.read(server, 1)
    if first != _READY:
        _refuse(first + (os.read(server, _LONGEST_REASON) if first else b""))


def require_server(server: int) -> None:
    """Raise SimpshError if the process that serves has ended, with its reason if it sent one."""
    if readable((server,), 0):
        _refuse(os.read(server, _LONGEST_REASON))


def _refuse(reason: bytes) -> NoReturn:
    words = reason.decode(errors="replace") or "the process that starts them was ended"
    raise JudgeRefused(f"the check could run no programs: {words}")


def serve(sandbox: Sandbox, judge: int) -> None:
    """Start the programs that the check's clients ask for, until the judge has ended.

    `judge` is the other end of client_for()'s `server`.
    """
    os.write(judge, _READY)
    with socket.socket(fileno=os.dup(judge)) as way:
        _, descriptors, _, _ = socket.recv_fds(way, 1, 1)
    if descriptors:
        with socket.socket(fileno=descriptors[0]) as listener:
            server = _Server(sandbox, listener)
            while judge not in (ready := readable((judge, *server.descriptors))):
                server.handle(ready)


class _Server:
    """Starts programs for the clients that connect to a socket."""

    def __init__(self, sandbox: Sandbox, listener: socket.socket) -> None:
        self._sandbox = sandbox
        self._listener = listener
        self._running: dict[int, tuple[int, socket.socket, ChildStart]] = {}
        """By pidfd: the program's pid, the connection of the client that waits for it, and whether
        it was confined."""

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The descriptors to poll, for new clients, ended programs and closed clients."""
        clients = (client.fileno() for _, client, _ in self._running.values())
        return (self._listener.fileno(), *self._running, *clients)

    def handle(self, ready: Collection[int]) -> None:
        """Handle one of the descriptors that are ready for reading."""
        # Handle ended programs first: until then poll reports a closed client again.
        if ending := next((descriptor for descriptor in ready if descriptor in self._running), 0):
            pid, client, start = self._running.pop(ending)
            close(ending)
            require_start(start)
            ended = waitpid(pid)
            _answer(client, encode(ended[1]) if ended is not None else 0)
        elif self._listener.fileno() in ready:
            client, _ = self._listener.accept()
            self._begin(client)
        else:
            # Kill the programs of clients that have ended.
            for pid, client, _ in self._running.values():
                if client.fileno() in ready:
                    # The program leads its group. Its status is taken when its pidfd is ready.
                    with suppress(ProcessLookupError, PermissionError):
                        signals.killpg(pid, SIGKILL)

    def _begin(self, client: socket.socket) -> None:
        """Start the program that a client asks for, unless the client has ended."""
        data, descriptors = socket.recv_fds(client, _MOST_BYTES, 3)[:2]
        if len(descriptors) != 3:
            client.close()
        else:
            value = json_object(b'{"asked": %s}' % data, "the check")
            words, directory, variables = list_of(value["asked"])
            environment = {name: str(text) for name, text in object_of(variables).items()}
            environment.pop(VARIABLE, None)
            argv = tuple(map(str, list_of(words)))
            if is_folder(str(directory)):
                start = start_in_sandbox(
                    self._sandbox, argv, environment, str(directory), descriptors
                )
                pid = start.fork()
                self._running[pidfd_open(pid)] = (pid, client, start)
            else:
                with suppress(BrokenPipeError):
                    os.write(descriptors[2], os.fsencode(_NO_DIRECTORY.format(directory)))
                _answer(client, _CANNOT_EXECUTE)
        for descriptor in descriptors:
            close(descriptor)


def _answer(client: socket.socket, status_word: int) -> None:
    with suppress(OSError):  # the client has closed its connection
        client.send(status_word.to_bytes(4, "little"))
    client.close()
