"""The jobs of a dry run: who is forked, which pipe ends go where, who waits for whom."""

from __future__ import annotations

import os

from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.program_execution import candidates, find_program
from simpsh.shell.jobs.job_context import own_path
from simpsh.shell.language.syntax_tree import (
    Case,
    For,
    FunctionDefinition,
    Group,
    If,
    List,
    Loop,
    SimpleCommand,
    Subshell,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.plan.call_outline import CallStep, Outline, ProcessPart
from simpsh.shell.plan.descriptor_forecast import CapturePipe, RedirectionForecast, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.shell.interpret.dry_run_walk import Walk
    from simpsh.shell.plan.call_outline import Bounds
    from simpsh.shell.plan.descriptor_forecast import DescriptorTable
    from simpsh.shell.plan.job_plan import ProcessPlan

_MOST_WORDS = 8


class DryRunJobs:
    """Tells of the jobs that one shell process would start."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def told(
        self,
        plans: Sequence[ProcessPlan],
        *,
        is_background: bool = False,
        capture: CapturePipe | None = None,
    ) -> list[ProcessPart]:
        """Tell of a pipeline: the shell's part, then each process's.

        Args:
            plans: its processes, from left to right.
            is_background: whether the shell does not wait.
            capture: the pipe that `$( )` reads the last one's output from.
        """
        crew = _DryRunCrew(self, self._walk, plans, is_background=is_background, capture=capture)
        steps = list(crew.starting())
        if capture is not None:
            steps += capture.before_waiting(self._walk.table)
        steps += crew.waiting()
        if capture is not None:
            steps += capture.after_waiting(self._walk.table)
        return [ProcessPart(self._walk.who, tuple(steps)), *crew.parts]

    def captured(self, tree: List) -> list[ProcessPart]:
        """Tell of a command substitution."""
        walk = self._walk
        capture = CapturePipe(next(walk.surroundings.pipe_names))
        making = capture.make(walk.table)
        plans = walk.stages.of_list(tree)
        walk.state.taken_substitutions()
        shell, *others = self.told(plans, capture=capture)
        return [ProcessPart(shell.who, (making, *shell.steps)), *others]

    def executing(self, plan: ProcessPlan, table: DescriptorTable) -> CallStep:
        """Tell of the execve of a program, or why it fails."""
        walk = self._walk
        shown = walk.state.unknowns.shown
        own = own_path(plan)
        path = walk.state.variables.get("PATH", "") if own is None else own
        words = [quoted(shown(word)) for word in plan.argv]
        if len(words) > _MOST_WORDS:
            words = [*words[:_MOST_WORDS], f"… {len(words) - _MOST_WORDS} more"]
        listed = ", ".join(words)
        name = plan.argv[0]
        if walk.state.unknowns.is_in(path):
            return CallStep(
                f"execve({quoted(name)}, [{listed}])", "looked for along PATH", "execve", (0, 1)
            )
        file = find_program(name, path)
        if file is None:
            return self._failing(name, path, listed)
        if walk.state.has_moved and not file.startswith("/"):
            meaning = "if it is there, from where the shell will be"
            return CallStep(f"execve({quoted(file)}, [{listed}])", meaning, "execve", (0, 1))
        meaning = _added(plan.assignments) or _closed(table) or "the program takes over"
        return CallStep(f"execve({quoted(file)}, [{listed}])", meaning, "execve")

    def _failing(self, name: str, path: str, listed: str) -> CallStep:
        times: Bounds = (0, 1) if self._walk.has_run or self._walk.state.has_moved else (0, 0)
        is_there = any(os.path.lexists(file) for file in candidates(name, path))
        why = "EACCES or the like, status 126" if is_there else "ENOENT: not found, status 127"
        unless = ", unless it is there by then" if times[1] else ""
        return CallStep(f"execve({quoted(name)}, [{listed}]) fails", why + unless, "execve", times)


def _added(assigned: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(name for name, _ in assigned)
    return f"{names} in its environment" if names else ""


def _closed(table: DescriptorTable) -> str:
    own = [str(number) for number in table.own() if number < OWN_LOWEST]
    return f"closes {', '.join(own)} (O_CLOEXEC)" if own else ""


class _DryRunCrew:
    """The processes of one job, while they would be started."""

    def __init__(
        self,
        jobs: DryRunJobs,
        walk: Walk,
        plans: Sequence[ProcessPlan],
        *,
        is_background: bool,
        capture: CapturePipe | None,
    ) -> None:
        self._jobs = jobs
        self._walk = walk
        self._plans = plans
        self._names = names_of(plans, walk)
        self._is_background = is_background
        self._capture = capture
        self._is_grouped = walk.state.options.monitor and capture is None
        self.parts: list[ProcessPart] = []

    @property
    def _takes_terminal(self) -> bool:
        has_terminal = self._walk.surroundings.has_terminal
        return self._is_grouped and has_terminal and not self._is_background

    def starting(self) -> Iterator[CallStep]:
        """Tell what the shell does until all are started; the children's parts are kept."""
        table = self._walk.table
        previous: tuple[int, str] | None = None
        for index, plan in enumerate(self._plans):
            pipe: tuple[int, int, str] | None = None
            if index + 1 < len(self._plans):
                name = next(self._walk.surroundings.pipe_names)
                pipe = table.take(name), table.take(name), name
                meaning = f"{name}: written at {pipe[1]}, read at {pipe[0]}"
                yield CallStep(f"pipe2() = [{pipe[0]}, {pipe[1]}]", meaning, "pipe2")
            yield from self._fork(index)
            stdout = self._stdout(pipe)
            self.parts += self._child(plan, self._names[index], previous, stdout)
            if previous is not None:
                table.close(previous[0])
                yield CallStep(f"close({previous[0]})", f"{self._names[index]} has it", "close")
            if pipe is not None:
                table.close(pipe[1])
                reader = self._names[index + 1]
                meaning = f"{reader} must see end of file"
                yield CallStep(f"close({pipe[1]})", meaning, "close")
                previous = pipe[0], pipe[2]
        if self._takes_terminal:
            meaning = "keys, ^C and ^Z go to the job"
            yield CallStep(f"tcsetpgrp(terminal, {self._names[0]})", meaning)

    def _stdout(self, pipe: tuple[int, int, str] | None) -> tuple[int, str] | None:
        if pipe is not None:
            return pipe[1], pipe[2]
        return None if self._capture is None else (self._capture.write_end, self._capture.name)

    def _fork(self, index: int) -> Iterator[CallStep]:
        name = self._names[index]
        is_shell = self._plans[index].body is not None
        born = "a copy that continues as a shell" if is_shell else "a copy of the shell"
        yield CallStep(f"fork() → {name}", born, "fork")
        if self._is_grouped:
            meaning = "joins the process group" if index else "leads a process group"
            leader = self._names[0]
            yield CallStep(f"setpgid({name}, {leader})", meaning)

    def _child(
        self,
        plan: ProcessPlan,
        name: str,
        stdin: tuple[int, str] | None,
        stdout: tuple[int, str] | None,
    ) -> list[ProcessPart]:
        walk = self._walk
        table = walk.table.copy()
        steps: list[CallStep | Outline] = []
        if stdin is not None:
            table.point(0, stdin[1])
            steps.append(CallStep(f"dup2({stdin[0]}, 0)", f"standard input ← {stdin[1]}", "dup2"))
        if stdout is not None:
            table.point(1, stdout[1])
            steps.append(
                CallStep(f"dup2({stdout[0]}, 1)", f"standard output → {stdout[1]}", "dup2")
            )
        steps += RedirectionForecast(table, walk.state.unknowns.shown).apply(plan.actions)
        if plan.body is None:
            steps.append(self._jobs.executing(plan, table))
            return [ProcessPart(name, tuple(steps))]
        lost = "what it sets is lost with it" if self._sets(plan) else ""
        steps.append(CallStep("continues as a copy of the shell", lost))
        for number in table.own(walk.surroundings.kept):
            table.close(number)
            if number < OWN_LOWEST:
                steps.append(CallStep(f"close({number})", "as an execve would do", "close"))
        inner = walk.copy(table, name).body(plan)
        if not inner:
            return [ProcessPart(name, tuple(steps))]
        return [ProcessPart(name, (*steps, *inner[0].steps)), *inner[1:]]

    def _sets(self, plan: ProcessPlan) -> bool:
        """Return whether people expect that what this copy sets stays set."""
        match plan.text:
            case If() | Loop() | For() | Case() | FunctionDefinition():
                return True
            case SimpleCommand(_, words) if words:
                return to_text(words[0]) in self._walk.state.functions
            case _:
                return False

    def waiting(self) -> Iterator[CallStep]:
        """Tell how the shell waits, or that it does not."""
        count = len(self._plans)
        if self._is_background:
            meaning = "SIGCHLD will tell of the end"
            yield CallStep("no wait", meaning, "wait4", (0, count))
            return
        last = self._names[-1]
        if count == 1:
            yield CallStep(f"wait4() ← {last}", "sleeps till it ends; sets $?", "wait4")
        else:
            meaning = f"till all end; $? is {last}'s"
            yield CallStep(f"wait4() × {count}", meaning, "wait4", (count, count))
        if self._takes_terminal:
            yield CallStep("tcsetpgrp(terminal, shell)", "the keyboard comes back")


def names_of(plans: Sequence[ProcessPlan], walk: Walk) -> list[str]:
    """Return what each process is called in an outline; two of one name are numbered."""
    names: list[str] = []
    for plan in plans:
        name = _name(plan, walk)
        count = sum(1 for other in names if other.split("·")[0] == name)
        names.append(f"{name}·{count + 1}" if count else name)
    return names


def _name(plan: ProcessPlan, walk: Walk) -> str:
    if plan.argv:
        return walk.state.unknowns.shown(plan.argv[0]).rpartition("/")[2]
    match plan.text:
        case SimpleCommand(_, words) if words:
            return to_text(words[0]).rpartition("/")[2]
        case Loop(is_until=True):
            return "until"
        case _:
            return _KINDS.get(type(plan.text), "copy")


_KINDS: dict[type[object], str] = {
    Subshell: "( )",
    Group: "{ }",
    List: "$( )",
    If: "if",
    Loop: "while",
    For: "for",
    Case: "case",
}
