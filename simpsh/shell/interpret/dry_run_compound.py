"""Conditions, loops, `case` and functions of a dry run: what depends on a status or a word.

Of a loop one round is told. What its body gives a value to is not known at the beginning of a
round, so a scout walks through it first, of which nothing is told.
"""

from __future__ import annotations

from functools import partial

from simpsh.shell.interpret.dry_run_walk import Alternatives
from simpsh.shell.language.glob_pattern import matcher
from simpsh.shell.language.syntax_tree import Case, For, If, Loop
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import fields, pattern_of, single
from simpsh.shell.plan.call_outline import CallStep, Outline, ProcessPart, repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.interpret.dry_run_walk import Steps, Walk
    from simpsh.shell.language.syntax_tree import CaseItem, Command, List, Word
    from simpsh.shell.plan.call_outline import Bounds

_MOST_SHOWN = 4


class DryRunCompounds:
    """Tells of the compound commands that one shell process would run itself."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def steps(self, tree: If | Loop | For | Case) -> Steps:
        """Tell of one of them, without its redirections; raise SimpshError as expansion does."""
        match tree:
            case If():
                return self._of_if(tree)
            case Loop():
                return self._of_loop(tree)
            case For():
                return self._of_for(tree)
            case Case():
                return self._of_case(tree)

    def _listed(self, tree: List) -> Sequence[Outline]:
        return tuple(self._walk.of_list(tree))

    # -------------------------------------------------------------------------------- if

    def _of_if(self, tree: If) -> Steps:
        steps: Steps = [CallStep("if", "a status decides: no call")]
        branches = []
        condition = ""
        for test, body in tree.branches:
            told = self._listed(test)
            steps += _under(told, condition) if condition else told
            if self._walk.ends.sure:
                return steps
            branch = Alternatives(self._walk)
            succeeds = f"only if {_first_line(to_text(test))} succeeds"
            steps += _under(branch.tell(partial(self._listed, body)), succeeds)
            branches.append(branch)
            condition = "only if no condition before succeeds"
        if tree.otherwise is not None:
            branch = Alternatives(self._walk)
            otherwise = branch.tell(partial(self._listed, tree.otherwise))
            steps += _under(otherwise, "only if no condition succeeds")
            branches.append(branch)
        for branch in reversed(branches):
            branch.merge()
        return steps

    # ----------------------------------------------------------------------------- loops

    def _of_loop(self, tree: Loop) -> Steps:
        name, end = ("until", "succeeds") if tree.is_until else ("while", "fails")
        go_on = "fails" if tree.is_until else "succeeds"
        self._forget_what_rounds_change((tree.condition, tree.body))
        steps: Steps = [CallStep(name, f"until its condition {end}: no call")]
        for outline in self._listed(tree.condition):
            steps.append(repeated(outline, (1, None), "before each round"))
        if self._walk.ends.sure:
            return steps
        text = _first_line(to_text(tree.condition))
        part = Alternatives(self._walk)
        for outline in part.tell(partial(self._listed, tree.body)):
            steps.append(repeated(outline, (0, None), f"each time {text} {go_on}"))
        part.merge()
        self._leave_loop()
        return steps

    def _of_for(self, tree: For) -> Steps:
        walk, state = self._walk, self._walk.state
        words = state.positional if tree.words is None else fields(tree.words, walk.scope)
        steps: Steps = list(walk.substitutions())
        unknown = [word for word in words if state.unknowns.is_in(word)]
        is_open = bool(unknown) or (tree.words is None and state.is_forgotten)
        count = len(words) - len(unknown)
        shown = [_cut(state.unknowns.shown(word)) for word in words[:_MOST_SHOWN]]
        listed = ", ".join(shown) + (" …" if len(words) > _MOST_SHOWN else "")
        if not words and not is_open:
            return [*steps, CallStep(f"for {tree.name}", "there is no word, and so no round")]
        meaning = f"{tree.name} is {listed}: no call"
        if is_open:
            meaning = f"{tree.name} is each word of {listed or '$@'}: how many is not known"
        steps.append(CallStep(f"for {tree.name}", meaning))
        times: Bounds = (count, None if is_open else count)
        if times == (1, 1):
            state.assign(tree.name, words[0])
            told = self._listed(tree.body)
            when = "in the only round"
        else:
            self._forget_what_rounds_change((tree.body,))
            state.forget(tree.name)
            told, when = self._rounds(tree, is_sure=count > 0)
            when = when if is_open else f"in each of {count} rounds"
        if walk.ends.loops and walk.ends.round:
            times = min(1, count), times[1]
            when = f"in each of at most {count} rounds" if not is_open else when
        steps += (repeated(outline, times, when) for outline in told)
        self._leave_loop()
        return steps

    def _rounds(self, tree: For, *, is_sure: bool) -> tuple[Sequence[Outline], str]:
        if is_sure:
            return self._listed(tree.body), "in each round"
        part = Alternatives(self._walk)
        told = part.tell(partial(self._listed, tree.body))
        part.merge()
        return told, "in each round"

    def _forget_what_rounds_change(self, bodies: Sequence[List]) -> None:
        """Forget what the rounds before have changed: a round finds it otherwise than the first."""
        if self._walk.surroundings.is_scouted:
            # Two walks through each loop would be a million through twenty nested ones.
            return
        state, scout = self._walk.state, self._walk.scout()
        positional = list(scout.state.positional)
        for body in bodies:
            for _ in scout.of_list(body):
                continue
        for name in scout.state.touched:
            state.forget(name)
        if scout.state.positional != positional:
            state.forget_positional()
        state.forgotten |= scout.state.forgotten
        state.is_forgotten |= scout.state.is_forgotten
        state.has_moved |= scout.state.has_moved

    def _leave_loop(self) -> None:
        ends = self._walk.ends
        ends.loops = max(0, ends.loops - 1)
        if not ends.loops:
            ends.round = ""

    # ------------------------------------------------------------------------------ case

    def _of_case(self, tree: Case) -> Steps:
        walk, state = self._walk, self._walk.state
        subject = single(tree.subject, walk.scope)
        steps: Steps = list(walk.substitutions())
        shown = _cut(state.unknowns.shown(subject))
        steps.append(CallStep(f"case {shown}", "compared with patterns: no call"))
        places = self._possible(tree, subject)
        steps += _under(walk.substitutions(), "only if it is compared so far")
        if not places:
            return [*steps, CallStep("no pattern matches", "nothing is run; $? is 0")]
        first, is_sure = places[0]
        if is_sure:
            steps.append(
                CallStep(_patterns(tree.items[first]), "matches: this branch alone is run")
            )
            return [*steps, *self._branch(tree, first)]
        branches = []
        for place, is_sure in places:
            patterns = _patterns(tree.items[place])
            condition = f"only if it is {patterns}"
            if is_sure:
                condition = f"only if none before matches: {patterns}"
            branch = Alternatives(walk)
            steps += _under(branch.tell(partial(self._branch, tree, place)), condition)
            branches.append(branch)
        for branch in reversed(branches):
            branch.merge()
        return steps

    def _branch(self, tree: Case, place: int) -> Sequence[Outline]:
        """Tell what an item runs: its own list, and through `;&` that of the next one."""
        told: list[Outline] = []
        for item in tree.items[place:]:
            told += self._listed(item.body)
            if item.terminator == ";;":
                break
        return told

    def _possible(self, tree: Case, subject: str) -> list[tuple[int, bool]]:
        """Return the items that may be taken, by their places, and whether each surely matches.

        Behind one that surely matches no other can be taken.
        """
        found = []
        for place, item in enumerate(tree.items):
            matches = [self._matches(word, subject) for word in item.patterns]
            if True in matches:
                found.append((place, True))
                break
            if None in matches:
                found.append((place, False))
        return found

    def _matches(self, word: Word, subject: str) -> bool | None:
        """Return whether a word matches a pattern; None if one of them is not known yet."""
        if to_text(word) == "*":
            return True
        unknowns = self._walk.state.unknowns
        if unknowns.is_in(subject) or unknowns.is_in(single(word, self._walk.scope)):
            return None
        return matcher(pattern_of(word, self._walk.scope))(subject)

    # ------------------------------------------------------------------------- functions

    def of_function(self, words: Sequence[str], body: Command) -> list[ProcessPart]:
        """Tell of the call of a function, its name first in `words`."""
        walk, state = self._walk, self._walk.state
        name, shown = words[0], state.unknowns.shown
        call = CallStep(shown(" ".join(words)), "a function: no fork, the same pid")
        if name in walk.called:
            again = walk.unforeseen(f"{name} again, which calls itself")
            return [ProcessPart(walk.who, (call, again))]
        if not walk.surroundings.functions_left:
            return [ProcessPart(walk.who, (call, walk.unforeseen("what is in it")))]
        walk.surroundings.functions_left -= 1
        positional = {"#", *map(str, range(1, 10))}
        forgotten = state.forgotten & positional
        outside = state.positional, walk.called, walk.ends.loops, walk.ends.round
        state.positional = [*words[1:]]
        state.forgotten -= positional
        if any(map(state.unknowns.is_in, words[1:])):
            # How many words an unknown text becomes is not known either.
            state.forgotten |= positional
        walk.called = (*walk.called, name)
        state.local_values.append({})
        try:
            parts = walk.of_command(body)
        finally:
            state.restore(state.local_values.pop())
            state.positional, walk.called, walk.ends.loops, walk.ends.round = outside
            state.forgotten = (state.forgotten - positional) | forgotten
            walk.ends.function = ""
        return [ProcessPart(walk.who, (call, *parts[0].steps)), *parts[1:]]


def _under(outlines: Sequence[Outline], condition: str) -> list[Outline]:
    """Return outlines that are run, each as it is, if a condition holds."""
    return [repeated(outline, (0, 1), condition) for outline in outlines]


def _patterns(item: CaseItem) -> str:
    return _cut(" | ".join(map(to_text, item.patterns)))


def _first_line(text: str) -> str:
    return _cut(text.partition("\n")[0])


def _cut(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
