"""What is narrated of a job's start, by the shell and by its children, without any waiting.

The lines about a child are made before its birth, with a mark for its pid. One alone tells all of
it in one write right before execve, so that its lines come before whatever the program prints.
Where a gate holds the children back anyway, or a call of each is to be shown (`-vv`), the shell
tells the births before it opens the gate.
"""

from __future__ import annotations

import os

from simpsh.kernel import call_observer
from simpsh.kernel.wait_calls import WCONTINUED, WUNTRACED
from simpsh.shell.jobs.narrator import CALLS, KERNEL, TEXTBOOK, call_of
from simpsh.shell.language.syntax_tree import (
    Case,
    For,
    FunctionDefinition,
    Group,
    If,
    Loop,
    SimpleCommand,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile
from simpsh.view import textbook_sentences as sentences
from simpsh.view.textbook_sentences import UNBORN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from simpsh.shell.jobs.narrator import Narrator, Shape
    from simpsh.shell.language.tree_printing import Node
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan
    from simpsh.trace.recording.child_pages import ChildPage
    from simpsh.trace.recording.shell_recorder import Recorder
    from simpsh.view.textbook_sentences import Told


class JobStory:
    """The narration of one job's start, on the shell's side."""

    def __init__(
        self,
        narrator: Narrator,
        recorder: Recorder | None,
        plan: JobPlan,
        functions: Collection[str],
    ) -> None:
        """Prepare to narrate; the recorder is the shell's, if it records."""
        self._functions = functions
        self._narrator = narrator
        self._stages_left = len(plan.processes)
        self._is_folded = narrator.begin_job(
            _shape(plan) if narrator.level == TEXTBOOK else None, plan.text
        )
        self._recorder = recorder
        self._is_awaited = not plan.is_background and plan.output is None
        self._has_calls = narrator.level >= CALLS
        self._is_single = len(plan.processes) == 1
        self.needs_gate = (
            bool(narrator.level)
            and not self._is_folded
            and (not self._is_single or plan.is_background or self._has_calls)
        )
        """Whether the shell must have told the births before the children go on."""
        self._told = ""

    def teller(
        self,
        process: ProcessPlan,
        group: int | None,
        stdin: int | None,
        stdout: int | None,
        recording: ChildPage | None,
    ) -> ChildTeller:
        """Return what tells, in the child that is forked next, what it does.

        The group is 0 for its own and None for the shell's. Its standard input and output are
        descriptors of the shell's, None as they are. Without a page no call is recorded.
        """
        teller = ChildTeller(self._recorder, self._narrator, recording)
        self._stages_left -= 1
        teller.stages_left = self._stages_left
        teller.is_narrated &= not self._is_folded
        if not teller.is_narrated:
            return teller
        text, own, targets = teller.text, os.getpid(), teller.targets
        if not self.needs_gate:
            self._narrator.leave_birth(is_awaited=self._is_awaited)
            lines = [sentences.forked(own, UNBORN)]
            teller.birth = text([*lines, *([sentences.waiting(own)] * self._is_awaited)])
        # That one program alone leads a group is no news.
        if group is not None and not (self._is_single and process.body is None):
            teller.place = text(
                [sentences.joins(UNBORN, group) if group else sentences.leads(UNBORN)]
            )
        for descriptor, source in ((0, stdin), (1, stdout)):
            if source is not None:
                targets[descriptor] = target = self._narrator.target(source)
                teller.pipes += text([sentences.connected(UNBORN, descriptor, target)])
        teller.steps = tuple(text([_step(action, targets)]) for action in process.actions)
        if process.body is None:
            teller.end = text([sentences.executing(UNBORN, process.argv)])
        else:
            what = _what_needs_a_copy(process.text, self._functions)
            teller.end = text([sentences.copied(UNBORN, what)])
        if self.needs_gate and not self._has_calls:
            teller.by_shell, teller.place, teller.pipes = teller.place + teller.pipes, "", ""
            if not teller.steps:
                teller.by_shell, teller.end = teller.by_shell + teller.end, ""
        return teller

    def born(self, pid: int, teller: ChildTeller) -> None:
        """Take note of a child's pid."""
        self._told += teller.by_shell.replace(UNBORN, str(pid))

    def tell(self) -> None:
        """Tell what is the shell's to tell, before the gate is opened."""
        if not self.needs_gate:
            return
        if self._is_awaited:
            (self._recorder or self._narrator).entering("wait4", (-1, WUNTRACED | WCONTINUED))
        if self._told:
            self._narrator.write(self._told)

    def give_up(self) -> None:
        """Take note that not all children could be made."""
        self._narrator.take_birth_back()


def _shape(plan: JobPlan) -> Shape | None:
    """Return what is told of each stage of a job; None where a copy of the shell tells more."""
    if plan.is_background or any(process.body is not None for process in plan.processes):
        return None
    return tuple(
        (process.argv[0], *(repr(action) for action in process.actions))
        for process in plan.processes
    )


def _step(action: Action, targets: dict[int, str]) -> Told:
    descriptor = action.descriptor
    match action:
        case CloseDescriptor():
            targets.pop(descriptor, None)
            return sentences.disconnected(UNBORN, descriptor)
        case OpenFile(_, path):
            target = path
        case Duplicate(_, source):
            target = targets.get(source, f"where descriptor {source} goes")
        case HereText(_, data):
            kind = "a pipe" if len(data) <= PIPE_HOLDS else "a file without a name"
            target = f"{kind} that holds the here-document"
    targets[descriptor] = target
    return sentences.connected(UNBORN, descriptor, target)


_CONSTRUCTS: dict[type, str] = {
    Loop: "the loop",
    For: "the loop",
    If: "the if",
    Case: "the case",
    Group: "the group",
    FunctionDefinition: "the function definition",
}


def _what_needs_a_copy(text: str | Node, functions: Collection[str]) -> str:
    """Say which command a copy of the shell runs; empty for ( ), which asks for one."""
    if isinstance(text, SimpleCommand) and text.words:
        name = to_text(text.words[0])
        return f"the function {name}" if name in functions else name
    return _CONSTRUCTS.get(type(text), "")


class ChildTeller:
    """The child's side: tells its story, and observes its calls where they are shown or recorded.

    What comes while its signals are blocked is kept until `^C` could end a write that blocks.
    Each text of the story is empty if there is nothing to tell.
    """

    def __init__(
        self, recorder: Recorder | None, narrator: Narrator, recording: ChildPage | None
    ) -> None:
        """Prepare to tell; the recorder and the narrator are the shell's."""
        self._recorder = recorder
        self._narrator = narrator
        self._recording = recording
        self._held: list[str] = []
        self.is_narrated = bool(narrator.level)
        self._shows_calls = narrator.level >= CALLS
        self._name = narrator.next_name()
        self.by_shell = ""
        """What the shell tells while the child waits at its gate."""
        self.birth = ""
        """That it was forked and is waited for, where the child tells that itself."""
        self.place = ""
        self.pipes = ""
        self.steps: tuple[str, ...] = ()
        """One for each redirection, to be told when it is done."""
        self.end = ""
        """That it calls execve now, or continues as a copy of the shell."""
        self.targets = dict(narrator.targets)
        """Where the descriptors of such a copy go."""
        self.stages_left = 0
        """How many stages of the pipeline follow this one."""

    def text(self, lines: Sequence[Told]) -> str:
        """Return lines about the child as they are written, in its colour."""
        return self._narrator.text(lines, self._name)

    def begin(self) -> None:
        """Observe, in the child, what is shown of its calls."""
        if self._shows_calls:
            call_observer.set_observer(self)

    # ------------------------------------------------------------------- as an observer

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Hear of a call that begins."""
        if self._recording is not None:
            self._recording.entering(name, args)
        self._hold(
            self._narrator.call_lines(os.getpid(), call_of(name, args, None, 0, begins=True))
        )
        if name in ("execve", "_exit"):
            # It may be the last chance.
            self.flush()

    def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Hear of a finished call."""
        if self._recording is not None:
            self._recording.returned(name, args, result, errno)
        self._hold(self._narrator.call_lines(os.getpid(), call_of(name, args, result, errno)))

    # ---------------------------------------------------------------------- the story

    def _hold(self, lines: Iterator[Told]) -> None:
        if text := self.text(list(lines)):
            self._held.append(text)

    def tell(self, text: str) -> None:
        """Tell this of its story, at the end or before a redirection that may take long."""
        self._held.append(text)

    def tell_step(self, number: int) -> None:
        """Tell of a redirection that was made, counted from 0."""
        self._held += self.steps[number : number + 1]

    def tell_end(self) -> None:
        """Tell that it calls execve now, or continues as a copy of the shell; write all of it."""
        if not self.is_narrated:
            return
        if self._narrator.level >= KERNEL:
            from simpsh.trace.recording.shell_recorder import snapshot_of

            with call_observer.observing(None):
                snapshot = snapshot_of(os.getpid())
            if snapshot is not None:
                self._hold(sentences.snapshot_lines(os.getpid(), snapshot))
                if self._recording is not None:
                    fields = tuple(getattr(snapshot, name) for name in type(snapshot)._fields)
                    self._recording.entering("snapshot", fields)
        self._held.append(self.end)
        self.flush()

    def flush(self) -> None:
        """Write what was kept."""
        if text := "".join(self._held):
            self._narrator.write(text.replace(UNBORN, str(os.getpid())))
        self._held.clear()

    def tell_failure(self) -> None:
        """Write what is left before the reason is written why there was no exec."""
        if self._shows_calls:
            self._hold(self._narrator.miss_lines(os.getpid()))
        self.flush()

    def become_copy(self) -> None:
        """Let the shell's own observer watch: this process continues as a copy of it."""
        if self._recording is not None:
            self._recording.entering("subshell", ())
        if self._recorder is not None:
            self._recorder.continue_in_copy()
        self._narrator.continue_in_copy(self.targets, self._name, self.stages_left)
        call_observer.set_observer(self._recorder or self._narrator)
