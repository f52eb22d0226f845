"""Say, Show, Task: a text, another look at a run, a line for the student to type; and all kinds."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from simpsh.course.claims.claim import Proof, Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Lesson, Question, Running, Step, runs_of
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.screen import screen_tables
from simpsh.course.screen.answer_lines import Part


class Say(Step):
    """A text of 20 to 50 words with `**bold**`, `*emphasis*` and code between backticks."""

    text: str
    part: str | None = None
    """A part of the next run's program, shown with the text; see Step.part."""

    begins_anew = True

    @property
    def prose(self) -> str:
        return self.text

    @property
    def flows_on(self) -> bool:
        return self.part is None

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "text", self.text


PARTS: Mapping[str, Callable[[Observation, str], Part]] = {
    "memory": screen_tables.memory,
    "descriptors": screen_tables.descriptors,
    "open files": screen_tables.open_files,
    "family": screen_tables.family,
}


class Show(Step):
    """Show the memory, descriptors, open files or the family of an earlier run."""

    what: str
    of: str = ""
    """The id of the run."""
    at: str = "end"
    """The moment; `end` shows all moments if the part is memory."""
    text: str = ""

    begins_anew = True

    def run_shown(self, lesson: Lesson) -> Running | None:
        return runs_of(lesson).get(self.of)

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "text", self.text

    def parts(self, result: Result, run: Running) -> Sequence[Part]:
        if not isinstance(result, Observation):
            return run.parts(result)
        return [PARTS[self.what](result, self.at)]


_SPECIAL = frozenset('$`\\"|&;<>()')


class Try(Step):
    """A task for a line, judged by what the line does, not by its wording."""

    about: str
    """The subject of the task; the sub-claims follow it as a list."""
    asks: Mapping[str, Proof]
    """The sub-claims by name. A reply repeats them, with what happened instead."""
    hint: str
    solution: str
    wrong: Mapping[str, str] = {}
    """Lines that must be refused, each with the reply to the student."""
    note: str = ""
    """A fact that follows from the sub-claims, for a student whose line is right."""
    needs: tuple[str, ...] = ()

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

    def remark(self, line: str) -> str:
        """Return the author's reply to a line, ignoring blanks and the kind of quotes."""
        words = _words_of(line)
        replies = (reply for wrong, reply in self.wrong.items() if _words_of(wrong) == words)
        return next(replies, "")


def _words_of(line: str) -> list[str]:
    """Return the words of a line; both quotes are the same around plain text.

    >>> _words_of("a  'b c'") == _words_of('a "b c"'), _words_of("a '$x'")
    (True, ['a', "'$x'"])
    """
    words = shlex.shlex(line, posix=False, punctuation_chars=True)
    words.commenters = ""
    with suppress(ValueError):  # a quote that is not closed
        return [word if _SPECIAL & {*word} else word.replace("'", '"') for word in words]
    return line.split()


AnyStep = Say | Question | Running | Show | Try | Repair
"""All kinds of steps as one type, so that the type checker finds a `match` that lacks one."""
