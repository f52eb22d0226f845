"""`simpsh trace`: run a command and draw what happened, or draw a recording."""

from __future__ import annotations

import os
import stat

from simpsh import console
from simpsh.base.errors import AskedToEnd, OutputClosed, SimpshError, naming
from simpsh.base.events import Fork
from simpsh.base.file_store import check_writable, write_whole
from simpsh.base.own_program import INTERPRETER, OBSERVED
from simpsh.base.record import changed, suppress
from simpsh.base.wait_status import Exited, decode, shell_status
from simpsh.cli.option_parser import Subcommand, announce_page, flag, one_of, option
from simpsh.kernel.descriptors import is_placeholder, memfd_create
from simpsh.kernel.program_execution import search_path
from simpsh.process import proc
from simpsh.process.named_program import compile_source, named_program
from simpsh.shell.language.characters import is_shell_line
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import LEVELS, Recording
from simpsh.trace.tracer.recorded_run import RecordedRun
from simpsh.trace.tracer.traced_command import NotTraceable, TracedCommand, ignored_at_start
from simpsh.view.run_formats import form_of, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import ClassVar

    from simpsh.base.event_kind import RecordLevel

_FILE_WIDTH, _NARROWEST = 100, 40


def _with_known_suffix(path: str) -> str:
    form_of(path)
    return path


class DrawingOptions(Subcommand):
    """How and where a run is drawn."""

    output: str = option(
        "-o, --output FILE",
        "write to FILE: .txt, .html (a page), .svg (a picture), .jsonl (a recording)",
        "",
        _with_known_suffix,
    )
    is_plain: bool = flag("--plain", "sentences instead of a timeline")
    with_details: bool = flag("--all", "also groups and duplicated descriptors")

    @property
    def shown_form(self) -> str:
        """One of the formats of `render`, or `jsonl`."""
        return "plain" if self.is_plain else form_of(self.output)


# ---------------------------------------------------------------------- running a command


class TraceCommand(DrawingOptions):
    """Run a command and draw the recording."""

    name = "trace"
    usage = ("[option …] COMMAND [ARGUMENT …]", "[option …] -p PID", "show FILE [option …]")
    example = "simpsh trace 'ls | wc -l'"
    about = (
        "Runs a command and shows what its whole family of processes did, as the kernel saw it. A "
        "line with blanks or |&;<> is run by simpsh. The exit status is that of the command, or "
        "125 if that is 0 and the output could not be written."
    )
    notes = (
        "Levels: events (births, programs, ends, signals, stops), calls (waits, pipes and kill "
        "as well; the default), io (reads, writes and descriptors as well). -p records events."
    )
    operands_are = ("command",)
    operand_counts, missing = (0, None), "a command is missing; try: simpsh trace ls"
    is_command = True
    children: ClassVar = {"show": lambda: _Show}

    level: RecordLevel = option(
        "--level LEVEL", "the amount of detail; see below", "", one_of(LEVELS)
    )
    record: str = option("--record FILE", "write a recording to FILE as well", "")
    attached: str = option("-p, --pid PID", "follow a process that runs already", "")

    def run(self) -> int:
        """Run the command and draw; return the command's exit status."""
        if self.attached:
            return self._run(*self._attach())
        if not self.operands:
            raise self.misuse(self.missing)
        if proc.tracer_pid(os.getpid()):
            from simpsh.process.machine_permits import who_traces_us

            raise NotTraceable(who_traces_us())
        named = named_program(self.operands, search_path(os.environ))
        argv = named.argv
        if is_shell_line(self.operands) and not os.path.exists(argv[0]):
            argv = (*INTERPRETER, *OBSERVED, "-c", argv[0])
        command = TracedCommand(argv, ignored=ignored_at_start())
        if not named.source:
            return self._run(command, self.operands)
        # Imported here because few commands are C files.
        from simpsh.process.own_directory import own_directory

        with own_directory("simpsh-compiled-") as folder:
            program = compile_source(named.source, folder)
            return self._run(changed(command, argv=(program, *argv[1:])), self.operands)

    def _run(self, target: TracedCommand | int, words: Sequence[str]) -> int:
        """Trace a command or a pid, whose words are the title."""
        # Open the output before anything runs, so that a file that cannot be written fails early.
        streamed = self._streamed
        if self.output != streamed:
            check_writable(self.output)
        file = recording_file.create(streamed) if streamed else None
        path, unreadable = streamed, None
        if file is None or (self._draws and not stat.S_ISREG(os.fstat(file.fileno()).st_mode)):
            # A device or FIFO cannot be read back: copy the recording to it at the end.
            memory, unreadable = memfd_create("recording"), file
            file = os.fdopen(os.dup(memory), "w", encoding="utf-8")
            path = f"/proc/self/fd/{memory}"
        level = "events" if self.attached else self.level or "calls"
        with RecordedRun(target, words, level, file) as run:
            run.wait()
            run.print_left()
            if run.remark:
                console.complain(run.remark)
            is_whole = not run.remark
            try:
                if unreadable is not None:
                    with naming(streamed), unreadable, open(path, encoding="utf-8") as text:
                        unreadable.writelines(text)
                if self._draws and (self.output or not is_placeholder(2)):
                    recording = recording_file.read_file(path)
                    if not self.output and _lacks_data(recording):
                        recording = changed(recording, notes=(*recording.notes, _NO_DATA))
                    _put(recording, self, descriptor=2)
            except SimpshError as problem:
                is_whole = False
                console.complain(problem)
            except OSError as error:
                is_whole = False
                # If a signal asked for the end, the terminal for the drawing has hung up.
                if not run.asked_by:
                    if isinstance(error, OutputClosed):
                        raise
                    console.complain(error)
        status = decode(run.status) if run.status is not None else None
        if run.asked_by and not isinstance(status, Exited):
            raise AskedToEnd(run.asked_by)
        if status is None:
            return 0 if self.attached and is_whole else _FAILED
        # The status of a command that failed is more important than a problem with the output.
        return shell_status(status) or (0 if is_whole else _FAILED)

    def _attach(self) -> tuple[int, Sequence[str]]:
        """Return the pid to follow, and the words of its command."""
        if self.operands:
            raise self.misuse(f"{self.operands[0]}: -p takes no command")
        if self.level not in ("", "events"):
            raise self.misuse("-p records events only; strace -p shows the calls of a process")
        from simpsh.process import process_snapshot

        pid = self.as_pid(self.attached)
        return pid, [process_snapshot.command(pid)]

    @property
    def _streamed(self) -> str:
        """The file that the recording is streamed to; empty for none."""
        return self.record or (self.output if self.shown_form == "jsonl" else "")

    @property
    def _draws(self) -> bool:
        """Whether output other than the streamed recording is wanted."""
        return not self.output or self.output != self._streamed


_NO_DATA = "reads and writes are not recorded at this level; --level io records them"


def _lacks_data(recording: Recording) -> bool:
    """Return whether several processes or threads ran, and their order of writes is not known."""
    has_births = any(isinstance(event.what, Fork) for event in recording.events)
    return has_births and recording.header.level != "io"


_FAILED = 125
"""The exit status if the command's own is unknown, or is 0 while output is missing."""


# ------------------------------------------------------------------- showing a recording


class _Show(DrawingOptions):
    name, usage = "trace show", ("FILE [option …]",)
    example = "simpsh trace show run.jsonl"
    about = "Draws a recording that `simpsh trace -o FILE` made."
    operands_are = ("file",)
    operand_counts, missing = (1, 1), "name one recording; try: simpsh trace show FILE"

    def run(self) -> int:
        _put(recording_file.read_file(self.operand), self, descriptor=1)
        return 0


_CUT_SHORT = (
    "the recording is incomplete: its writer was killed, failed to write or is still writing; "
    "later events are missing"
)


def _put(recording: Recording, options: DrawingOptions, descriptor: int) -> None:
    """Write a recording in the chosen format to its file or to a descriptor."""
    if options.shown_form == "jsonl":
        pieces: Iterable[str] = recording_file.lines_of(recording)
    else:
        from simpsh.chronicle.chronicle_builder import chronicle_of

        header = recording.header
        pieces = render(
            chronicle_of(recording.events, header.level, sources=recording.sources),
            options.shown_form,
            title=header.command,
            remarks=[*recording.notes, *([_CUT_SHORT] if recording.is_cut_short else [])],
            width=_FILE_WIDTH
            if options.output
            else console.width(descriptor, narrowest=_NARROWEST),
            in_colour=not options.output and console.is_in_colour(descriptor),
            with_details=options.with_details,
        )
    if options.output:
        write_whole(options.output, "".join(pieces))
        if options.shown_form in ("html", "svg"):
            announce_page(options.output)
        return
    # The reader (head, less) may close the pipe early.
    with suppress(BrokenPipeError):
        for piece in pieces:
            console.show(piece, descriptor, is_painted=True)
