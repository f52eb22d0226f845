"""The text after a run: the reply to the student's answer, and the claims that were checked.

The reply has labelled lines (you said, it was, because, but). Each claim is a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.claims.claim import Result, Verdict, verdict_of
from simpsh.course.claims.demonstration import Claim
from simpsh.course.claims.observation import SearchResult
from simpsh.view.document import Paragraph, Table
from simpsh.view.styled_text import Line, Piece


class RunView(Enum):
    """A view of a run."""

    PICTURE = auto()
    OUTPUT = auto()
    """The output of the run; a page adds the picture."""


Part = RunView | SearchResult | Table | Paragraph
"""A SearchResult shows all possible outputs; a Paragraph explains what the machine lacks."""


HOLDS, FAILS, UNSEEN = "✓", "✗", "–"
"""The signs for the result of a claim."""
LETTERS = "abcdefghij"
SO_IT_WAS = " – and so it was."


class Answer(Record):
    """One labelled line of the reply: for example `because`, and the reason."""

    label: str
    text: Line


class CheckedClaim(Record):
    """The result of a claim in this run."""

    sign: str
    sentence: str
    note: str = ""
    """The reason why it failed or could not be checked."""


def judge_claims(
    claims: Sequence[Claim], result: Result, lacking: Callable[[Sequence[str]], str]
) -> list[CheckedClaim]:
    """Judge the claims of a step by its result.

    `lacking` returns the reason why the machine lacks a need, or the empty text.
    """
    judged = []
    for claim in claims:
        sentence, reason = claim.sentence, lacking(claim.needs) if claim.needs else ""
        verdict = Verdict(holds=None, because=reason) if reason else verdict_of(claim.proof, result)
        if verdict.holds is None:
            judged.append(CheckedClaim(UNSEEN, sentence, f"not shown here: {verdict.because}"))
        elif not verdict.holds:
            because = f" ({verdict.because})" if verdict.because else ""
            note = f"but not here, this time{because}; please report it"
            judged.append(CheckedClaim(FAILS, sentence, note))
        else:
            judged.append(CheckedClaim(HOLDS, sentence))
    return judged


def summary(facts: Sequence[CheckedClaim]) -> Line:
    """Summarize how many facts were checked and which could not be."""
    good = sum(1 for fact in facts if fact.sign == HOLDS)
    unseen = sum(1 for fact in facts if fact.sign == UNSEEN)
    bad = sum(1 for fact in facts if fact.sign == FAILS)
    parts = [f"{HOLDS} {counted(good, 'fact')} about this run checked"] if good else []
    if unseen:
        parts.append(f"{UNSEEN} {unseen} not shown here")
    if bad:
        parts.append(f"{FAILS} {counted(bad, 'claim')} failed here, this time")
    return (Piece(f"{'   '.join(parts)}  (:facts)", "" if bad else "dim"),) if parts else ()
