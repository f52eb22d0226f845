"""The kernel: answers the frontend's requests by the shell, in Jupyter's messaging protocol."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from itertools import dropwhile
from tempfile import NamedTemporaryFile
from types import FrameType
from typing import IO, cast

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
from jupyter_client.kernelspec import KernelSpecManager

from simpsh.base.errors import SimpshError, SyntaxMistake, UsageProblem
from simpsh.base.outside_json import list_of
from simpsh.base.own_program import INTERPRETER
from simpsh.base.record import Record
from simpsh.base.version import __version__
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.notebook.cell_display import display_of, run_of
from simpsh.notebook.cell_output import CellReader, KeyboardRequest
from simpsh.notebook.lesson_client import LessonClient, LessonDone, LessonShown, TakeStep
from simpsh.notebook.shell_client import CellInterrupted, ShellClient, ShellGone
from simpsh.process.own_directory import own_directory
from simpsh.shell.builtins.builtin_support import quoted

_TOKEN = re.compile(r"[;|&<>()]+|([^\s;|&<>()`\"']+)")
_REST = "`timeline` in the next cell draws them."

Answer = dict[str, object]


class ClaimFailed(SimpshError):
    """A claim about a run does not hold, or a task is not solved."""


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
        self._shells: dict[bool, ShellClient] = {}
        """The running shells: the notebook's, which is recorded, and one that is not."""
        self._is_asking = False
        self._was_interrupted = False
        """Whether the frontend has interrupted the current request."""
        self._lesson: LessonClient | None = None
        self.outputs = ExitStack()
        """Files with output that is not shown; removed when the kernel ends."""

    def simpsh(self, *, is_recorded: bool = True) -> ShellClient:
        """Return a shell of this notebook; start one if none runs."""
        if is_recorded not in self._shells:
            self._shells[is_recorded] = ShellClient(self.environment, is_recorded=is_recorded)
        return self._shells[is_recorded]

    # ------------------------------------------------------------------------------ signals

    def pre_handler_hook(self) -> None:
        """Handle SIGINT, by which a frontend interrupts."""
        self._was_interrupted = False
        self.saved_sigint_handler = signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        if self._is_asking:
            raise KeyboardInterrupt
        self._was_interrupted = True
        for shell in self._shells.values():
            shell.interrupt()
        if self._lesson is not None:
            with suppress(ProcessLookupError):
                self._lesson.interrupt()

    # -------------------------------------------------------------------------------- cells

    async def do_execute(
        self,
        code: str,
        silent: bool,  # noqa: FBT001
        store_history: bool = True,  # noqa: ARG002, FBT001, FBT002
        user_expressions: Mapping[str, str] | None = None,  # noqa: ARG002
        allow_stdin: bool = False,  # noqa: FBT001, FBT002
        **_further: object,
    ) -> Answer:
        """Run a cell."""
        self._allow_stdin = allow_stdin
        self._payload: list[Answer] = []
        reader = Frontend(self, is_silent=silent, may_ask=allow_stdin)
        magic = magic_of(code)
        try:
            if magic is not None:
                self._run_magic(magic, reader)
            else:
                self._run_lines(code, reader)
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
            "payload": self._payload,
            "user_expressions": {},
        }

    def _run_lines(self, code: str, reader: Frontend) -> None:
        try:
            shell = self.simpsh()
        except ShellGone:
            if not self._was_interrupted:
                raise
        if self._was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        result = shell.run(code, reader)
        if not reader.is_silent:
            chronicle: Chronicle | None = None
            remarks: list[str] = []
            if shell.record:
                try:
                    chronicle, remarks = run_of(shell.record, result.stretch)
                except SimpshError as problem:
                    self.write(f"simpsh: no picture of this cell: {problem}\n")
            status = result.status if result.shows_status else 0
            data = display_of(chronicle, status, remarks, _REST)
            if data:
                self.display(data)
        if result.has_left:
            self._end_shell()
        if result.was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        if result.mistake:
            raise SyntaxMistake(result.mistake)

    def _run_magic(self, magic: Magic, reader: Frontend) -> None:
        if magic.name == "lsmagic":
            self._result(HELP)
        elif magic.name == "help":
            self._payload = [{"source": "page", "data": {"text/plain": HELP}, "start": 0}]
        elif magic.name == "lesson" and not magic.rest:
            self._run_untraced("lesson --plain", reader)
        elif magic.name == "lesson":
            self._run_lesson(lesson_request(magic), reader)
        elif magic.name == "exercise":
            status = self._run_untraced(exercise_line(magic), reader)
            points = points_of(reader.end)
            if status and points in ("", "0"):
                raise ClaimFailed("the exercise is not solved yet: see above")
            if status:
                # nbgrader takes this result as partial credit.
                self._result(points)
        else:
            self._run_untraced(f"{magic.rest}\n{magic.below}", reader)

    def _run_untraced(self, text: str, reader: Frontend) -> int:
        """Run lines in the directory of the notebook's shell, by a shell without a tracer."""
        shell = self.simpsh(is_recorded=False)
        directory = os.readlink(f"/proc/{self.simpsh().pid}/cwd")
        # Exit if the directory is gone, because the lines would use other files.
        result = shell.run(f"cd {quoted(directory)} || exit\n{text}", reader)
        if result.has_left:
            self._end_shell(is_recorded=False)
        if result.was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        return result.status

    def _run_lesson(self, request: LessonRequest, reader: Frontend) -> None:
        # Continue the running lesson, unless it is to begin again.
        lesson = self._lesson
        if lesson is not None and request.step and lesson.id == request.name:
            lesson.leave_question()
        else:
            if lesson is not None:
                self._lesson = None
                lesson.end()
            lesson = self._lesson = LessonClient(request.name, self.environment, request.folders)
        message: TakeStep | str = TakeStep(request.step, reader.may_ask, request.line)
        # The user types the answers; without a user, questions are left.
        while True:
            shown: list[LessonShown] = []
            answer = lesson.send(message, shown)
            for piece in shown:
                if "text/html" in piece:
                    self.display(piece)
                else:
                    self.write(piece["text/plain"])
            if isinstance(answer, LessonDone):
                break
            if not reader.may_ask:
                lesson.leave_question()
                return
            try:
                message = self.typed(answer.prompt)
            except KeyboardInterrupt:
                message = ":quit"
        if answer.failed:
            raise ClaimFailed("; ".join(answer.failed))

    def _result(self, text: str) -> None:
        data = {"text/plain": text}
        result = {"execution_count": self.execution_count, "data": data, "metadata": {}}
        self.publish("execute_result", result)

    def _error(self, problem: Exception) -> Answer:
        """Send an error to the frontend, which then skips further cells; return the answer."""
        name, words = type(problem).__name__, str(problem)
        content = {"ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}
        self.publish("error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}

    def display(self, data: Mapping[str, object]) -> None:
        """Show something below the running cell, by MIME type."""
        self.publish("display_data", {"data": data, "metadata": {}})

    def write(self, text: str, stream: str = "stdout") -> None:
        """Show text below the running cell."""
        self.publish("stream", {"name": stream, "text": text})

    def publish(self, kind: str, content: Mapping[str, object]) -> None:
        """Send a message to all frontends."""
        self.send_response(self.iopub_socket, kind, content)  # type: ignore[no-untyped-call]

    def typed(self, prompt: str, *, is_secret: bool = False) -> str:
        """Ask the user for a line; raise KeyboardInterrupt on an interrupt."""
        self._is_asking = True
        try:
            return str((self.getpass if is_secret else self.raw_input)(prompt))
        except EOFError:
            return "^D"
        finally:
            self._is_asking = False

    # ---------------------------------------------------------------------------- questions

    async def do_complete(self, code: str, cursor_pos: int) -> Answer:
        """Return the completions of the word before the cursor."""
        before = code[:cursor_pos]
        magics = fitting_names(before)
        try:
            if magics is None:
                fitting = self.simpsh().ask("complete", as_typed_at_prompt(before))
            else:
                replaced = len(before.lstrip())
                fitting = {"replaced": replaced, "names": magics}
        except (SimpshError, OSError):
            fitting = {"replaced": 0, "names": []}
        names = list_of(fitting["names"])
        start = cursor_pos - cast("int", fitting["replaced"])
        return {
            "status": "ok",
            "matches": names,
            "cursor_start": start,
            "cursor_end": cursor_pos,
            "metadata": {},
        }

    async def do_inspect(
        self,
        code: str,
        cursor_pos: int,
        detail_level: int = 0,  # noqa: ARG002
        omit_sections: object = (),  # noqa: ARG002
    ) -> Answer:
        """Return information about the word at the cursor."""
        here = [
            token for token in _TOKEN.finditer(code) if token.start() <= cursor_pos <= token.end()
        ]
        # Between an operator and a word, prefer the word.
        end = max(here, key=lambda token: bool(token[1])).end() if here else cursor_pos
        try:
            lines = list_of(self.simpsh().ask("inspect", code[:end])["lines"])
        except (SimpshError, OSError):
            lines = []
        data = {"text/plain": "\n".join(map(str, lines))} if lines else {}
        return {"status": "ok", "found": bool(lines), "data": data, "metadata": {}}

    async def do_is_complete(self, code: str) -> Answer:
        """Return whether a cell is complete, or needs another line."""
        try:
            is_magic = magic_of(code) is not None
            asked = {"status": "complete"} if is_magic else self.simpsh().ask("is complete", code)
            status = str(asked["status"])
        except (SimpshError, OSError):
            status = "unknown"
        return {"status": status, **({"indent": ""} if status == "incomplete" else {})}

    # ----------------------------------------------------------------------------- the end

    async def do_shutdown(self, restart: bool) -> Answer:  # noqa: FBT001
        """Make the shell end; for a restart, Jupyter starts a new kernel."""
        # This is the control channel's thread; the main thread may still run a cell.
        if shell := self._shells.get(True):
            shell.hang_up()
        return {"status": "ok", "restart": restart}

    def _end_shell(self, *, is_recorded: bool = True) -> None:
        if shell := self._shells.pop(is_recorded, None):
            shell.end()

    def close(self) -> None:
        """End the lesson and the shells, once no cell can run any more."""
        if self._lesson is not None:
            self._lesson.end()
            self._lesson = None
        for is_recorded in (False, True):
            self._end_shell(is_recorded=is_recorded)
        self.outputs.close()


class Frontend(CellReader):
    """The frontend while a cell runs."""

    def __init__(self, kernel: SimpshKernel, *, is_silent: bool, may_ask: bool) -> None:
        super().__init__()
        self._kernel = kernel
        self.is_silent = is_silent
        self.may_ask = may_ask

    def pass_on(self, text: str, stream: str) -> None:
        """Send output to the frontend."""
        if stream == "clear":
            self._kernel.publish("clear_output", {"wait": False})
        elif not self.is_silent:
            self._kernel.write(text, stream)

    def new_file(self) -> IO[str]:
        """Return a file that is removed when the kernel ends."""
        return self._kernel.outputs.enter_context(
            NamedTemporaryFile("w", prefix="simpsh-cell-", suffix=".txt", errors="replace")
        )

    def ask(self, request: KeyboardRequest) -> str | None:
        """Ask the user; see CellReader.ask()."""
        if not self.may_ask:
            return None
        prompt = f"input for {request.name or 'read'} (^D ends it): "
        return self._kernel.typed(prompt, is_secret=request.is_secret)


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


HELP = """\
%lesson                 Show your position in the course, and the next lesson.
%lesson run             Continue with the next lesson.
%lesson ID              Run a lesson. A part of its id is enough.
%lesson ID step N       Run one step. Write the line for a task below.
%exercise ID FILE       Judge a program.
%untraced LINE          Run a line untraced: for explore, step, trace, gdb.
%lsmagic                Show this list.
%help                   Show this list in a pane, if there is one.
All other cells are lines of the shell; type 'help' to learn about them.
"""
NAMES = ("lesson", "exercise", "untraced", "lsmagic", "help")
_LIKE = {"lesson": "lesson run", "exercise": "lesson exercise check", "untraced": ""}
"""The commands whose completion each magic uses."""
_RUN = re.compile(r"lesson (?:run |(?=run\s*\Z))([\w-]+)\s*\Z")
_FIRST = re.compile(r"%(%?)([a-z]+)\b[ \t]*([^\n]*)(?:\n|\Z)")
_POINTS = re.compile(r"([\d.]+) of ([\d.]+) points?\.")
_WORD = re.compile(r"[\w./-]+")


class Magic(Record):
    """A cell that begins with `%`."""

    name: str
    rest: str
    """The rest of the first line."""
    below: str
    """The lines after the first."""


def magic_of(code: str) -> Magic | None:
    """Return a cell's magic; None if the cell is for the shell.

    >>> magic_of("%lesson orphan step 3").rest, magic_of("lesson run orphan").rest
    ('orphan step 3', 'orphan')
    >>> magic_of("lesson run").rest, magic_of("lesson").rest
    ('run', '')
    >>> magic_of("%1") is None
    True
    """
    code = "%lesson" if code.strip() == "lesson" else _RUN.sub(r"%lesson \1", code.lstrip())
    match = _FIRST.match(code)
    if match is None or match[2] not in NAMES:
        return None
    return Magic(match[2], match[3], code[match.end() :])


def fitting_names(before: str) -> list[str] | None:
    """Return the completions of a magic's name; None if the cursor is not after one.

    >>> fitting_names("%l"), fitting_names("ls %l")
    (['%lesson', '%lsmagic'], None)
    """
    match = re.fullmatch(r"\s*%([a-z]*)", before)
    return [f"%{name}" for name in NAMES if name.startswith(match[1])] if match else None


def as_typed_at_prompt(before: str) -> str:
    """Return the line whose completions at a prompt a magic uses; else the text itself.

    >>> as_typed_at_prompt("%lesson orph")
    'lesson run orph'
    """
    match = re.match(r"\s*%([a-z]+) ", before)
    like = _LIKE.get(match[1]) if match else None
    return before if match is None or like is None else f"{like} {before[match.end() :]}"


class LessonRequest(Record):
    """A cell's request for a lesson."""

    name: str
    """Empty for the next lesson of the course."""
    step: int
    """Counted from 1; 0 for the whole lesson."""
    line: str | None
    """For a task: the line of the student; None if there is none."""
    folders: tuple[str, ...]
    """Directories with further lessons."""


def lesson_request(magic: Magic) -> LessonRequest:
    """Parse a `%lesson` cell; raise UsageProblem."""
    try:
        given = shlex.split(magic.rest)
    except ValueError as error:
        raise UsageProblem(f"%lesson: {error}") from error
    folders = tuple(given[at + 1] for at, word in enumerate(given[:-1]) if word == "--path")
    words = [w for at, w in enumerate(given) if "--path" not in given[max(0, at - 1) : at + 1]]
    match words:
        case [name]:
            return LessonRequest("" if name == "run" else name, 0, None, folders)
        case [name, "step", number] if number.isdecimal() and 0 < len(number) < 5:
            # Skip the cell's own comments; later ones may belong to a program.
            below = dropwhile(lambda row: re.match(r"\s*(# |$)", row), magic.below.splitlines())
            line = "\n".join(below).strip()
            return LessonRequest(name, int(number), line or None, folders)
    raise UsageProblem("%lesson is followed by a lesson's id or by run, and perhaps by: step N")


def exercise_line(magic: Magic) -> str:
    """Return the line that checks a program for `%exercise`; raise UsageProblem."""
    words = magic.rest.split()
    if len(words) != 2 or not all(map(_WORD.fullmatch, words)):
        raise UsageProblem("%exercise is followed by an exercise's id and the program's file")
    return f"lesson exercise check {words[0]} {words[1]}"


def points_of(report: str) -> str:
    """Return the points at the end of an exercise's report; empty if there are none.

    >>> points_of("What was asked … 2.5 of 7 points.")
    '2.5'
    """
    points = _POINTS.findall(report)
    return points[-1][0] if points else ""
