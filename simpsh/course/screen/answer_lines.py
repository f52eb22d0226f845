"""What is said after a run: the answer to the question, and the claims that were checked.

What you said, what it was, because …, but …; and each claim in a sentence, with its chain of
causes:

    ✓  The child's word comes before the parent's in every legal order.
       child prints “child ” → child ends, status 0 → parent collects child → …
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.lesson.answer_key import is_right, why_not
from simpsh.course.lesson.expectation import Unknown
from simpsh.course.lesson.lesson_outline import sentence
from simpsh.course.lesson.lesson_steps import Ask, Choice, Claim
from simpsh.course.lesson.observation import Observation
from simpsh.course.screen.event_wording import Wording
from simpsh.view.styled_text import Block, Line, Piece, labelled, line, marked, styled

HOLDS, FAILS, UNSEEN = "✓", "✗", "–"
"""What became of a claim."""
_LABEL_WIDTH, _WIDTH = 8, 76
LETTERS = "abcdefghij"
_SO_IT_WAS = " – and so it was."


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled line of the verdict: `because`, and the reason."""

    label: str
    text: Line


def choice_answers(
    right: Choice, chosen: Choice | None, fill: Callable[[str], str]
) -> list[Answer]:
    """Answer a guess; no guess is called wrong.

    Args:
        right: the choice that was true of the run.
        chosen: what was guessed; None for no guess.
        fill: puts line numbers into a text.
    """
    because = Answer("because", marked(sentence(fill(right.because))))
    if chosen is right:
        said = line(Piece(right.text, "bold"), _SO_IT_WAS)
        return [Answer("you said", said), because]
    found = [Answer("it was", styled(right.text, "bold")), because]
    if chosen is None:
        return found
    but = Answer("but", marked(sentence(fill(chosen.because))))
    return [Answer("you said", marked(chosen.text)), *found, but]


def free_answers(step: Ask, was: str, said: str, fill: Callable[[str], str]) -> list[Answer]:
    """Answer a number or line that was typed; `said` is empty for none."""
    because = Answer("because", marked(sentence(fill(step.because))))
    if said and is_right(said, was):
        return [Answer("you said", line(Piece(was, "bold"), _SO_IT_WAS)), because]
    found = [Answer("it was", styled(was, "bold")), because]
    if not said:
        return found
    near = why_not(step, said)
    but = [Answer("but", marked(sentence(fill(near))))] if near else []
    return [Answer("you said", styled(said, "")), *found, *but]


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
    chain = verdict.chain if isinstance(result, Observation) else ()
    return CheckedClaim(HOLDS, claim.sentence, "", chain_words(result, chain), chain)


def chain_words(result: object, chain: Sequence[int]) -> list[str]:
    """Say a chain of events in sentences; those that have no words are left out."""
    if not isinstance(result, Observation) or not chain:
        return []
    wording = Wording(result)
    chronicle = result.chronicle
    links = []
    for place, index in enumerate(chain):
        phrase = wording.phrase(index)
        is_passing = phrase.startswith("waits") and place + 1 < len(chain)
        if phrase and not is_passing:
            links.append(f"{chronicle.label(chronicle.owners[index])} {phrase}")
    return links


def fact_lines(facts: Sequence[CheckedClaim], width: int) -> Block:
    """Set facts with their signs; below an order its chain."""
    block: Block = []
    for fact in facts:
        note = line("  (", styled(fact.note, "dim"), ")") if fact.note else ()
        block.extend(
            labelled(fact.sign, line(marked(fact.sentence), note), 2, min(width, _WIDTH), "bold")
        )
        if len(fact.chain) > 1:
            chain = styled(" → ".join(fact.chain), "dim")
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
    said = []
    for fact in facts:
        note = f" ({fact.note})" if fact.note else ""
        chain = f" The chain: {', then '.join(fact.chain)}." if len(fact.chain) > 1 else ""
        said.append(f"{words[fact.sign]}: {fact.sentence}{note}{chain}")
    return said
