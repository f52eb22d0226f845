"""Foreseeing a builtin: what it changes in the shell, for what comes after it in the line."""

from __future__ import annotations

from simpsh.builtins import registry
from simpsh.builtins.usage import options
from simpsh.errors import SimpshError
from simpsh.plan.outline import ANY, Part, Step
from simpsh.plan.values import ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simpsh.interpret.foreseeing import Walk
    from simpsh.language.tree import Assignment
    from simpsh.plan.outline import Outline
    from simpsh.plan.values import Action

    Steps = list[Step | Outline]

SURELY = "surely"
_WAITING = ("wait", "jobs", "fg", "bg")
_STARTS_SIMPSH = ("trace",)


class Builtins:
    """Tells of the builtins that one shell process would run."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._effects: dict[str, Callable[[Sequence[str]], Iterator[Step]]] = {
            "cd": self._cd,
            "read": self._read,
            "export": self._export,
            "unset": self._unset,
            "set": self._set,
            "shift": self._shift,
            "trap": self._trap,
            "exit": self._exit,
            "quit": self._exit,
            ".": self._dot,
            "source": self._dot,
            **dict.fromkeys(_WAITING, self._wait),
            **dict.fromkeys(_STARTS_SIMPSH, self._start_simpsh),
        }

    def of(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        before: Sequence[Outline],
    ) -> list[Part]:
        """Tell of a builtin with its assignments and redirections."""
        walk = self._walk
        steps: Steps = [*before]
        kept = dict(walk.state.variables)
        steps += walk.assign(assignments)
        if words[0] == "exec":
            return self._exec(words[1:], assignments, actions, steps)
        redirecting = walk.redirecting()
        steps += redirecting.apply_for_a_while(actions)
        parts = self._run(words)
        steps += parts[0].steps
        back = tuple(redirecting.undo())
        if words[0] not in registry.SPECIAL and assignments:
            walk.state.variables = kept
        if len(parts) == 1:
            return [Part(walk.who, (*steps, *back))]
        after = [Part(walk.who, back)] if back else []
        return [Part(walk.who, tuple(steps)), *parts[1:], *after]

    def _run(self, words: Sequence[str]) -> list[Part]:
        if words[0] == "command":
            inner = self._meant_by_command(words[1:])
            if inner is not None:
                return inner
        who = self._walk.who
        where = "in the shell" if who == "shell" else "in this copy"
        shown = self._walk.state.unknowns.shown
        steps = [Step(shown(" ".join(words)), f"builtin: {where}, no fork")]
        effect = self._effects.get(words[0])
        if effect is not None:
            steps += effect(words[1:])
        return [Part(who, tuple(steps))]

    def _meant_by_command(self, operands: Sequence[str]) -> list[Part] | None:
        """Tell what `command NAME …` runs; None if it only looks for a name."""
        walk = self._walk
        try:
            letters, words = options(operands, "pvV")
        except SimpshError:
            return None
        if not words or letters.endswith(("v", "V")):
            return None
        if registry.is_builtin(words[0]) and words[0] != "exec":
            return self._run(words)
        if words[0] == "exec":
            return self._exec(words[1:], (), (), [])
        return walk.jobs.told([ProcessPlan(tuple(words), text=" ".join(words))])

    # ---------------------------------------------------------------- exec, and leaving

    def _exec(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        steps: Steps,
    ) -> list[Part]:
        walk = self._walk
        steps += walk.redirecting().apply(actions)
        words = words[1:] if words[:1] == ["--"] else words
        if not words:
            steps.append(Step("exec", "nothing of it is undone"))
            return [Part(walk.who, tuple(steps))]
        own = [(one.name, walk.state.variables[one.name]) for one in assignments]
        steps.append(walk.jobs.executing(tuple(words), own, walk.table))
        steps.append(Step("no fork, no return", "the shell is replaced"))
        walk.leaves = SURELY
        return [Part(walk.who, tuple(steps))]

    def _exit(self, _operands: Sequence[str]) -> Iterator[Step]:
        self._walk.leaves = SURELY
        yield from ()

    # -------------------------------------------------------- what the shell knows after

    def _cd(self, _operands: Sequence[str]) -> Iterator[Step]:
        state = self._walk.state
        state.has_moved = True
        state.forget("PWD")
        state.forget("OLDPWD")
        yield from ()

    def _read(self, operands: Sequence[str]) -> Iterator[Step]:
        for name in operands:
            if not name.startswith("-"):
                self._walk.state.forget(name)
        yield from ()

    def _export(self, operands: Sequence[str]) -> Iterator[Step]:
        state = self._walk.state
        for operand in operands:
            name, equals, value = operand.partition("=")
            if equals:
                state.assign(name, value)
            if not name.startswith("-"):
                state.exported.add(name)
        yield from ()

    def _unset(self, operands: Sequence[str]) -> Iterator[Step]:
        for name in operands:
            self._walk.state.unset(name)
        yield from ()

    def _set(self, operands: Sequence[str]) -> Iterator[Step]:
        # The builtin itself, on the supposed state. Without operands, and with an -o that lacks
        # its name, it would write something.
        if operands and not (operands[-1][:1] in ("-", "+") and "o" in operands[-1]):
            builtin = registry.find("set")
            if builtin is not None:
                builtin.run(self._walk.state, operands)
        yield from ()

    def _shift(self, operands: Sequence[str]) -> Iterator[Step]:
        state = self._walk.state
        count = operands[0] if operands else "1"
        if count.isascii() and count.isdigit():
            state.positional = state.positional[int(count) :]
        yield from ()

    # ------------------------------------------------------------ what nobody can foretell

    def _trap(self, operands: Sequence[str]) -> Iterator[Step]:
        if len(operands) > 1 and operands[0] == "":
            self._walk.state.has_ignored = True
        elif len(operands) > 1 and operands[0] != "-":
            yield Step("its action", "runs whenever the signal comes", ANY)

    def _dot(self, _operands: Sequence[str]) -> Iterator[Step]:
        state = self._walk.state
        yield Step("runs what is in the file", "it is read when the line runs", ANY)
        state.is_forgotten = state.has_moved = True
        self._walk.leaves = self._walk.leaves or "perhaps"

    def _wait(self, _operands: Sequence[str]) -> Iterator[Step]:
        living = len(self._walk.state.jobs.living())
        yield Step("wait4() for what runs behind", "", "wait4", (0, living))

    def _start_simpsh(self, _operands: Sequence[str]) -> Iterator[Step]:
        yield Step("fork() → simpsh", "a tracer that runs the command", "fork")
        yield Step("execve(simpsh)", "its own calls are not told here", "execve")
        yield Step("wait4() ← simpsh", "", "wait4")
