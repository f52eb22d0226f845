"""What is said after a run: the answer to the question, and the claims that were checked.

What you said, what it was, because …, but …; and each claim in a sentence, with its chain of
causes:

    ✓  The child's word comes before the parent's in every legal order.
       child prints “child ” → child exits with status 0 → the parent collects child → …
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.claims.demonstration import Claim
from simpsh.course.claims.expectation import Unknown
from simpsh.course.claims.observation import Observation
from simpsh.course.screen.picture_rows import chain_sentences
from simpsh.view.styled_text import Block, Line, Piece, code_marked, labelled, line, marked

HOLDS, FAILS, UNSEEN = "✓", "✗", "–"
"""What became of a claim."""
_LABEL_WIDTH, _WIDTH = 8, 76
LETTERS = "abcdefghij"
SO_IT_WAS = " – and so it was."


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled line of the verdict: `because`, and the reason."""

    label: str
    text: Line


def answer_lines(answers: Sequence[Answer], width: int) -> Block:
    """Set the parts of an answer under each other, labels at the left."""
    return [
        row
        for answer in answers
        for row in labelled(answer.label, answer.text, _LABEL_WIDTH, min(width, _WIDTH))
    ]


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What became of a claim in this run."""

    sign: str
    sentence: str
    note: str = ""
    """Why it could not be seen, or that it failed."""
    chain: Sequence[str] = ()
    """The causal chain behind an order, in sentences."""
    events: Sequence[int] = ()
    """The events of that chain, for the picture."""


def judged_claims(
    claims: Sequence[Claim], result: object, lacking: Callable[[Sequence[str]], str]
) -> list[CheckedClaim]:
    """Judge claims by what was performed.

    Args:
        claims: of one step.
        result: what performing it gave.
        lacking: says why a need is missing on this machine; empty if none is.
    """
    return [_judged(claim, result, lacking) for claim in claims]


def _judged(claim: Claim, result: object, lacking: Callable[[Sequence[str]], str]) -> CheckedClaim:
    reason = lacking(claim.needs) if claim.needs else ""
    if reason:
        return CheckedClaim(UNSEEN, claim.sentence, f"not shown here: {reason}")
    try:
        verdict = claim.expectation.judge(result)  # type: ignore[arg-type]  # of its own step
    except Unknown as unseen:
        return CheckedClaim(UNSEEN, claim.sentence, f"not shown here: {unseen}")
    if not verdict.holds:
        found = f" ({verdict.because})" if verdict.because else ""
        return CheckedClaim(
            FAILS, claim.sentence, f"but not here, this time{found}; please report it"
        )
    if not isinstance(result, Observation):
        return CheckedClaim(HOLDS, claim.sentence)
    chain = verdict.chain
    return CheckedClaim(HOLDS, claim.sentence, "", chain_sentences(result, chain), chain)


def fact_lines(facts: Sequence[CheckedClaim], width: int) -> Block:
    """Set facts with their signs; below an order its chain."""
    block: Block = []
    for fact in facts:
        note = line("  (", code_marked(fact.note, "dim"), ")") if fact.note else ()
        block.extend(
            labelled(fact.sign, line(marked(fact.sentence), note), 2, min(width, _WIDTH), "bold")
        )
        if len(fact.chain) > 1:
            chain = code_marked(" → ".join(fact.chain), "dim")
            block.extend(labelled("", chain, 2, min(width, _WIDTH)))
    return block


def summary(facts: Sequence[CheckedClaim]) -> Line:
    """Say in one line how many facts were checked, and of which it could not be done."""
    good = sum(1 for fact in facts if fact.sign == HOLDS)
    unseen = sum(1 for fact in facts if fact.sign == UNSEEN)
    bad = sum(1 for fact in facts if fact.sign == FAILS)
    parts = [f"{HOLDS} {counted(good, 'fact')} about this run checked"] if good else []
    if unseen:
        parts.append(f"{UNSEEN} {unseen} not shown here")
    if bad:
        parts.append(f"{FAILS} {counted(bad, 'claim')} failed here, this time")
    return (Piece(f"{'   '.join(parts)}  (:facts)", "" if bad else "dim"),) if parts else ()


def plain_facts(facts: Sequence[CheckedClaim]) -> list[str]:
    """Return facts for a screen reader."""
    words = {HOLDS: "checked", FAILS: "failed", UNSEEN: "not shown"}
    sentences = []
    for fact in facts:
        note = f" ({fact.note})" if fact.note else ""
        chain = f" The chain: {', then '.join(fact.chain)}." if len(fact.chain) > 1 else ""
        sentences.append(f"{words[fact.sign]}: {fact.sentence}{note}{chain}")
    return sentences
