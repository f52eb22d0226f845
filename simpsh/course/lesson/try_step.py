"""Try: a task for a line, as a list of named sub-claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simpsh.course.claims.claim import Proof
from simpsh.course.lesson.lesson import Lesson, Step


class Try(Step):
    """A task for a line, judged by what the line does, not by its wording."""

    about: str
    """What the task is about; the sub-claims follow it as a list."""
    asks: Mapping[str, Proof]
    """The sub-claims by name. A reply repeats them, with what happened instead."""
    hint: str
    solution: str
    wrong: Mapping[str, str] = {}
    """Lines that must be refused, each with the reply to the student."""
    note: str = ""
    """A fact that follows from the sub-claims, for a student whose line is right."""
    needs: tuple[str, ...] = ()

    name = "a task at the prompt"

    @property
    def task(self) -> str:  # type: ignore[override]  # only read
        """The text of the task: what it is about, and what it asks."""
        return "\n\n".join([self.about, *(f"– {name}" for name in self.asks)])

    @property
    def all_needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.needs, "ptrace", "temporary dir"]))

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "task", self.about
        yield from (("asks", name) for name in self.asks)
        yield "hint", self.hint
        yield "note", self.note
        yield from (("wrong", remark) for remark in self.wrong.values())

    def faults(self, lesson: Lesson) -> Iterator[str]:
        for name in ("about", "asks", "hint", "solution", "wrong"):
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
    from simpsh.shell.language import surface

    kinds = dict.fromkeys(
        (surface.COMMAND, surface.SINGLE_QUOTED, surface.DOUBLE_QUOTED), surface.WORD
    )
    tokens: list[tuple[str, str]] = []
    before = -1
    for kind, start, end in surface.tokens(line):
        kind, text = kinds.get(kind, kind), line[start:end].strip("'\"")
        if start == before and kind == surface.WORD == tokens[-1][0]:
            # Adjacent parts form one word: a'b'.
            text = tokens.pop()[1] + text
        tokens.append((kind, text))
        before = end
    return tokens
