"""What is narrated of a job's start, by the shell and by its children, without any waiting.

The lines about a child are made before its birth, with a mark for its pid. One alone tells all of
it in one write right before execve, so that its lines come before whatever the program prints.
Where a gate holds the children back anyway, or a call of each is to be shown (`-vv`), the shell
tells the births before it opens the gate.
"""

from __future__ import annotations

import os
import time

from simpsh.base.record import Record
from simpsh.console import encoded
from simpsh.kernel import call_observer
from simpsh.kernel.wait_calls import WCONTINUED, WUNTRACED
from simpsh.shell.jobs.narrator import CALLS, KERNEL
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
    from collections.abc import Collection, Iterator

    from simpsh.shell.jobs.child_watch import Reporter
    from simpsh.shell.jobs.narrator import Narrator
    from simpsh.shell.language.tree_printing import Node
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan
    from simpsh.trace.recording.shell_recorder import Recorder
    from simpsh.view.textbook_sentences import Told


_UNBORN = encoded(UNBORN)


class ChildStory(Record):
    """What is told of a child until its exec; each text is empty if there is nothing to tell."""

    by_shell: str
    """What the shell tells while the child waits at its gate."""
    birth: str
    """That it was forked and is waited for, where the child tells that itself."""
    slot: int
    """Where it notes that it has; see Narrator.leave_birth()."""
    whole: bytes
    """All of it, where nothing has to be told before the end; else empty."""
    group: str
    pipes: str
    steps: tuple[str, ...]
    """One for each redirection, to be told when it is done."""
    end: str
    """That it calls execve now, or continues as a copy of the shell."""
    targets: dict[int, str]
    """Where the descriptors of such a copy go."""


class JobStory:
    """The narration of one job's start, on the shell's side."""

    def __init__(
        self,
        narrator: Narrator,
        recorder: Recorder | None,
        plan: JobPlan,
        functions: Collection[str],
    ) -> None:
        """Prepare to narrate.

        Args:
            narrator: the shell's.
            recorder: the shell's, if it records.
            plan: the job to be started.
            functions: the names of the shell's functions.
        """
        self._functions = functions
        self._narrator = narrator
        self._recorder = recorder
        self._is_awaited = not plan.is_background and plan.output is None
        self._has_calls = narrator.level >= CALLS
        self.needs_gate = bool(narrator.level) and (
            len(plan.processes) > 1 or plan.is_background or self._has_calls
        )
        """Whether the shell must have told the births before the children go on."""
        self._is_single = len(plan.processes) == 1
        self._told: list[tuple[int, str]] = []

    def teller(
        self,
        process: ProcessPlan,
        group: int | None,
        stdin: int | None,
        stdout: int | None,
        reporter: Reporter | None,
    ) -> ChildTeller:
        """Return what tells, in the child that is forked next, what it does.

        Args:
            process: what it is to be.
            group: the group that it joins, 0 for its own, None for the shell's.
            stdin: the shell's descriptor that it is to read, or None.
            stdout: the shell's descriptor that it is to write to, or None.
            reporter: what its calls are reported through; None where they are not recorded.
        """
        story = self._of(process, group, stdin, stdout) if self._narrator.level else None
        return ChildTeller(self._recorder, self._narrator, story, reporter)

    def _of(
        self, process: ProcessPlan, group: int | None, stdin: int | None, stdout: int | None
    ) -> ChildStory:
        text = self._narrator.text
        slot, birth, by_shell = -1, "", ""
        if not self.needs_gate:
            slot = self._narrator.leave_birth(is_awaited=self._is_awaited)
            birth = text(self._birth())
        place = text(self._group(process, group))
        targets = dict(self._narrator.targets)
        pipes = text(self._pipes(stdin, stdout, targets))
        steps = tuple(text([_step(action, targets)]) for action in process.actions)
        end = text([_end(process, self._functions)])
        if self.needs_gate and not self._has_calls:
            by_shell, place, pipes = place + pipes, "", ""
            if not steps:
                by_shell, end = by_shell + end, ""
        whole = b""
        if birth and not steps:
            whole = encoded(birth + place + pipes + end)
        return ChildStory(by_shell, birth, slot, whole, place, pipes, steps, end, targets)

    def _birth(self) -> list[Told]:
        own = os.getpid()
        lines = [sentences.forked(own, UNBORN)]
        if self._is_awaited:
            lines.append(sentences.waiting(own))
        return lines

    def _group(self, process: ProcessPlan, group: int | None) -> list[Told]:
        # That one program alone leads a group is no news.
        if group is None or (self._is_single and process.body is None):
            return []
        return [sentences.joins(UNBORN, group) if group else sentences.leads(UNBORN)]

    def _pipes(self, stdin: int | None, stdout: int | None, targets: dict[int, str]) -> list[Told]:
        lines = []
        for descriptor, source in ((0, stdin), (1, stdout)):
            if source is not None:
                targets[descriptor] = target = self._narrator.target(source)
                lines.append(sentences.connected(UNBORN, descriptor, target))
        return lines

    def born(self, pid: int, teller: ChildTeller) -> None:
        """Take note of a child's pid."""
        story = teller.story
        if story is None:
            return
        if story.birth:
            self._narrator.expect_birth(pid, story.slot, story.birth)
        self._told.append((pid, story.by_shell))

    def tell(self) -> None:
        """Tell what is the shell's to tell, before the gate is opened."""
        if not self.needs_gate:
            return
        if self._is_awaited:
            (self._recorder or self._narrator).entering("wait4", (-1, WUNTRACED | WCONTINUED))
        told = "".join(text.replace(UNBORN, str(pid)) for pid, text in self._told)
        if told:
            self._narrator.write(told)

    def give_up(self) -> None:
        """Take note that not all children could be made."""
        self._narrator.take_birth_back()


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


def _end(process: ProcessPlan, functions: Collection[str]) -> Told:
    if process.body is None:
        return sentences.executing(UNBORN, process.argv)
    return sentences.copied(UNBORN, _what_needs_a_copy(process.text, functions))


def _what_needs_a_copy(text: str | Node, functions: Collection[str]) -> str:
    """Say which command a copy of the shell runs; empty for ( ), which asks for one."""
    if isinstance(text, Loop | For):
        return "the loop"
    if isinstance(text, If):
        return "the if"
    if isinstance(text, Case):
        return "the case"
    if isinstance(text, Group):
        return "the group"
    if isinstance(text, FunctionDefinition):
        return "the function definition"
    if isinstance(text, SimpleCommand) and text.words:
        name = to_text(text.words[0])
        return f"the function {name}" if name in functions else name
    return ""


class ChildTeller:
    """The child's side: tells its story, and observes its calls where they are shown or recorded.

    What comes while its signals are blocked is kept until `^C` could end a write that blocks.
    """

    def __init__(
        self,
        recorder: Recorder | None,
        narrator: Narrator,
        story: ChildStory | None,
        reporter: Reporter | None,
    ) -> None:
        """Prepare to tell.

        Args:
            recorder: the shell's, if it records; a copy of the shell continues with it.
            narrator: the shell's.
            story: what to tell; None if nothing is narrated.
            reporter: what the calls are reported through; None if nothing but the story is wanted.
        """
        self._recorder = recorder
        self._narrator = narrator
        self.story = story
        self._reporter = reporter
        self._held: list[str] = []
        self._shows_calls = story is not None and narrator.level >= CALLS

    def begin(self) -> None:
        """Observe, in the child, what is shown or recorded of its calls."""
        if self._reporter is not None or self._shows_calls:
            call_observer.set_observer(self)

    # ------------------------------------------------------------------- as an observer

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Hear of a call that begins."""
        self._observe(name, args, None)
        if name in ("execve", "_exit"):
            # It may be the last chance.
            self.flush()

    def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Hear of a finished call."""
        self._observe(name, args, (result, errno))

    def _observe(
        self, name: str, args: tuple[object, ...], outcome: tuple[object, int] | None
    ) -> None:
        from simpsh.base.events import Call
        from simpsh.trace.recording.shell_recorder import plain_arguments, plain_value

        plain = plain_arguments(args)
        result, errno = (None, 0) if outcome is None else (plain_value(outcome[0]), outcome[1])
        if self._reporter is not None:
            self._reporter.report(
                time.monotonic_ns(), name, plain, None if outcome is None else (result, errno)
            )
        if self._shows_calls:
            call = Call(name, plain, result, errno, begins=outcome is None)
            self._hold(self._narrator.call_lines(os.getpid(), call))

    # ---------------------------------------------------------------------- the story

    def _hold(self, lines: Iterator[Told]) -> None:
        if text := self._narrator.text(list(lines)):
            self._held.append(text)

    def tell_place(self) -> None:
        """Tell that it was born, and the group that it is in."""
        story = self.story
        if story is not None and not story.whole:
            self._held += (story.birth, story.group)

    def tell_pipes(self) -> None:
        """Tell which ends of pipes it has got."""
        if self.story is not None and not self.story.whole:
            self._held.append(self.story.pipes)

    def tell_step(self, number: int) -> None:
        """Tell of a redirection that was made, counted from 0."""
        if self.story is not None:
            self._held.append(self.story.steps[number])

    def tell_end(self) -> None:
        """Tell that it calls execve now, or continues as a copy of the shell; write all of it."""
        story = self.story
        if story is None:
            return
        if story.whole and not self._narrator.is_birth_told(story.slot):
            self._narrator.write_at_once(story.whole.replace(_UNBORN, b"%d" % os.getpid()))
            self._narrator.note_birth_told(story.slot)
            return
        if self._narrator.level >= KERNEL:
            self._look_at_itself()
        self._held.append(story.end)
        self.flush()

    def _look_at_itself(self) -> None:
        from simpsh.trace.recording.shell_recorder import snapshot_of

        with call_observer.observing(None):
            snapshot = snapshot_of(os.getpid())
        if snapshot is None:
            return
        self._hold(sentences.snapshot_lines(os.getpid(), snapshot))
        if self._reporter is not None:
            self._reporter.report_snapshot(snapshot)

    def flush(self) -> None:
        """Write what was kept."""
        held, self._held = self._held, []
        story = self.story
        has_birth = story is not None and bool(story.birth) and story.birth in held
        if has_birth and story is not None and self._narrator.is_birth_told(story.slot):
            # It was stopped, and the shell has told it meanwhile.
            held.remove(story.birth)
            has_birth = False
        if text := "".join(held):
            self._narrator.write(text.replace(UNBORN, str(os.getpid())))
        if has_birth and story is not None:
            self._narrator.note_birth_told(story.slot)

    def tell_failure(self) -> None:
        """Write what is left before the reason is written why there was no exec."""
        if self._shows_calls:
            self._hold(self._narrator.miss_lines(os.getpid()))
        self.flush()

    def become_copy(self) -> None:
        """Let the shell's own observer watch: this process continues as a copy of it."""
        if self._reporter is not None:
            self._reporter.report(time.monotonic_ns(), "subshell", (), None)
        if self._recorder is not None:
            self._recorder.continue_in_copy()
        targets = self._narrator.targets if self.story is None else self.story.targets
        self._narrator.continue_in_copy(targets)
        call_observer.set_observer(self._recorder or self._narrator)
