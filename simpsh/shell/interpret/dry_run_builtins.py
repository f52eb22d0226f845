"""The builtins of a dry run: what each changes in the shell counts for what comes after it."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, SyntaxMistake
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.builtin_support import last_of, options, plain_operands, unsigned
from simpsh.shell.builtins.command_lookup import standard_path
from simpsh.shell.builtins.shell_variables import set_options
from simpsh.shell.interpret.dry_run_walk import PERHAPS, SURELY
from simpsh.shell.language.parser import parse
from simpsh.shell.plan.call_outline import ANY, CallStep, Outline, ProcessPart
from simpsh.shell.plan.job_plan import ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simpsh.shell.interpret.dry_run_jobs import DryRunJobs
    from simpsh.shell.interpret.dry_run_walk import Steps, Walk
    from simpsh.shell.language.syntax_tree import Assignment
    from simpsh.shell.plan.job_plan import Action

    Effect = Iterator[CallStep] | Iterator[CallStep | Outline]

_WAITING = ("wait", "jobs", "fg", "bg")


class DryRunBuiltins:
    """Tells of the builtins that one shell process would run."""

    def __init__(self, walk: Walk, jobs: DryRunJobs) -> None:
        self._walk = walk
        self._jobs = jobs
        self._effects: dict[str, Callable[[Sequence[str]], Effect | None]] = {
            "cd": self._cd,
            "read": self._read,
            "export": self._export,
            "readonly": self._readonly,
            "getopts": self._getopts,
            "eval": self._eval,
            "unset": self._unset,
            "set": self._set,
            "shift": self._shift,
            "trap": self._trap,
            "exit": self._exit,
            "return": self._return,
            "break": self._break,
            "continue": self._continue,
            "local": self._local,
            "quit": self._exit,
            ".": self._dot,
            "source": self._dot,
            **dict.fromkeys(_WAITING, self._wait),
            **dict.fromkeys(builtin_registry.NESTED, self._start_simpsh),
        }

    def of(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        before: Sequence[CallStep | Outline],
    ) -> list[ProcessPart]:
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
        if words[0] not in builtin_registry.SPECIAL and assignments:
            walk.state.variables = kept
        if len(parts) == 1:
            return [ProcessPart(walk.who, (*steps, *back))]
        after = [ProcessPart(walk.who, back)] if back else []
        return [ProcessPart(walk.who, tuple(steps)), *parts[1:], *after]

    def _run(self, words: Sequence[str]) -> list[ProcessPart]:
        if words[0] == "command":
            inner = self._meant_by_command(words[1:])
            if inner is not None:
                return inner
        who = self._walk.who
        where = "in the shell" if who == "shell" else "in this copy"
        shown = self._walk.state.unknowns.shown
        steps: Steps = [CallStep(shown(" ".join(words)), f"builtin: {where}, no fork")]
        effect = self._effects.get(words[0])
        if effect is not None:
            # To `set`, `--` says more than that the options end.
            operands = words[1:] if words[0] == "set" else plain_operands(words[1:])
            steps += effect(operands) or ()
        return [ProcessPart(who, tuple(steps))]

    def _meant_by_command(self, operands: Sequence[str]) -> list[ProcessPart] | None:
        """Tell what `command NAME …` runs; None if it only looks for a name."""
        try:
            letters, words = options(operands, "pvV")
        except SimpshError:
            return None
        if not words or last_of(letters, "vV"):
            return None
        if builtin_registry.is_builtin(words[0]) and words[0] != "exec":
            return self._run(words)
        if words[0] == "exec":
            return self._exec(words[1:], (), (), [])
        path = standard_path() if "p" in letters else None
        return self._jobs.told([ProcessPlan(tuple(words), text=" ".join(words), path=path)])

    # ---------------------------------------------------------------- exec, and leaving

    def _exec(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        steps: Steps,
    ) -> list[ProcessPart]:
        walk = self._walk
        steps += walk.redirecting().apply(actions)
        words = words[1:] if words[:1] == ["--"] else words
        if not words:
            steps.append(CallStep("exec", "nothing of it is undone"))
            return [ProcessPart(walk.who, tuple(steps))]
        own = tuple((one.name, walk.state.variables[one.name]) for one in assignments)
        steps.append(self._jobs.executing(ProcessPlan(tuple(words), own), walk.table))
        steps.append(CallStep("no fork, no return", "the shell is replaced"))
        walk.ends.shell = SURELY
        return [ProcessPart(walk.who, tuple(steps))]

    def _exit(self, _operands: Sequence[str]) -> None:
        self._walk.ends.shell = SURELY

    def _return(self, _operands: Sequence[str]) -> None:
        self._walk.ends.function = SURELY

    def _break(self, operands: Sequence[str]) -> None:
        self._walk.ends.round = SURELY
        self._walk.ends.loops = max(1, unsigned(operands[0]) or 1 if operands else 1)

    def _continue(self, operands: Sequence[str]) -> None:
        self._walk.ends.round = SURELY
        self._walk.ends.loops = max(0, (unsigned(operands[0]) or 1 if operands else 1) - 1)

    # -------------------------------------------------------- what the shell knows after

    def _local(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for operand in operands if state.local_values else ():
            name, equals, value = operand.partition("=")
            state.save(name, state.local_values[-1])
            if equals:
                state.assign(name, value)

    def _cd(self, _operands: Sequence[str]) -> None:
        state = self._walk.state
        state.has_moved = True
        state.forget("PWD")
        state.forget("OLDPWD")

    def _read(self, operands: Sequence[str]) -> None:
        for name in operands:
            if not name.startswith("-"):
                self._walk.state.forget(name)

    def _export(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for operand in operands:
            name, equals, value = operand.partition("=")
            if equals:
                state.assign(name, value)
            if not name.startswith("-"):
                state.exported.add(name)

    def _readonly(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for operand in operands:
            name, equals, value = operand.partition("=")
            if equals:
                state.assign(name, value)
            state.readonly.add(name)

    def _getopts(self, operands: Sequence[str]) -> None:
        for name in ("OPTIND", "OPTARG", *operands[1:2]):
            self._walk.state.forget(name)

    def _unset(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for name in operands:
            if operands[0] == "-f":
                state.functions.pop(name, None)
            else:
                state.unset(name)

    def _set(self, operands: Sequence[str]) -> None:
        # What the builtin does, on the hypothetical state. Without operands, and with an -o that
        # lacks its name, it would write something.
        if operands and not (operands[-1][:1] in ("-", "+") and "o" in operands[-1]):
            set_options(self._walk.state, list(operands))

    def _shift(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        count = operands[0] if operands else "1"
        if count.isascii() and count.isdigit():
            state.positional = state.positional[int(count) :]

    # ------------------------------------------------------------ what cannot be foreseen

    def _trap(self, operands: Sequence[str]) -> Iterator[CallStep]:
        if len(operands) > 1 and operands[0] not in ("", "-"):
            yield CallStep("its action", "runs whenever the signal comes", ANY)

    def _dot(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        yield CallStep("runs what is in the file", "it is read when the line runs", ANY)
        self._forget_all()

    def _forget_all(self) -> None:
        state = self._walk.state
        state.is_forgotten = state.has_moved = True
        self._walk.ends.shell = self._walk.ends.shell or PERHAPS

    def _eval(self, operands: Sequence[str]) -> Iterator[CallStep | Outline]:
        state = self._walk.state
        text = " ".join(operands)
        if state.unknowns.is_in(text):
            yield CallStep("runs the text", "known only when the line runs", ANY)
            self._forget_all()
            return
        try:
            tree = parse(text, aliases=state.aliases)
        except SyntaxMistake as mistake:
            yield CallStep("not run", mistake.message)
            self._walk.ends.shell = SURELY
            return
        yield from self._walk.of_list(tree)

    def _wait(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        living = len(self._walk.state.jobs.living())
        yield CallStep("wait4() for what runs in the background", "", "wait4", (0, living))

    def _start_simpsh(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        yield CallStep("fork() → simpsh", "another simpsh, a job of this shell", "fork")
        yield CallStep("execve(simpsh)", "its own calls are not told here", "execve")
        yield CallStep("wait4() ← simpsh", "", "wait4")
