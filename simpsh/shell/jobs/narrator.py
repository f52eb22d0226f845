"""Narrates what the shell and its children do, one line for each event: `-v`.

A line is written with one write(2), so that it never mixes with another process's output. The lines
about a child are prepared before fork, with a placeholder for its pid. The children wait at the
gate until the shell has written the lines up to the first redirection, so that these precede the
output of a program. A child writes those about its own redirections once they are carried out.

After a fork, each page that the shell writes to is copied or faulted in. So this module does little
work, and creates no event objects for calls.
"""

from __future__ import annotations

import os
import stat

from simpsh import console
from simpsh.base.phrases import printable
from simpsh.base.process_names import FIRST, child_name, colour_of
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGINT, SIGPIPE, SIGQUIT, SIGTSTP, SIGTTOU, SIGXFSZ
from simpsh.base.wait_status import Killed, Stopped, has_ended
from simpsh.kernel import call_observer, descriptors, signals
from simpsh.kernel.descriptors import PipeEnds
from simpsh.kernel.wait_calls import WCONTINUED, WNOHANG, WUNTRACED, Waited
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tree_printing import as_written
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile
from simpsh.view import textbook_sentences as sentences
from simpsh.view.textbook_sentences import CHILD, PARENT, UNBORN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simpsh.base.wait_status import WaitStatus
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan
    from simpsh.shell.state import State
    from simpsh.view.textbook_sentences import NarrationLine

_WAITS = ("wait4", "waitpid")
_OF_KEYS = (SIGINT, SIGQUIT, SIGTSTP)
LANE_COLUMNS = 3
"""The width of a lane, here and in a timeline."""


class Narrator:
    """An observer that writes lines about the calls of this process."""

    def __init__(self, shell: State) -> None:
        """Prepare to narrate to standard error; a forked copy of the shell keeps the descriptor."""
        self._state = shell
        self.held: list[str] | None = None
        """Collects the narration while a line is edited on the screen; None: it is written."""
        self.output = -1
        # Duplicate it, because redirections of a command must not redirect the narration.
        # If standard error is closed, narrate nothing.
        with call_observer.observing(None), suppress(OSError):
            self.output = descriptors.dup_above(2)
        self._is_terminal = self.output >= 0 and os.isatty(self.output)
        self._harmful: tuple[int, ...] = ()
        """The signals that a write to this descriptor can raise."""
        if self.output >= 0:
            is_file = stat.S_ISREG(os.fstat(self.output).st_mode)
            self._harmful = (
                (SIGXFSZ,) if is_file else (SIGTTOU,) if self._is_terminal else (SIGPIPE,)
            )
        self._shell = self._pid = shell.shell_pid
        self._name = FIRST
        self._count = 0
        """The number of children that this process has named."""
        self._names: dict[int, str] = {}
        """The names of its living children, which decide their colours."""
        self._lane = self._lanes_before = 0
        self._lanes: dict[str, int] = {}
        """The lane of each child, as in a timeline; it decides the indentation."""
        self.may_follow_key = False
        """Whether a key may have been pressed at the foreground job since its last line."""
        self.targets: dict[int, str] = {}
        """Descriptions of this process's descriptors."""
        self._letters = 0
        self._is_waiting = False
        self._executing: Sequence[str] | None = None

    @property
    def is_on(self) -> bool:
        """Whether the shell narrates."""
        return self._state.is_narrated

    def write(self, text: str) -> None:
        """Write lines."""
        if self.held is not None:
            self.held += text.split("\n")[:-1]
            return
        data = console.encoded(text)
        # If the reader of the narration is gone, ignore the error: commands must run as without -v.
        with suppress(OSError):
            signals.write_unharmed(self.output, data, self._harmful)

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Narrate a call that begins and may not return soon."""
        if not self.is_on:
            return
        if name in _WAITS:
            # write_births() announces the wait before the gate opens; do not repeat it.
            is_poll = len(args) > 1 and isinstance(args[1], int) and bool(args[1] & WNOHANG)
            if not (is_poll or self._is_waiting):
                self._is_waiting = True
                self.write(self.text([sentences.waiting(self._pid)]))
        elif name == "execve":
            argv = [str(word) for word in args[1]]  # type: ignore[attr-defined]
            if argv != self._executing:
                # Each file along PATH is tried with the same arguments.
                self._executing = argv
                self.write(self.text([sentences.executing(self._pid, argv)]))

    def note_return(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Narrate a call that has returned, and its meaning."""
        if not self.is_on:
            return
        if name in _WAITS:
            if errno or isinstance(result, Waited):
                self._is_waiting = False
            if errno:
                self.write(self.text([sentences.wait_failed(errno)]))
            elif isinstance(result, Waited):
                self._note_status(result.pid, result.status)
        elif errno:
            return
        elif name == "fork" and isinstance(result, int):
            self._names[result] = self.next_name()
            self._count += 1
            self.write(self.text([sentences.forked(self._pid, result)]))
        elif name == "pipe2" and isinstance(result, PipeEnds):
            from simpsh.base.events import pipe_letter

            letter = pipe_letter(self._letters)
            self._letters += 1
            self.targets[result.read_end] = f"the read end of pipe {letter}"
            self.targets[result.write_end] = f"the write end of pipe {letter}"
        elif name == "open" and isinstance(result, int) and isinstance(args[0], str):
            self.targets[result] = args[0]
        elif name == "dup2" and isinstance(args[0], int) and isinstance(args[1], int):
            self.targets[args[1]] = target = self.target(args[0])
            if self._pid != self._shell:
                line = sentences.connect_line(self._pid, args[1], target)
                self.write(self.text([line]))

    def _note_status(self, pid: int, status: WaitStatus) -> None:
        text = self.text([sentences.changed(pid, status)], self._names.get(pid, ""))
        if isinstance(status, Killed | Stopped) and status.signal in _OF_KEYS:
            # The terminal has echoed the key, such as ^C, without a newline.
            text, self.may_follow_key = "\n" * self.may_follow_key + text, False
        self.write(text)
        if has_ended(status):
            self._lanes.pop(self._names.pop(pid, ""), None)

    def target(self, descriptor: int) -> str:
        """Return a description of the target of a descriptor."""
        return self.targets.get(descriptor, f"where descriptor {descriptor} goes")

    def next_name(self) -> str:
        """Return the name of the next child of this process, and give it the lowest free lane."""
        name = child_name(self._name, self._count + 1)
        if name not in self._lanes:
            lane = self._lanes_before + 1
            while lane in self._lanes.values():
                lane += 1
            self._lanes[name] = lane
        return name

    def continue_here(self) -> None:
        """Continue in this process, which may be a copy of the shell that did not narrate."""
        if os.getpid() != self._pid:
            self.continue_in_copy(self.targets, FIRST)

    def continue_in_copy(self, targets: dict[int, str], name: str) -> None:
        """Continue in a forked copy of the shell; `targets` describes its descriptors."""
        self._pid = os.getpid()
        self._name, self._count = name, 0
        self._names.clear()
        self._lane = self._lanes.get(name, 0)
        self._lanes_before = max(self._lanes.values(), default=0)
        self._lanes.clear()
        self.targets = targets
        self._executing = None
        self._is_waiting = False

    def begin_line(self) -> None:
        """Restart the colours of children for a new line, as in `timeline`, unless some live."""
        if not self._names:
            self._count = 0

    def text(self, lines: Sequence[NarrationLine], child: str = "") -> str:
        """Return lines as text, on a terminal coloured and wrapped.

        The parts about a child are in the colour of the child with this name.
        """
        if not (lines and self._is_terminal):
            return "".join(
                ["".join([printable(piece) for piece, _ in line]) + "\n" for line in lines]
            )
        # Imported here because only a terminal needs it.
        from simpsh.view.styled_text import hanging, painted, plain

        columns = console.width(self.output)
        colours = console.colours(self.output, self._state.variables)
        tones = {
            PARENT: f"lane{colour_of(self._name)}",
            CHILD: f"lane{colour_of(child or self._name)}",
        }
        lanes = {PARENT: self._lane, CHILD: self._lanes.get(child, self._lane)}
        rows = []
        for line in lines:
            (first, tone), *rest = ((text, tones.get(tone, tone)) for text, tone in line)
            indent = " " * min(LANE_COLUMNS * lanes.get(line[0][1], 0), columns // 3)
            first = f"{first}{indent}" if line[0][0] is sentences.MARK else f"{indent}{first}"
            rows += hanging([(first, tone), *rest], columns)
        # Without colours, nothing is dim or bold either: the terminal may not know these codes.
        return "".join(
            f"{painted(row, colours) if colours else printable(plain(row))}\n" for row in rows
        )


class StartNarration:
    """The narration of one job's start, on the shell's side."""

    def __init__(self, narrator: Narrator, plan: JobPlan, functions: Collection[str]) -> None:
        """Prepare to narrate."""
        self._functions = functions
        self._narrator = narrator
        self._is_awaited = not plan.is_background and plan.output is None
        self._is_single = len(plan.processes) == 1
        self._birth = ""
        """The shell's lines about the child that is forked next."""
        self._births = ""

    def of_child(
        self, process: ProcessPlan, group: int | None, stdin: int | None, stdout: int | None
    ) -> ChildNarration:
        """Return the narration of the child that is forked next.

        Args:
            process: its plan.
            group: its process group; 0 for a new one, None for the shell's.
            stdin: the shell's descriptor that becomes its standard input, or None.
            stdout: the shell's descriptor that becomes its standard output, or None.
        """
        narrator = self._narrator
        name = narrator.next_name()
        child = UNBORN
        targets = dict(narrator.targets)
        lines: list[NarrationLine] = []
        # A single program always leads its group.
        if group is not None and not (self._is_single and process.body is None):
            lines.append(sentences.joins(child, group) if group else sentences.leads(child))
        for descriptor, source in ((0, stdin), (1, stdout)):
            if source is not None:
                targets[descriptor] = target = narrator.target(source)
                lines.append(sentences.connect_line(child, descriptor, target))
        steps = [_step(child, action, targets) for action in process.actions]
        if process.body is None:
            end = sentences.executing(child, process.argv)
        else:
            end = sentences.copied(child, _name_of_copy(process, self._functions))
        end_lines = [*steps, end]
        if not steps:
            lines, end_lines = [*lines, end], []
        self._birth = narrator.text(lines, name)
        return ChildNarration(narrator, name, narrator.text(end_lines, name), targets)

    def note_birth(self, pid: int) -> None:
        """Add the shell's lines about the child, with its pid."""
        self._births += self._birth.replace(UNBORN, str(pid))

    def write_births(self) -> None:
        """Write the shell's lines, before the gate is opened."""
        if self._is_awaited:
            self._narrator.entering("wait4", (-1, WUNTRACED | WCONTINUED))
        if self._births:
            self._narrator.write(self._births)


def _step(child: str, action: Action, targets: dict[int, str]) -> NarrationLine:
    descriptor = action.descriptor
    match action:
        case CloseDescriptor():
            targets.pop(descriptor, None)
            return sentences.disconnected(child, descriptor)
        case OpenFile(_, path):
            target = path
        case Duplicate(_, source):
            target = targets.get(source, f"where descriptor {source} goes")
        case HereText(_, data):
            kind = "a pipe" if len(data) <= PIPE_HOLDS else "a file without a name"
            target = f"{kind} that holds the here-document"
    targets[descriptor] = target
    return sentences.connect_line(child, descriptor, target)


_CONSTRUCTS: dict[type, str] = {
    nodes.Loop: "the loop",
    nodes.For: "the loop",
    nodes.If: "the if",
    nodes.Case: "the case",
    nodes.Group: "the group",
    nodes.FunctionDefinition: "the function definition",
}


def _name_of_copy(process: ProcessPlan, functions: Collection[str]) -> str:
    """Return a name for the command that a copy of the shell runs; empty for `( )`."""
    text = process.text
    if isinstance(text, nodes.SimpleCommand) and text.words:
        name = as_written(text.words[0].parts)
        return f"the function {name}" if name in functions else name
    return _CONSTRUCTS.get(type(text), "")


class ChildNarration:
    """The narration on the child's side.

    Nothing is written while signals are blocked, since ^C could not end a write that blocks.
    """

    def __init__(self, narrator: Narrator, name: str, text: str, targets: dict[int, str]) -> None:
        """Prepare to narrate.

        Args:
            narrator: the shell's.
            name: the child's name.
            text: the lines about its redirections, and about execve or the copy of the shell.
            targets: the targets of the descriptors of a copy of the shell.
        """
        self._narrator, self._name, self._targets = narrator, name, targets
        self._text = text

    def write(self) -> None:
        """Write the lines about redirections that were carried out, and about what follows."""
        if self._text:
            self._narrator.write(self._text.replace(UNBORN, str(os.getpid())))

    def become_copy(self) -> None:
        """Continue as a copy of the shell."""
        self._narrator.continue_in_copy(self._targets, self._name)
