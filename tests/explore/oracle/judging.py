"""Three searches of one program, compared: the model, the unreduced model, and the oracle."""

from dataclasses import dataclass, field

from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.flags import BLOCKS, COMPUTES, NOT_EXAMINED
from simpsh.explore.search.exploration import ExplorationLimits, explore, outcome_of
from simpsh.explore.search.program_outcomes import outcomes_of
from simpsh.explore.search.state_search import StateSearch
from tests.explore.oracle.letters import STUCK, Program


@dataclass
class Tally:
    """Counts and differences."""

    complete: int = 0
    """Programs with a complete model."""
    by_unreduced_model: int = 0
    """Programs whose every state was searched."""
    differences: list[str] = field(default_factory=list)


def judge(text, program, tally, *, budget_seconds=30.0):
    """Explore a program of letters.c in all three ways, and record every difference."""
    oracle = Program(text).outputs()
    result = explore(
        program, ExplorationLimits(budget_seconds=budget_seconds, natives=0, most=5000)
    )
    kinds = {flag.text for flag in result.flags}
    if not kinds.isdisjoint((BLOCKS.text, COMPUTES.text, NOT_EXAMINED.text)):
        return  # a process that did not run for long seemed to be blocked, or no rule covers it
    if set(result.reasons) - _allowed(result.reasons):
        tally.differences.append(f"{text}: {'; '.join(result.reasons)}")
    modelled = {_ending(one) for one in result.outcomes}
    tally.complete += result.has_every_order
    with Knowledge(program) as knowledge:
        search = StateSearch(knowledge, is_reduced=False)
        while search.advance(budget_seconds):
            pass
        if search.is_finished:
            tally.by_unreduced_model += 1
            every = {_plain(ending) for ending in outcomes_of(search, 5000).endings}
            _compare(text, "all states", modelled, every, result.has_every_order, tally)
    _compare(text, "oracle", _printed(modelled), oracle, result.has_every_order, tally)


def _allowed(reasons):
    return {reason for reason in reasons if "budget" in reason or reason.startswith("only ")}


def _compare(text, name, modelled, true, is_complete, tally):
    missing, extra = true - modelled, modelled - true
    if is_complete and missing:
        some = sorted(missing, key=repr)[:3]
        tally.differences.append(f"{text}: the model lacks, by {name}: {some}")
    if extra:
        some = sorted(extra, key=repr)[:3]
        tally.differences.append(f"{text}: the model has too much, by {name}: {some}")


def _ending(outcome):
    return outcome.output, outcome.statuses, outcome.files, tuple(n for n, _ in outcome.deadlock)


def _plain(ending):
    return _ending(outcome_of(ending))


def _printed(endings):
    return {output + (STUCK if deadlock else b"") for output, _, _, deadlock in endings}
