"""Try: a task at the real prompt."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from simpsh.course.claims.expectation import Expectation
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import (
    SHELL_MODULES,
    CheckFailed,
    Checking,
    Lesson,
    StepPage,
    Task,
    Teaching,
)

_FEWEST_RIGHT, _FEWEST_WRONG = 5, 8
"""The minimum numbers of right and wrong lines that `check --repairs` requires of a task."""
_WAIT = re.compile(r"\bwait(?: -n| %\d| \$!)?(?=;)")
_DELAYS = ("sleep 0.2", "ls >/dev/null", "for i in $(seq 2000); do :; done", "true")
"""Commands that only seem to enforce an order."""
_LEAVES = (
    "it leaves the prompt, is a command of the lesson, or runs without an end: nothing judges it"
)


class Try(Task):
    """A task at the real prompt of simpsh, judged by the effect of the line, not by its wording."""

    task: str
    expect: Expectation
    hint: str
    solution: str
    praise: str
    wrong: Mapping[str, str] = {}
    """Lines that must be rejected, each with the reply to the student."""
    right: Sequence[str] = ()
    """Other lines that must be accepted."""
    refused: Sequence[str] = ()
    """Other lines that must be rejected: they replace a wait with a sleep, a busy loop, or luck."""
    asks: str = ""
    """The question after an unexpected line; if empty, the last sentence of `task`."""
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    name = "a task at the prompt"
    loads = SHELL_MODULES

    @property
    def all_needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.needs, "ptrace", "temporary dir"]))

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "task", self.task
        yield "hint", self.hint
        yield "praise", self.praise
        yield "asks", self.asks
        yield from (("wrong", remark) for remark in self.wrong.values())

    def faults(self, lesson: Lesson) -> Iterator[str]:
        for name in ("task", "hint", "solution", "praise", "wrong"):
            if not getattr(self, name):
                yield f"a Try needs its {name}"
        for line, remark in self.wrong.items():
            if not remark.strip():
                yield f"the wrong line “{line}” needs a sentence for the student who types it"

    def teach(self, teaching: Teaching) -> None:
        teaching.attempt(self)

    def check(self, checking: Checking) -> None:
        # The solution runs last, so that the wrong lines cannot hide effects that it needs.
        lines = (*self.wrong, self.solution)
        self._judge(checking, dict(zip(lines, [False] * len(self.wrong) + [True], strict=True)))

    def prove(self, checking: Checking) -> None:
        """Check further lines: right and wrong ones, and other spellings of the solution."""
        lucky = _with_luck(self.solution)
        lines = dict.fromkeys((*self.refused, *lucky, *_without_effect(self.solution)), False)
        lines |= dict.fromkeys((*self.right, *_in_other_words(self.solution)), True)
        right, wrong = {self.solution, *self.right}, {*self.wrong, *self.refused, *lucky}
        with checking.check("lines", f"{_FEWEST_RIGHT} right and {_FEWEST_WRONG} wrong lines"):
            if len(right) < _FEWEST_RIGHT or len(wrong) < _FEWEST_WRONG:
                raise CheckFailed(f"it has {len(right)} right and {len(wrong)} wrong lines")
        self._judge(checking, lines)

    def _judge(self, checking: Checking, lines: dict[str, bool]) -> None:
        """Check that these lines, typed at one prompt, are accepted or refused."""
        runs: dict[str, Observation | None] = {}
        for line, is_right in reversed(lines.items()):
            kind = "try" if line == self.solution else "line"
            word = "accepted" if is_right else "refused"
            with checking.check(kind, f"`{line}` is {word}") as why:
                checking.insist_on(self.all_needs)
                if not runs:
                    runs = dict(zip(lines, checking.run_lines(tuple(lines)), strict=True))
                run = runs[line]
                if run is None:
                    raise CheckFailed(_LEAVES)
                verdict = checking.judge_line(self, line, run, is_right=is_right)
                why += filter(None, [verdict.because, verdict.order, verdict.scope])
                if verdict.holds is not is_right:
                    raise CheckFailed("; ".join(why))

    def remark(self, line: str) -> str:
        """Return the author's reply to a line, ignoring differences in blanks and quotes."""
        spelled = _tokens_of(line)
        return next(
            (reply for wrong, reply in self.wrong.items() if _tokens_of(wrong) == spelled), ""
        )

    def section(self, page: StepPage) -> tuple[str, str]:
        return "Your turn", page.task(self, self.task, self.solution, self.praise)


def _tokens_of(line: str) -> list[tuple[str, str]]:
    """Return the tokens of a line, each with its kind: a quoted operator is a word.

    >>> _tokens_of("echo a'b' '|'")
    [('word', 'echo'), ('word', 'ab'), ('word', '|')]
    """
    from simpsh.shell.language import tolerant_lexer as lexer

    kinds = dict.fromkeys((lexer.COMMAND, lexer.SINGLE_QUOTED, lexer.DOUBLE_QUOTED), lexer.WORD)
    tokens: list[tuple[str, str]] = []
    before = -1
    for kind, start, end in lexer.tokens(line):
        kind, text = kinds.get(kind, kind), line[start:end].strip("'\"")
        if start == before and kind == lexer.WORD == tokens[-1][0]:
            # Adjacent parts form one word: a'b'.
            text = tokens.pop()[1] + text
        tokens.append((kind, text))
        before = end
    return tokens


def _in_other_words(line: str) -> list[str]:
    """Return lines that differ from a line only in spelling."""
    again = _evaluated(line)
    return [again, f"{{ {again}; }}", f"if :; then {again}; fi", f"f() {{ {again}; }}; f"]


def _with_luck(line: str) -> list[str]:
    """Return lines in which a delay replaces each wait that is followed by a command.

    >>> _with_luck("echo a & wait; echo b")[0], _with_luck("echo a & wait")
    ('echo a & sleep 0.2; echo b', [])
    """
    return [_WAIT.sub(delay, line) for delay in _DELAYS] if _WAIT.search(line) else []


def _without_effect(line: str) -> list[str]:
    """Return lines that contain `line` but do not run it."""
    again = _evaluated(line)
    return [f"# {line}", f"echo {again}", f"f() {{ {again}; }}", f"false && {again}"]


def _evaluated(line: str) -> str:
    """Return a command that runs a line from a string."""
    return f"eval {shlex.quote(line)}"
