"""Foreseeing a job: who is forked, which pipe ends go where, who waits for whom."""

from __future__ import annotations

import os

from simpsh.jobs.search import candidates, find_program
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.language.tree import AndOr, Group, List, SimpleCommand, Subshell
from simpsh.plan.opening import Redirecting, quoted
from simpsh.plan.outline import Part, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.interpret.foreseeing import Walk
    from simpsh.plan.outline import Bounds, Outline
    from simpsh.plan.tables import Table
    from simpsh.plan.values import ProcessPlan

_MOST_WORDS = 8


class Letters:
    """Names pipes by letters: A, B."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> str:
        """Return the next pipe's name."""
        self._count += 1
        number, letters = self._count, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("A") + rest) + letters
        return f"pipe {letters}"


class Jobs:
    """Tells of the jobs that one shell process would start."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def told(
        self,
        plans: Sequence[ProcessPlan],
        *,
        runs_behind: bool = False,
        capture: Capture | None = None,
    ) -> list[Part]:
        """Tell of a pipeline: the shell's part, then each process's.

        Args:
            plans: its processes, from left to right.
            runs_behind: whether the shell does not wait.
            capture: the pipe that `$( )` reads the last one's output from.
        """
        crew = _Crew(self._walk, plans, runs_behind=runs_behind, capture=capture)
        steps = list(crew.starting())
        if capture is not None:
            steps += capture.before_waiting(self._walk.table)
        steps += crew.waiting()
        if capture is not None:
            steps += capture.after_waiting(self._walk.table)
        return [Part(self._walk.who, tuple(steps)), *crew.parts]

    def captured(self, tree: List) -> list[Part]:
        """Tell of a command substitution."""
        walk = self._walk
        capture = Capture(walk.letters.next())
        making = capture.make(walk.table)
        plans = walk.state.interpreter.stages.of_substitution(tree)
        walk.state.taken_substitutions()
        shell, *others = self.told(plans, capture=capture)
        return [Part(shell.who, (making, *shell.steps)), *others]

    def executing(
        self, argv: Sequence[str], assigned: Sequence[tuple[str, str]], table: Table
    ) -> Step:
        """Tell of the execve of a program, or why it fails."""
        walk = self._walk
        shown = walk.state.unknowns.shown
        environment = walk.state.environment(assigned)
        path = (environment.get("PATH") if assigned else None) or walk.state.variables.get(
            "PATH", "/usr/bin:/bin"
        )
        words = [quoted(shown(word)) for word in argv]
        if len(words) > _MOST_WORDS:
            words = [*words[:_MOST_WORDS], f"… {len(words) - _MOST_WORDS} more"]
        listed = ", ".join(words)
        name = argv[0]
        if walk.state.unknowns.is_in(path):
            return Step(
                f"execve({quoted(name)}, [{listed}])", "looked for along PATH", "execve", (0, 1)
            )
        file = find_program(name, path)
        if file is None:
            return self._failing(name, path, listed)
        if walk.state.has_moved and not file.startswith("/"):
            meaning = "if it is there, from where the shell will be"
            return Step(f"execve({quoted(file)}, [{listed}])", meaning, "execve", (0, 1))
        meaning = _added(assigned) or _closed(table) or "the program takes over"
        return Step(f"execve({quoted(file)}, [{listed}])", meaning, "execve")

    def _failing(self, name: str, path: str, listed: str) -> Step:
        times: Bounds = (0, 1) if self._walk.has_run or self._walk.state.has_moved else (0, 0)
        is_there = any(os.path.lexists(file) for file in candidates(name, path))
        why = "EACCES or the like, status 126" if is_there else "ENOENT: not found, status 127"
        unless = ", unless it is there by then" if times[1] else ""
        return Step(f"execve({quoted(name)}, [{listed}]) fails", why + unless, "execve", times)


def _added(assigned: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(name for name, _ in assigned)
    return f"{names} in its environment" if names else ""


def _closed(table: Table) -> str:
    own = [str(number) for number in table.own() if number < OWN_LOWEST]
    return f"closes {', '.join(own)} (O_CLOEXEC)" if own else ""


class Capture:
    """The pipe of a command substitution, at the shell's side."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.write_end = -1
        self._read_end = -1

    def make(self, table: Table) -> Step:
        """Tell of its making; its read end is moved out of the way of redirections."""
        first = table.take(self.name)
        self.write_end = table.take(self.name)
        self._read_end = table.take(self.name, OWN_LOWEST)
        table.close(first)
        text = f"pipe2() = [{first}, {self.write_end}]"
        return Step(text, f"{self.name}; {first} moves to {self._read_end}", "pipe2")

    def before_waiting(self, table: Table) -> Iterator[Step]:
        """Tell of the reading, once all are started."""
        table.close(self.write_end)
        yield Step(f"close({self.write_end})", "else there is no end of file", "close")
        yield Step(f"read({self._read_end}) until end of file", "the text that becomes words")

    def after_waiting(self, table: Table) -> Iterator[Step]:
        """Tell of its end."""
        table.close(self._read_end)
        yield Step(f"close({self._read_end})", "", "close")


class _Crew:
    """The processes of one job, while they would be started."""

    def __init__(
        self,
        walk: Walk,
        plans: Sequence[ProcessPlan],
        *,
        runs_behind: bool,
        capture: Capture | None,
    ) -> None:
        self._walk = walk
        self._plans = plans
        self._names = names_of(plans, walk)
        self._runs_behind = runs_behind
        self._capture = capture
        self._is_grouped = walk.state.options.monitor and capture is None
        self.parts: list[Part] = []

    @property
    def _takes_terminal(self) -> bool:
        launcher = self._walk.state.launcher
        has_terminal = launcher.terminal is not None
        return self._is_grouped and has_terminal and not self._runs_behind

    def starting(self) -> Iterator[Step]:
        """Tell what the shell does until all are started; the children's parts are kept."""
        table = self._walk.table
        previous: tuple[int, str] | None = None
        for index, plan in enumerate(self._plans):
            pipe: tuple[int, int, str] | None = None
            if index + 1 < len(self._plans):
                name = self._walk.letters.next()
                pipe = table.take(name), table.take(name), name
                meaning = f"{name}: written at {pipe[1]}, read at {pipe[0]}"
                yield Step(f"pipe2() = [{pipe[0]}, {pipe[1]}]", meaning, "pipe2")
            yield from self._fork(index)
            stdout = self._stdout(pipe)
            self.parts += self._child(plan, self._names[index], previous, stdout)
            if previous is not None:
                table.close(previous[0])
                yield Step(f"close({previous[0]})", f"{self._names[index]} has it", "close")
            if pipe is not None:
                table.close(pipe[1])
                reader = self._names[index + 1]
                meaning = f"{reader} must see end of file"
                yield Step(f"close({pipe[1]})", meaning, "close")
                previous = pipe[0], pipe[2]
        if self._takes_terminal:
            meaning = "keys, ^C and ^Z go to the job"
            yield Step(f"tcsetpgrp(terminal, {self._names[0]})", meaning)

    def _stdout(self, pipe: tuple[int, int, str] | None) -> tuple[int, str] | None:
        if pipe is not None:
            return pipe[1], pipe[2]
        return None if self._capture is None else (self._capture.write_end, self._capture.name)

    def _fork(self, index: int) -> Iterator[Step]:
        name = self._names[index]
        yield Step(f"fork() → {name}", _born(self._plans[index]), "fork")
        if self._is_grouped:
            meaning = "joins the process group" if index else "leads a process group"
            leader = self._names[0]
            yield Step(f"setpgid({name}, {leader})", meaning)

    def _child(
        self,
        plan: ProcessPlan,
        name: str,
        stdin: tuple[int, str] | None,
        stdout: tuple[int, str] | None,
    ) -> list[Part]:
        walk = self._walk
        table = walk.table.copy()
        steps: list[Step | Outline] = []
        if stdin is not None:
            table.point(0, stdin[1])
            steps.append(Step(f"dup2({stdin[0]}, 0)", f"standard input ← {stdin[1]}", "dup2"))
        if stdout is not None:
            table.point(1, stdout[1])
            steps.append(Step(f"dup2({stdout[0]}, 1)", f"standard output → {stdout[1]}", "dup2"))
        steps += Redirecting(table, walk.state.unknowns.shown).apply(plan.actions)
        if plan.body is None:
            steps.append(walk.jobs.executing(plan.argv, plan.assignments, table))
            return [Part(name, tuple(steps))]
        steps.append(Step("goes on as a copy of the shell"))
        for number in table.own(walk.state.launcher.context.kept):
            table.close(number)
            if number < OWN_LOWEST:
                steps.append(Step(f"close({number})", "as an execve would do", "close"))
        inner = walk.copy(table, name).body(plan)
        if not inner:
            return [Part(name, tuple(steps))]
        return [Part(name, (*steps, *inner[0].steps)), *inner[1:]]

    def waiting(self) -> Iterator[Step]:
        """Tell how the shell waits, or that it does not."""
        count = len(self._plans)
        if self._runs_behind:
            meaning = "SIGCHLD will tell of the end"
            yield Step("no wait", meaning, "wait4", (0, count))
            return
        last = self._names[-1]
        if count == 1:
            yield Step(f"wait4() ← {last}", "sleeps till it ends; sets $?", "wait4")
        else:
            meaning = f"till all end; $? is {last}'s"
            yield Step(f"wait4() × {count}", meaning, "wait4", (count, count))
        if self._takes_terminal:
            yield Step("tcsetpgrp(terminal, shell)", "the keyboard comes back")


def _born(plan: ProcessPlan) -> str:
    if plan.body is None:
        return "a copy of the shell"
    return "a copy that goes on as a shell"


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
            from simpsh.language.printing import to_text

            return to_text(words[0]).rpartition("/")[2]
        case Subshell():
            return "( )"
        case Group():
            return "{ }"
        case List():
            return "$( )"
        case AndOr():
            return "copy"
        case _:
            return "copy"
