"""The narration of a job's start, written by the shell and by its children.

The lines about a child are prepared before fork, with a placeholder for its pid. A single child
writes all of them with one write right before execve, so that they precede the program's output. In
a pipeline the shell writes the lines about the forks before it opens the gate.
"""

from __future__ import annotations

import os

from simpsh.kernel.wait_calls import WCONTINUED, WUNTRACED
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile
from simpsh.view import textbook_sentences as sentences
from simpsh.view.textbook_sentences import UNBORN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simpsh.shell.jobs.narrator import Narrator
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan
    from simpsh.trace.recording.shell_recorder import Recorder
    from simpsh.view.textbook_sentences import NarrationLine


class StartNarration:
    """The narration of one job's start, on the shell's side."""

    def __init__(
        self,
        narrator: Narrator,
        recorder: Recorder | None,
        plan: JobPlan,
        functions: Collection[str],
    ) -> None:
        """Prepare to narrate; `recorder` is the shell's, or None."""
        self._functions = functions
        self._narrator = narrator
        self._recorder = recorder
        self._is_awaited = not plan.is_background and plan.output is None
        self._is_single = len(plan.processes) == 1
        self.needs_gate = not self._is_single or plan.is_background
        """Whether the children must wait until the shell has written the lines about the forks."""
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
        narration = ChildNarration(self._narrator)
        text, targets = narration.text, narration.targets
        parent, child = self._narrator.called(os.getpid()), narration.called
        lines: list[NarrationLine] = []
        if not self.needs_gate:
            self._narrator.leave_birth_to_child(is_awaited=self._is_awaited)
            lines += [sentences.forked(parent, child)]
            lines += [sentences.waiting(parent)] * self._is_awaited
        # A single program always leads its group.
        if group is not None and not (self._is_single and process.body is None):
            leader = self._narrator.called(group).strip("()")
            lines.append(sentences.joins(child, leader) if group else sentences.leads(child))
        for descriptor, source in ((0, stdin), (1, stdout)):
            if source is not None:
                targets[descriptor] = target = self._narrator.target(source)
                lines.append(sentences.connect_line(child, descriptor, target))
        narration.begin = text(lines)
        narration.steps = tuple(text([_step(child, action, targets)]) for action in process.actions)
        if process.body is None:
            self._narrator.programs[narration.name] = process.argv[0]
            narration.end = text([sentences.executing(child, process.argv)])
        else:
            narration.end = text([sentences.copied(child, _name_of_copy(process, self._functions))])
        if self.needs_gate:
            narration.by_shell, narration.begin = narration.begin, ""
            if not narration.steps:
                narration.by_shell, narration.end = narration.by_shell + narration.end, ""
        return narration

    def note_birth(self, pid: int, narration: ChildNarration) -> None:
        """Add the shell's lines about a child, with its pid."""
        self._births += narration.by_shell.replace(UNBORN, str(pid))

    def write_births(self) -> None:
        """Write the shell's lines, before the gate is opened."""
        if not self.needs_gate:
            return
        if self._is_awaited:
            (self._recorder or self._narrator).entering("wait4", (-1, WUNTRACED | WCONTINUED))
        if self._births:
            self._narrator.write(self._births)

    def abort(self) -> None:
        """Forget the children: a fork has failed."""
        self._narrator.cancel_birth()


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
        name = to_text(text.words[0])
        return f"the function {name}" if name in functions else name
    return _CONSTRUCTS.get(type(text), "")


class ChildNarration:
    """The narration on the child's side.

    Lines are held while signals are blocked, since ^C could not end a write that blocks. The
    prepared texts may be empty.
    """

    def __init__(self, narrator: Narrator) -> None:
        """Prepare to narrate; `narrator` is the shell's."""
        self._narrator = narrator
        self._held: list[str] = []
        self.name = narrator.next_name()
        self.called = f"({self.name if narrator.has_names else UNBORN})"
        """The child as lines name it, before its pid is known."""
        self.by_shell = ""
        """Lines that the shell writes while the child waits at the gate."""
        self.begin = ""
        """The lines about its birth, its group and its pipes, if the child writes them itself."""
        self.steps: tuple[str, ...] = ()
        """A text for each redirection."""
        self.end = ""
        """The line about execve, or about the copy of the shell."""
        self.targets = dict(narrator.targets)
        """The targets of the descriptors of a copy of the shell."""

    def text(self, lines: Sequence[NarrationLine]) -> str:
        """Return lines about the child as text in its colour."""
        return self._narrator.text(lines, self.name)

    def add(self, text: str) -> None:
        """Hold a text until flush()."""
        self._held.append(text)

    def add_step(self, number: int) -> None:
        """Hold the text of the redirection with this index, which has been carried out."""
        self._held += self.steps[number : number + 1]

    def write_end(self) -> None:
        """Write all lines, the last about execve or about the copy of the shell."""
        self._held.append(self.end)
        self.flush()

    def flush(self) -> None:
        """Write the held lines."""
        if text := "".join(self._held):
            self._narrator.write(text.replace(UNBORN, str(os.getpid())))
        self._held.clear()

    def become_copy(self) -> None:
        """Continue as a copy of the shell."""
        self._narrator.continue_in_copy(self.targets, self.name)
