"""How a tutor's check runs what was handed in: as another user than the check's own.

The check and the submission must not be the same user: a process may trace, change and end every
process of its user, and so could turn a check's verdict. The check starts a program by a small
client, `$SIMPSH_RUN PROGRAM ARGUMENT …`. The client hands its descriptors 0, 1 and 2, its directory
and its environment over a socket to the judge, which starts the program in the submission's
sandbox and answers with its status word. The socket lies where only the check's user can come.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress

from simpsh.base.outside_json import json_object, list_of, object_of
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import encode
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, dup2
from simpsh.kernel.processes import chdir, exit_now, fork, setsid
from simpsh.kernel.wait_calls import pidfd_open, waitpid
from simpsh.trace.tracer.traced_command import TracedCommand, run_program

VARIABLE = "SIMPSH_RUN"
"""The check finds the client's path there."""
_SIZE_BYTES = 8
_MOST_BYTES = 4 << 20
_CLIENT = """\
#!{python} -IS
import json, os, resource, signal, socket, sys
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
judge = socket.socket(socket.AF_UNIX)
judge.connect({place!r})
socket.send_fds(judge, [len(asked).to_bytes(8, "little")], [0, 1, 2])
judge.sendall(asked)
word = int.from_bytes(judge.recv(4), "little")
if word & 0x7F:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(word & 0x7F, signal.SIG_DFL) if word & 0x7F not in (9, 19) else None
    os.kill(os.getpid(), word & 0x7F)
os._exit(word >> 8)
"""


class ProgramRunner:
    """Starts programs of a submission for a check; a context manager."""

    def __init__(self, sandbox: Sandbox, check: Sandbox) -> None:
        self._sandbox = sandbox
        self._folder = tempfile.mkdtemp(prefix="simpsh-run-")
        place = os.path.join(self._folder, "socket")
        self.client = os.path.join(self._folder, "run")
        """The path of the client."""
        with open(self.client, "w", encoding="utf-8") as file:
            file.write(_CLIENT.format(python=sys.executable, place=place))
        os.chmod(self.client, 0o755)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(place)
        self._listener.listen()
        check.give(self._folder)
        self._running: dict[int, tuple[int, socket.socket]] = {}
        """By pidfd: the program's pid, and who waits for it."""

    def __enter__(self) -> ProgramRunner:
        return self

    def __exit__(self, *_: object) -> None:
        for ending, program in self._running.items():
            close(ending)
            program[1].close()
        self._listener.close()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What is to be looked at: who comes, which program ends, which client is gone."""
        clients = (client.fileno() for _, client in self._running.values())
        return (self._listener.fileno(), *self._running, *clients)

    def handle(self, ready: Collection[int]) -> None:
        """Do one thing that the descriptors ask for that are ready for reading."""
        # First the programs that have ended: until then a client that is gone is told again.
        if ending := next((descriptor for descriptor in ready if descriptor in self._running), 0):
            pid, client = self._running.pop(ending)
            close(ending)
            ended = waitpid(pid)
            word = encode(ended[1]) if ended is not None else 0
            with suppress(OSError):  # a client that is gone asks no more
                client.send(word.to_bytes(4, "little"))
            client.close()
        elif self._listener.fileno() in ready:
            client, _ = self._listener.accept()
            self._begin(client)
        else:
            # End the programs of clients that were ended themselves.
            for pid, client in self._running.values():
                if client.fileno() in ready:
                    # Its group, which it leads; it ends, and then its status is taken.
                    with suppress(ProcessLookupError, PermissionError):
                        signals.killpg(pid, SIGKILL)

    def _begin(self, client: socket.socket) -> None:
        """Start what a client asks for, if it did not end before it was through."""
        start, descriptors = socket.recv_fds(client, _SIZE_BYTES, 3)[:2]
        size, data = int.from_bytes(start, "little"), bytearray()
        while len(data) < min(size, _MOST_BYTES):
            piece = client.recv(min(size, _MOST_BYTES) - len(data))
            if not piece:
                break
            data += piece
        if len(data) < size or not size or len(descriptors) != 3:
            client.close()
        else:
            value = json_object(b'{"asked": %s}' % bytes(data), "the check")
            words, directory, variables = list_of(value["asked"])
            environment = {name: str(text) for name, text in object_of(variables).items()}
            environment.pop(VARIABLE, None)
            command = TracedCommand(tuple(map(str, list_of(words))), environment)
            pid = fork()
            if pid == 0:  # in the child
                status = 127
                try:
                    setsid()
                    for number, descriptor in enumerate(descriptors):
                        dup2(descriptor, number)
                    close_range(3, HIGHEST)
                    signals.set_defaults()
                    chdir(str(directory))
                    self._sandbox.enter()
                    status = run_program(command, b"")
                finally:
                    exit_now(status)
            self._running[pidfd_open(pid)] = (pid, client)
        for descriptor in descriptors:
            close(descriptor)
