"""The narration of a job's start, written by the shell and by its children.

The lines about a child are prepared before fork, with a placeholder for its pid. The children wait
at the gate until the shell has written the lines up to the first redirection, so that these precede
the output of a program. A child writes the lines about its own redirections.
"""

from __future__ import annotations

import os

from simpsh.kernel.wait_calls import WCONTINUED, WUNTRACED
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tree_printing import as_written
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile
from simpsh.view import textbook_sentences as sentences
from simpsh.view.textbook_sentences import UNBORN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from simpsh.shell.jobs.narrator import Narrator
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan
    from simpsh.view.textbook_sentences import NarrationLine


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
        steps = [[_step(child, action, targets)] for action in process.actions]
        if process.body is None:
            end = sentences.executing(child, process.argv)
        else:
            end = sentences.copied(child, _name_of_copy(process, self._functions))
        texts = [narrator.text(each, name) for each in (lines, *steps, [end])]
        count = 1 if steps else len(texts)
        self._birth = "".join(texts[:count])
        texts[:count] = [""] * count
        return ChildNarration(narrator, name, texts, targets)

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

    def __init__(
        self, narrator: Narrator, name: str, texts: list[str], targets: dict[int, str]
    ) -> None:
        """Prepare to narrate.

        Args:
            narrator: the shell's.
            name: the child's name.
            texts: the lines about its birth, one text for each redirection, and the line about
                execve or the copy of the shell; each may be empty.
            targets: the targets of the descriptors of a copy of the shell.
        """
        self._narrator, self._name, self._targets = narrator, name, targets
        self._texts = texts
        self._written = 0

    def write(self, done: int | None = None) -> None:
        """Write the lines about the birth and the first redirections; by default all lines."""
        end = len(self._texts) if done is None else done + 1
        if text := "".join(self._texts[self._written : end]):
            self._narrator.write(text.replace(UNBORN, str(os.getpid())))
        self._written = end

    def become_copy(self) -> None:
        """Continue as a copy of the shell."""
        self._narrator.continue_in_copy(self._targets, self._name)
