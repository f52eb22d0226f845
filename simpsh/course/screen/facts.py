"""The claims of a step: what was checked about the run, in sentences, each with its chain.

✓  The child's word comes before the parent's in every legal order.
   child prints “child ” → child ends, status 0 → parent collects child → …
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course.expectation import Unknown
from simpsh.course.observation import Observation
from simpsh.course.screen.styled import Piece, line, styled
from simpsh.course.screen.text import counted, labelled, marked
from simpsh.course.screen.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.course.screen.styled import Block, Line
    from simpsh.course.steps import Claim

HOLDS, FAILS, UNSEEN = "✓", "✗", "–"
_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a claim in this run."""

    sign: str
    sentence: str
    note: str = ""
    """Why it could not be seen, or that it failed."""
    chain: Sequence[str] = ()
    """The causal chain behind an order, in sentences."""
    events: Sequence[int] = ()
    """The events of that chain, for the picture."""


def told(
    claims: Sequence[Claim], result: object, lacking: Callable[[Sequence[str]], str]
) -> list[Told]:
    """Judge claims by what was performed.

    Args:
        claims: of one step.
        result: what performing it gave.
        lacking: says why a need is missing on this machine; empty if none is.
    """
    return [_told(claim, result, lacking) for claim in claims]


def _told(claim: Claim, result: object, lacking: Callable[[Sequence[str]], str]) -> Told:
    reason = lacking(claim.needs) if claim.needs else ""
    if reason:
        return Told(UNSEEN, claim.sentence, f"not shown here: {reason}")
    try:
        verdict = claim.expectation.judge(result)  # type: ignore[arg-type]  # of its own step
    except Unknown as unseen:
        return Told(UNSEEN, claim.sentence, f"not shown here: {unseen}")
    if not verdict.holds:
        found = f" ({verdict.because})" if verdict.because else ""
        return Told(FAILS, claim.sentence, f"but not here, this time{found}; please report it")
    chain = verdict.chain if isinstance(result, Observation) else ()
    return Told(HOLDS, claim.sentence, "", chain_words(result, chain), chain)


def chain_words(result: object, chain: Sequence[int]) -> list[str]:
    """Say a chain of events in sentences; those that nobody sees are left out."""
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


def fact_lines(facts: Sequence[Told], width: int) -> Block:
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


def summary(facts: Sequence[Told]) -> Line:
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


def plain_facts(facts: Sequence[Told]) -> list[str]:
    """Return facts for a screen reader."""
    words = {HOLDS: "checked", FAILS: "failed", UNSEEN: "not shown"}
    told_ = []
    for fact in facts:
        note = f" ({fact.note})" if fact.note else ""
        chain = f" The chain: {', then '.join(fact.chain)}." if len(fact.chain) > 1 else ""
        told_.append(f"{words[fact.sign]}: {fact.sentence}{note}{chain}")
    return told_
