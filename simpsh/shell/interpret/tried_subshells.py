"""Decides which subshells are worth a trial, runs trials, and undoes what they have changed.

A trial proves that a subshell needs no process, see subshell_trial.py. The decision here only saves
the time of trials that would fail.
"""

from __future__ import annotations

import os
import stat

from simpsh.base.signal_names import SIGPIPE
from simpsh.console import write_output
from simpsh.kernel import descriptors, signals
from simpsh.shell.builtins.builtin_registry import SPECIAL, is_builtin
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.plan.job_plan import PIPE_HOLDS
from simpsh.shell.state import Options
from simpsh.shell.subshell_trial import REFUSED, Refused, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.base.record import Record
    from simpsh.shell.state import State

_MOST_KEPT = 1000
_LOWEST, _HIGHEST = -2, 2


class TriedSubshells:
    """Runs trials, and remembers for each subshell whether its trials have succeeded."""

    def __init__(self, state: State, status_of: Callable[[Callable[[], int]], int]) -> None:
        """Make an object that runs the parts of subshells by `status_of`."""
        self._state = state
        self._status_of = status_of
        self._scores: dict[int, tuple[Record, int]] = {}
        """Maps id(node) to the node of a list and its score, which decreases with each failure."""

    def is_promising(self, tree: nodes.List | nodes.Command, *, may_be_program: bool) -> bool:
        """Return whether a trial is likely to succeed.

        `may_be_program`: also if the list consists of one program.
        """
        _, score = self._scores.get(id(tree), (tree, 0))
        if score <= _LOWEST:
            return False
        commands = nodes.plain_commands(tree) if isinstance(tree, nodes.List) else (tree,)
        if len(commands) != 1:
            return not commands
        command = commands[0]
        if may_be_program or not isinstance(command, nodes.SimpleCommand) or not command.words:
            return True
        name = command.words[0].parts[0]
        if not isinstance(name, nodes.Literal):
            return True
        functions = self._state.functions
        return (name.text in functions and name.text not in SPECIAL) or is_builtin(name.text)

    def begin(
        self, *, is_captured: bool, subshell: nodes.Subshell | None = None, most: int | None = None
    ) -> Trial:
        """Return a new trial, inside the present one if there is one; see Trial."""
        outer = self._state.trial
        return Trial(outer, is_captured=is_captured, subshell=subshell, most=most)

    def run(
        self, trial: Trial, tree: nodes.List | nodes.Command, run: Callable[[], int]
    ) -> int | None:
        """Run a subshell in this process; return its status, or None if it needs its own."""
        try:
            with _Restored(self._state, trial):
                status = self._status_of(run) & 0xFF
        except Refused:
            if trial.outer is not None:
                raise
            status = None
        except Exception:
            if trial.is_over or "error" not in REFUSED:
                raise
            if trial.outer is not None:
                raise Refused from None
            status = None  # a lack of memory, or a defect: the process reports it
        if trial.outer is None:
            self._note(tree, has_ended=status is not None)
        return status

    def _note(self, tree: nodes.List | nodes.Command, *, has_ended: bool) -> None:
        """Note that the trial of a list or command has ended, or was refused."""
        if len(self._scores) >= _MOST_KEPT:
            self._scores.clear()  # many evals, each with a new text, fill it
        _, score = self._scores.get(id(tree), (tree, 0))
        self._scores[id(tree)] = tree, min(score + 1, _HIGHEST) if has_ended else score - 1

    @staticmethod
    def write_at_once(data: bytes) -> bool:
        """Write the output of a tried `( )`, if that cannot wait and does not fail; return whether.

        If the file system is full after a part of it, that part is taken back: in a process, only
        some of the commands fail.

        Raises OutputError: another process has changed the file meanwhile.
        """
        if not data:
            return True
        sigpipe = signals.sigaction(SIGPIPE, signals.SIG_IGN)
        try:
            before = os.fstat(1)
            is_file = stat.S_ISREG(before.st_mode)
            if not is_file and (len(data) > PIPE_HOLDS or not _is_writable(1)):
                return False
            written = descriptors.write(1, data)
        except OSError:
            return False
        finally:
            signals.sigaction(SIGPIPE, sigpipe)
        if written < len(data):
            if is_file and _take_back(written, before.st_size):
                return False
            write_output(data[written:])
        return True


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


_COPIED = ("variables", "exported", "readonly", "functions", "function_origins", "positional")
_RESTORED = (
    *_COPIED,
    *("options", "getopts_position", "last_status", "last_substitution", "random_seed"),
    *("loop_depth", "return_depth", "is_condition", "locals", "trap_entry", "line", "line_number"),
    *("is_interactive", "is_inside", "trial"),
)


def _take_back(count: int, size: int) -> bool:
    """Undo the last write to the file of descriptor 1, whose size was `size`; return whether."""
    try:
        end = descriptors.lseek(1, 0, os.SEEK_CUR)
        if os.fstat(1).st_size != max(size, end) or end - count > size:
            return False
        if end > size:
            descriptors.ftruncate(1, size)
        descriptors.lseek(1, end - count, os.SEEK_SET)
    except OSError:
        return False
    return True


def _is_writable(descriptor: int) -> bool:
    """Return whether PIPE_HOLDS bytes can be written without waiting."""
    import select  # slow to import

    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return [event for _, event in poll.poll(0)] == [select.POLLOUT]
