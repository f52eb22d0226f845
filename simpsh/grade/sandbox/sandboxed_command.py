"""Running a command in the sandbox until it ends: a compiler, make, a tutor's own check.

A check runs the submission as a different user: a process may trace, change and end every process
of its user, and so could change a check's verdict. The check starts a program through a small
client, `$SIMPSH_RUN PROGRAM ARGUMENT …`. The client sends its descriptors 0, 1 and 2, its directory
and its environment over a socket to the judge, which starts the program in the submission's sandbox
and answers with its status word. Only the check's user can connect to the socket.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from simpsh.base.outside_json import json_object, list_of, object_of
from simpsh.base.phrases import ending_words
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited, WaitStatus, encode
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, open_file, pipe2, readable
from simpsh.kernel.wait_calls import WNOHANG, pidfd_open, waitpid
from simpsh.process.contained_run import start_apart
from simpsh.process.subreaper import collect_all
from simpsh.trace.tracer.traced_command import TracedCommand, run_program

_KEPT_BYTES = 1 << 16
VARIABLE = "SIMPSH_RUN"
"""The environment variable with the client's path."""
_MOST_BYTES = 4 << 20
_CLIENT = """\
#!{python} -IS
import json, os, resource, signal, socket, sys
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
judge = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
judge.connect({address!r})
try:
    socket.send_fds(judge, [asked], [0, 1, 2])
except OSError as error:
    sys.exit("SIMPSH_RUN: " + error.strerror + ": shorten the arguments or the environment")
word = int.from_bytes(judge.recv(4), "little")
if word & 0x7F:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(word & 0x7F, signal.SIG_DFL) if word & 0x7F not in (9, 19) else None
    os.kill(os.getpid(), word & 0x7F)
os._exit(word >> 8)
"""


class CommandEnd(Record):
    """How a command ended."""

    status: WaitStatus | None
    """None if it took too long and was killed."""
    output: str
    """The beginning of its output."""

    @property
    def is_good(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == Exited(0)

    @property
    def words(self) -> str:
        """How it ended, as a sentence."""
        if self.status is None:
            return "it did not end in time"
        return f"it {ending_words(encode(self.status))}"


def run_in_sandbox(
    sandbox: Sandbox,
    argv: Sequence[str],
    directory: str,
    seconds: float,
    runner: ProgramRunner | None = None,
) -> CommandEnd:
    """Run a command in the sandbox, and end all processes that it leaves.

    This process must be a subreaper without other children. A `runner` starts programs in another
    sandbox for the command.
    """
    environment = None if runner is None else {**os.environ, VARIABLE: runner.client}
    command = TracedCommand(tuple(argv), environment)
    output, null = pipe2(), open_file(os.devnull, os.O_RDONLY)
    pid = _start(sandbox, command, directory, (null, output.write_end, output.write_end))
    close(null)
    close(output.write_end)
    ending = pidfd_open(pid)
    try:
        printed = _read(output.read_end, ending, time.monotonic() + seconds, runner)
        ended = waitpid(pid, WNOHANG)
    finally:
        close(ending)
        close(output.read_end)
        collect_all()
    return CommandEnd(ended[1] if ended is not None else None, printed.decode(errors="replace"))


def _start(
    sandbox: Sandbox, command: TracedCommand, directory: str, descriptors: Sequence[int]
) -> int:
    """Start a command in the sandbox, with `descriptors` as 0, 1 and 2; return its pid."""
    return start_apart(descriptors, directory, partial(_become, sandbox, command))


def _become(sandbox: Sandbox, command: TracedCommand) -> int:
    sandbox.enter()
    return run_program(command, b"")


def _read(output: int, ending: int, deadline: float, runner: ProgramRunner | None) -> bytes:
    """Read the output until the command has ended; keep its beginning."""
    printed, descriptors = bytearray(), [output, ending]
    while (left := deadline - time.monotonic()) > 0:
        others = runner.descriptors if runner is not None else ()
        ready = readable((*descriptors, *others), left)
        if output in ready:
            piece = os.read(output, _KEPT_BYTES)
            printed += piece[: _KEPT_BYTES - len(printed)]
            if not piece:
                descriptors.remove(output)
        elif ending in ready:
            break
        elif runner is not None and ready:
            runner.handle(ready)
    return bytes(printed)


# ------------------------------------------------------------------ programs that a check asks for


class ProgramRunner:
    """Starts programs of a submission for a check; a context manager."""

    def __init__(self, sandbox: Sandbox, check: Sandbox) -> None:
        self._sandbox = sandbox
        self._folder = tempfile.mkdtemp(prefix="simpsh-run-")
        address = os.path.join(self._folder, "socket")
        self.client = os.path.join(self._folder, "run")
        """The path of the client."""
        with open(self.client, "w", encoding="utf-8") as file:
            file.write(_CLIENT.format(python=sys.executable, address=address))
        os.chmod(self.client, 0o755)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(address)
        self._listener.listen()
        check.give(self._folder)
        self._running: dict[int, tuple[int, socket.socket]] = {}
        """By pidfd: the program's pid, and the connection of the client that waits for it."""

    def __enter__(self) -> ProgramRunner:
        return self

    def __exit__(self, *_: object) -> None:
        for ending, program in self._running.items():
            close(ending)
            program[1].close()
        self._listener.close()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The descriptors to poll, for new clients, ended programs and closed clients."""
        clients = (client.fileno() for _, client in self._running.values())
        return (self._listener.fileno(), *self._running, *clients)

    def handle(self, ready: Collection[int]) -> None:
        """Handle one of the descriptors that are ready for reading."""
        # Handle ended programs first: until then poll reports a closed client again.
        if ending := next((descriptor for descriptor in ready if descriptor in self._running), 0):
            pid, client = self._running.pop(ending)
            close(ending)
            ended = waitpid(pid)
            word = encode(ended[1]) if ended is not None else 0
            with suppress(OSError):  # the client has closed its connection
                client.send(word.to_bytes(4, "little"))
            client.close()
        elif self._listener.fileno() in ready:
            client, _ = self._listener.accept()
            self._begin(client)
        else:
            # Kill the programs of clients that have ended.
            for pid, client in self._running.values():
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
            command = TracedCommand(tuple(map(str, list_of(words))), environment)
            pid = _start(self._sandbox, command, str(directory), descriptors)
            self._running[pidfd_open(pid)] = (pid, client)
        for descriptor in descriptors:
            close(descriptor)
