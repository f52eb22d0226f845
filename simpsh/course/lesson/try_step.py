"""Try: a task at the real prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simpsh.course.claims.expectation import Expectation
from simpsh.course.lesson.lesson import Lesson, Step


class Try(Step):
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

    def remark(self, line: str) -> str:
        """Return the author's reply to a line, ignoring differences in blanks and quotes."""
        spelled = _tokens_of(line)
        return next(
            (reply for wrong, reply in self.wrong.items() if _tokens_of(wrong) == spelled), ""
        )


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
