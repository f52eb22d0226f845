"""Random programs of every family of rules, explored, and run freely to refute their sets.

    python -m tests.explore.oracle.hunting SEED COUNT
    python -m tests.explore.oracle.hunting pairs

One binary for each of the three languages of letters interprets all its programs. A rule is wrong
if a free run has an outcome that is not in the set, or if a real run contradicts the rules and no
flag explains it.
"""

import sys
import tempfile
from collections import Counter
from itertools import count, islice, product
from pathlib import Path
from random import Random

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_verdict import REFUTED
from simpsh.explore.search.state_search import DIFFERS
from tests.explore.oracle import generating, racing
from tests.harness.compiled import compile_c

HERE = Path(__file__).parent
RACES = {
    "shared memory": ("iIloOwptnNm", 2),
    "fifos": ("ABEFGHAB", 4),
    "pipes": ("abrRkKe", 3),
    "names": ("$%**&<>/;^^!?-", 3),
    "modes": ("067894&05784", 3),
    "offsets": ("uvxyzzxu", 3),
    "descriptions": ("%jLVu^", 4),
    "duplicates": ("dfgsbRRkKMSe", 3),
}
"""Interacting letters of races.c, and the greatest number of them in a process."""
FAMILIES = (*(f"letters {name}" for name in generating.FAMILIES), *racing.FAMILIES, *RACES)
_DIFFERS = DIFFERS.text.partition("{")[0]
LIMITS = ExplorationLimits(budget_seconds=2, natives=11, native_seconds=1)


def drawn(family, seed):
    """Return the language of `family`, and the words of one of the family's programs."""
    if family in RACES:
        random, (letters, most) = Random(f"{family} {seed}"), RACES[family]
        sizes = random.randint(0, 1), random.randint(1, most), random.randint(1, most)
        return "races", (",".join("".join(random.choices(letters, k=size)) for size in sizes),)
    if family in racing.FAMILIES:
        return "racing", racing.racing(seed, family)
    letters = generating.FAMILIES[family.removeprefix("letters ")]
    return "letters", (generating.program(Random(f"{family} {seed}"), letters),)


def pairs():
    """Yield every program in which each of two processes makes one call of the same family."""
    for letters, _ in RACES.values():
        for word in product(("", "%", "AB"), sorted(set(letters)), sorted(set(letters))):
            yield "races", (",".join(word),)
    for setting, parent, child in racing.FAMILIES.values():
        yield from (("racing", words) for words in product(("", setting), parent, child))


def hunt(programs, compiled, limits=LIMITS, *, is_verbose=False):
    """Explore programs; return counts, and the refuted programs."""
    counts, wrong = Counter(), []
    for language, words in programs:
        with tempfile.TemporaryDirectory() as directory:
            program = program_of((compiled(f"oracle/{language}.c"), *words), directory=directory)
            found = explore(program, limits)
        counts["programs"] += 1
        counts["complete"] += found.has_every_order
        counts["runs"] += found.natives + found.skipped
        reasons = [reason for reason in found.reasons if reason.endswith(REFUTED)]
        if not found.flags:
            reasons += [reason for reason in found.reasons if _DIFFERS in reason]
        if reasons:
            wrong.append((language, words, *reasons))
        if is_verbose:
            row = dict(counts), len(wrong), language, words, len(found.outcomes), *found.reasons
            print(*row, sep="\t", flush=True)
    return counts, wrong


def main(seed, most="0"):
    with tempfile.TemporaryDirectory() as folder:

        def compiled(source):
            target = Path(folder, Path(source).stem)
            if not target.exists():
                words = ("-O0", "-pthread", f"-I{HERE.parent / 'programs'}")
                compile_c(HERE.parent / source, target, *words)
            return str(target)

        programs = pairs()
        if seed != "pairs":
            every = (drawn(family, begin) for begin in count(int(seed)) for family in FAMILIES)
            programs = islice(every, int(most))
        print(*hunt(programs, compiled, is_verbose=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
