"""The kernel: passes the frontend's requests to the shell, in Jupyter's messaging protocol."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
from jupyter_client.kernelspec import KernelSpecManager

from simpsh.base.errors import SimpshError, SyntaxMistake
from simpsh.base.own_program import INTERPRETER
from simpsh.base.version import __version__
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.notebook.cell_display import display_of, run_of
from simpsh.notebook.shell_client import CellInterrupted, ShellClient, ShellGone
from simpsh.process.own_directory import own_directory

_REST = "`timeline` in the next cell draws them."
_MOST_SHOWN = 100_000
"""Characters of a cell's output: a browser loads a notebook as one file."""

Answer = dict[str, object]


class SimpshKernel(Kernel):
    """The kernel of one notebook."""

    implementation = "simpsh"
    implementation_version = __version__
    language = "simpsh"
    language_version = __version__
    language_info = {  # noqa: RUF012 - a trait of the base class
        "name": "simpsh",
        "version": __version__,
        "mimetype": "text/x-sh",
        "file_extension": ".sh",
        "pygments_lexer": "simpsh",
        "codemirror_mode": "shell",
    }
    banner = "simpsh: a shell that shows what the kernel really did"
    environment: Mapping[str, str] = {}
    """The environment for the shell."""

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)  # type: ignore[no-untyped-call]
        self._shell: ShellClient | None = None
        """The running shell."""
        self._was_interrupted = False
        """Whether the frontend has interrupted the current request."""

    def simpsh(self) -> ShellClient:
        """Return the shell of this notebook; start one if none runs."""
        if self._shell is None:
            self._shell = ShellClient(self.environment)
        return self._shell

    # ------------------------------------------------------------------------------ signals

    def pre_handler_hook(self) -> None:
        """Handle SIGINT, which a frontend sends as an interrupt."""
        self._was_interrupted = False
        self.saved_sigint_handler = signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self._was_interrupted = True
        if self._shell is not None:
            self._shell.interrupt()

    # -------------------------------------------------------------------------------- cells

    async def do_execute(
        self,
        code: str,
        silent: bool,  # noqa: FBT001
        store_history: bool = True,  # noqa: ARG002, FBT001, FBT002
        user_expressions: Mapping[str, str] | None = None,  # noqa: ARG002
        allow_stdin: bool = False,  # noqa: ARG002, FBT001, FBT002
        **_further: object,
    ) -> Answer:
        """Run a cell."""
        try:
            self._run_lines(code, is_silent=silent)
        except SimpshError as problem:
            if isinstance(problem, ShellGone):
                self._end_shell()
            return self._error(problem)
        except Exception as problem:  # noqa: BLE001 - without an answer a frontend waits forever
            # The cell may be half run, so continue with a new shell.
            self._end_shell()
            return self._error(problem)
        return {
            "status": "ok",
            "execution_count": self.execution_count,
            "payload": [],
            "user_expressions": {},
        }

    def _run_lines(self, code: str, *, is_silent: bool) -> None:
        try:
            shell = self.simpsh()
        except ShellGone:
            if not self._was_interrupted:
                raise
        if self._was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        room = 0 if is_silent else _MOST_SHOWN

        def show(text: str) -> None:
            nonlocal room
            self.write(text[:room])
            if room and len(text) > room:
                self.write("\nsimpsh: the rest is not shown here; COMMAND >FILE keeps all of it\n")
            room = max(0, room - len(text))

        result = shell.run(code, show)
        if not is_silent:
            chronicle: Chronicle | None = None
            remarks: list[str] = []
            if shell.record:
                try:
                    chronicle, remarks = run_of(shell.record, result.stretch)
                except SimpshError as problem:
                    self.write(f"simpsh: no picture of this cell: {problem}\n")
            data = display_of(chronicle, result.status, remarks, _REST)
            if data:
                self.publish("display_data", {"data": data, "metadata": {}})
        if result.has_left:
            self._end_shell()
        if result.was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        if result.mistake:
            raise SyntaxMistake(result.mistake)

    def _error(self, problem: Exception) -> Answer:
        """Send an error to the frontend, which then skips further cells; return the answer."""
        name, words = type(problem).__name__, str(problem)
        content = {"ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}
        self.publish("error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}

    def write(self, text: str) -> None:
        """Show text below the running cell."""
        if text:
            self.publish("stream", {"name": "stdout", "text": text})

    def publish(self, kind: str, content: Mapping[str, object]) -> None:
        """Send a message to all frontends."""
        self.send_response(self.iopub_socket, kind, content)  # type: ignore[no-untyped-call]

    # ----------------------------------------------------------------------------- the end

    async def do_shutdown(self, restart: bool) -> Answer:  # noqa: FBT001
        """Make the shell end; for a restart, Jupyter starts a new kernel."""
        # This is the control channel's thread; the main thread may still run a cell.
        if self._shell is not None:
            self._shell.hang_up()
        return {"status": "ok", "restart": restart}

    def close(self) -> None:
        """End the shell, once no cell can run any more."""
        self._end_shell()

    def _end_shell(self) -> None:
        if self._shell is not None:
            shell, self._shell = self._shell, None
            shell.end()


def serve_notebook(connection: str, environment: Mapping[str, str]) -> None:
    """Run the kernel of a notebook until a frontend shuts it down."""
    SimpshKernel.environment = environment
    app = IPKernelApp.instance(
        kernel_class=SimpshKernel, connection_file=connection, capture_fd_output=False
    )
    app.initialize([])  # type: ignore[no-untyped-call]
    try:
        app.start()  # type: ignore[no-untyped-call]
    finally:
        with suppress(AttributeError):
            app.kernel.close()


_LOGO = os.path.join(os.path.dirname(__file__), "logo-svg.svg")
_LOGO_64 = os.path.join(os.path.dirname(__file__), "logo-64x64.png")


def install(prefix: str = "") -> str:
    """Install the kernelspec below `prefix`, or for this user; return its directory."""
    with own_directory("simpsh-kernel-") as folder:
        with open(os.path.join(folder, "kernel.json"), "w", encoding="utf-8") as file:
            spec = {
                "argv": [*INTERPRETER, "jupyter", "kernel", "-f", "{connection_file}"],
                "display_name": "simpsh",
                "language": "simpsh",
                "interrupt_mode": "signal",
                "metadata": {"debugger": False},
            }
            json.dump(spec, file, indent=1)
        for logo in (_LOGO, _LOGO_64):
            shutil.copy(logo, folder)
        # The temporary directory is private; an installed one must be readable by all.
        os.chmod(folder, 0o755)
        destination = {"prefix": prefix} if prefix else {"user": True}
        return str(KernelSpecManager().install_kernel_spec(folder, "simpsh", **destination))
