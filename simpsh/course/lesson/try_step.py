"""Try: a task at the real prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from simpsh.course.claims.expectation import Expectation
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import (
    SHELL_MODULES,
    CheckFailed,
    Checking,
    Lesson,
    NotebookCell,
    StepPage,
    Task,
    Teaching,
)

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
    asks: str = ""
    """The question after an unexpected line; if empty, the last sentence of `task`."""
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    name = "a task at the prompt"
    proves = True
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
        seen: dict[str, Observation | None] = {}
        for line in (self.solution, *self.wrong):
            is_solution = line is self.solution
            kind, word = ("try", "accepted") if is_solution else ("line", "refused")
            facts = self.facts if is_solution else ()
            with checking.check(kind, f"`{line}` is {word}", facts) as why:
                checking.insist_on(self.all_needs)
                if not seen:
                    seen = dict(zip(lines, checking.run_lines(lines), strict=True))
                run = seen[line]
                if run is None:
                    raise CheckFailed(_LEAVES)
                checking.note_height(self, line, run)
                verdict = self.expect.judge(run)
                why.append(verdict.because)
                if verdict.holds is not is_solution:
                    raise CheckFailed(verdict.because)

    def remark(self, line: str) -> str:
        """Return the author's reply to a line, ignoring differences in blanks and quotes."""
        spelled = _tokens_of(line)
        return next((self.wrong[known] for known in self.wrong if _tokens_of(known) == spelled), "")

    def section(self, page: StepPage) -> tuple[str, str]:
        return "Your turn", page.task(self, self.task, self.solution, self.praise)

    def cell(self) -> NotebookCell:
        return NotebookCell(self.task, below="\n# Your line stands below:\n")


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


def perform_line(line: str) -> Observation:
    """Run a line as `simpsh -c` does, observed; processes are named after their programs."""
    from simpsh.course.run.demonstration_monitor import observe
    from simpsh.course.run.demonstration_process import run_line
    from simpsh.course.run.demonstration_setup import DemonstrationSetup

    setup = DemonstrationSetup(main="shell", source=line, names_programs=True)
    return observe(partial(run_line, line), setup)


def perform_lines(lines: Sequence[str]) -> list[Observation]:
    """Run lines one after the other, each like perform_line()."""
    return list(map(perform_line, lines))
