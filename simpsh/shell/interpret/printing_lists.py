"""Finds the lists of `( )` and `$( )` that a script's shell can run without a process.

Such a list consists of built-ins that print or change only the state that Restored restores, of
functions that do the same, and of loops and conditions. A program, a subshell, a pipeline, `&` or
`cd` needs a process. Each nested `$( )` is checked separately.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGPIPE
from simpsh.kernel import signals
from simpsh.kernel.signals import SIG_IGN
from simpsh.shell.builtins.builtin_registry import SPECIAL, UTILITIES, is_builtin
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.state import LocalScope, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.record import Record
    from simpsh.shell.state import State

_PRINTING = UTILITIES | {":", "pwd", "command"}
_CHANGING = frozenset(("break", "continue", "exit", "export", "local", "return", "shift", "unset"))
_NEED_PROCESS = (
    nodes.ArrayValue
    | nodes.FunctionDefinition
    | nodes.LeftOutCommand
    | nodes.LeftOutRedirection
    | nodes.ProcessSubstitution
)


_MOST_KEPT = 1000


class PrintingLists:
    """Decides which lists need no process; caches the result for each node."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._names: dict[int, tuple[Record, frozenset[str] | None]] = {}
        """Maps id(node) to the node and the names of its commands; None as in _names_in()."""

    def has(self, tree: nodes.List, *, may_be_program: bool) -> bool:
        """Return whether the shell can run the list of a subshell without a copy of itself.

        `may_be_program`: the list may also consist of one program.
        """
        functions = self._state.functions
        if len(self._names) > _MOST_KEPT:
            self._names.clear()  # many evals, each with a new text, fill it
        seen: set[str] = set()
        waiting: list[Record] = [tree]
        while waiting:
            node = waiting.pop()
            entry = self._names.get(id(node))
            if entry is None:
                entry = self._names[id(node)] = node, _names_in(node)
            if entry[1] is None:
                return False
            for name in entry[1] - seen:
                seen.add(name)
                if name in functions and name not in SPECIAL:
                    waiting.append(functions[name])
                elif name not in _PRINTING and name not in _CHANGING:
                    is_sole = node is tree and nodes.sole_command(tree) is not None
                    return is_sole and may_be_program and not is_builtin(name, self._state)
        return True


def _names_in(root: Record) -> frozenset[str] | None:
    """Return the names of the commands in a list; None if it needs a process for other reasons."""
    names = set()
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.SimpleCommand) and node.words:
            name, *operands = node.words
            if len(name.parts) > 1 or not isinstance(name.parts[0], nodes.Literal):
                return None
            word = name.parts[0].text
            if word == "command" and (not operands or operands[0].parts != (nodes.Literal("-v"),)):
                return None
            names.add(word)
        needs_process = (
            (isinstance(node, nodes.Pipeline) and (len(node.commands) != 1 or node.is_timed))
            or (isinstance(node, nodes.AndOr) and node.is_background)
            or isinstance(node, nodes.Subshell | _NEED_PROCESS)
        )
        if needs_process:
            return None
        if isinstance(node, tuple):
            waiting.extend(node)
        elif not isinstance(node, nodes.CommandSubstitution):
            fields: tuple[str, ...] = getattr(node, "__match_args__", ())
            waiting.extend([getattr(node, field) for field in fields])
    return frozenset(names)


class Restored:
    """Make a `with` block run as in a copy of the shell, and undo its changes at the end."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __enter__(self) -> None:
        state = self._state
        self._before = {name: getattr(state, name) for name in _RESTORED}
        for name in _COPIED:
            setattr(state, name, getattr(state, name).copy())
        state.options = Options(state.options)
        state.trap_entry = None
        state.is_interactive = False
        state.is_inside = True
        self._of_sigpipe = signals.disposition(SIGPIPE)
        if self._of_sigpipe != SIG_IGN:
            state.ends_by_sigpipe = True
            signals.sigaction(SIGPIPE, SIG_IGN)
        if state.locals:
            state.locals = [*state.locals, LocalScope()]

    def __exit__(self, *_: object) -> None:
        if self._of_sigpipe != SIG_IGN:
            signals.sigaction(SIGPIPE, self._of_sigpipe)
        for name, value in self._before.items():
            setattr(self._state, name, value)


_COPIED = ("variables", "exported", "readonly", "functions", "function_origins", "positional")
_RESTORED = (
    *_COPIED,
    *("options", "getopts_position", "last_status", "last_substitution", "random_seed"),
    *("loop_depth", "return_depth", "is_condition", "locals", "trap_entry", "line", "line_number"),
    *("is_interactive", "is_inside", "ends_by_sigpipe"),
)
