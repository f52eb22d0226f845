"""Compound commands that run in the shell itself: groups, conditions, loops, `case` (XCU 2.9.4).

A loop makes no process; its commands do. `break` and `continue` are `LoopJump`, raised by the
builtin and caught here.
"""

from __future__ import annotations

from simpsh.shell.language.glob_pattern import bytewise, is_in_c_locale, matcher
from simpsh.shell.language.syntax_tree import Case, For, Group, If, Loop
from simpsh.shell.language.word_expansion import fields, pattern_of, single
from simpsh.shell.state import LoopJump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.interpret.stage_planner import ShellScope
    from simpsh.shell.language.syntax_tree import InShell, List
    from simpsh.shell.state import State


class CompoundCommands:
    """Runs compound commands for one shell, without their redirections."""

    def __init__(self, state: State, scope: ShellScope, run_list: Callable[[List], int]) -> None:
        self._state = state
        self._scope = scope
        self._run_list = run_list

    def run(self, tree: InShell) -> int:
        """Run it and return its status; raise what its commands do."""
        match tree:
            case If():
                for condition, body in tree.branches:
                    if self._holds(condition):
                        return self._run_list(body)
                return 0 if tree.otherwise is None else self._run_list(tree.otherwise)
            case Group():
                return self._run_list(tree.body)
            case Loop():
                return self._run_loop(tree)
            case For():
                return self._run_for(tree)
            case Case():
                return self._run_case(tree)

    def _holds(self, condition: List) -> bool:
        """Run a condition; no failure in it ends the shell under `set -e`."""
        state = self._state
        state.is_condition += 1
        try:
            return self._run_list(condition) == 0
        finally:
            state.is_condition -= 1

    # ------------------------------------------------------------------------------ loops

    def _run_loop(self, tree: Loop) -> int:
        state = self._state
        status = 0
        state.loop_depth += 1
        try:
            while True:
                try:
                    if self._holds(tree.condition) is tree.is_until:
                        return status
                    status = self._run_list(tree.body)
                except LoopJump as jump:
                    state.last_status = status = jump.status
                    if jump.leaves():
                        return status
        finally:
            state.loop_depth -= 1

    def _run_for(self, tree: For) -> int:
        state = self._state
        words = state.positional if tree.words is None else fields(tree.words, self._scope)
        status = 0
        state.loop_depth += 1
        try:
            for word in list(words):
                state.assign(tree.name, word)
                try:
                    status = self._run_list(tree.body)
                except LoopJump as jump:
                    state.last_status = status = jump.status
                    if jump.leaves():
                        break
        finally:
            state.loop_depth -= 1
        return status

    # ------------------------------------------------------------------------------- case

    def _run_case(self, tree: Case) -> int:
        scope = self._scope
        subject = single(tree.subject, scope)
        characters: Callable[[str], str] = str
        if not subject.isascii() and is_in_c_locale(scope):
            subject, characters = bytewise(subject), bytewise
        is_taken = False
        status = 0
        for item in tree.items:
            for pattern in () if is_taken else item.patterns:
                is_taken = matcher(characters(pattern_of(pattern, scope)))(subject)
                if is_taken:
                    break
            if not is_taken:
                continue
            status = self._run_list(item.body) if item.body.items else 0
            if item.terminator == ";;":
                break
        return status
