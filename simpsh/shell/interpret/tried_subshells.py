"""Tries subshells, undoes what they have changed, and remembers which need a process.

See subshell_trial.py for what a trial may do.
"""

from __future__ import annotations

from simpsh.kernel import processes
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.state import Options
from simpsh.shell.subshell_trial import ADMITTED, Refused, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.state import State

    Tried = nodes.List | nodes.Command

_MOST_REMEMBERED = 1000


class TriedSubshells:
    """Runs trials, and remembers which lists and commands need a process."""

    def __init__(self, state: State, status_of: Callable[[Callable[[], int]], int]) -> None:
        """Make an object that runs the parts of subshells by `status_of`."""
        self._state = state
        self._status_of = status_of
        self._refused: dict[int, Tried] = {}
        """The lists and commands whose trials were refused, by id()."""

    def run(
        self, tree: Tried, run: Callable[[], int], most: int | None
    ) -> tuple[int, bytes] | None:
        """Run a subshell in this process; return its status and output, None if it needs its own.

        `most`: how many bytes it may print. Inside a trial, raises Refused in place of None.
        """
        outer = self._state.trial
        if outer is None and not (
            self._is_promising(tree)
            # The subshell must not use up the shell's processor time.
            and processes.getrlimit(processes.CPU).soft == processes.INFINITY
        ):
            return None
        trial = Trial(most) if outer is None else outer
        trial.outputs.append(bytearray())
        record = self._state.record
        noted = 0 if record is None else len(record.present.notes)
        try:
            with _Restored(self._state, trial):
                status = self._status_of(run) & 0xFF
            return status, bytes(trial.outputs[-1])
        except (Refused, Exception):  # noqa: BLE001 - the process reports an exception
            if record is not None:
                del record.present.notes[noted:]
            if outer is not None:
                raise Refused from None
            if len(self._refused) >= _MOST_REMEMBERED:
                self._refused.clear()  # many evals, each with a new text, fill it
            self._refused[id(tree)] = tree
            return None
        finally:
            trial.outputs.pop()

    def _is_promising(self, tree: Tried) -> bool:
        """Return whether a trial may succeed; this only saves time."""
        if self._refused.get(id(tree)) is tree:
            return False
        commands = nodes.plain_commands(tree) if isinstance(tree, nodes.List) else (tree,)
        if len(commands) != 1:
            return not commands
        command = commands[0]
        if not isinstance(command, nodes.SimpleCommand) or not command.words:
            return True
        name = command.words[0].parts[0]
        return (
            not isinstance(name, nodes.Literal)
            or name.text in ADMITTED
            or name.text in self._state.functions
        )


_COPIED = ("variables", "exported", "readonly", "functions", "function_origins", "positional")
_RESTORED = (
    *_COPIED,
    *("options", "getopts_position", "last_status", "last_substitution"),
    *("loop_depth", "return_depth", "is_condition", "locals", "trap_entry", "line", "line_number"),
    *("is_interactive", "is_inside", "trial"),
)


class _Restored:
    """Make a `with` block run as in a copy of the shell, and undo its changes at the end."""

    def __init__(self, state: State, trial: Trial) -> None:
        self._state = state
        self._trial = trial

    def __enter__(self) -> None:
        state = self._state
        self._before = {name: getattr(state, name) for name in _RESTORED}
        for name in _COPIED:
            setattr(state, name, getattr(state, name).copy())
        state.options = Options(state.options)
        state.trap_entry = None
        state.is_interactive = False
        state.is_inside = True
        state.trial = self._trial
        if state.locals:
            # `local` changes the innermost scope.
            state.locals = [*state.locals[:-1], state.locals[-1].copy()]

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            setattr(self._state, name, value)
