"""Sets of outputs, derived by counting orders, without looking at a run of any program."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import permutations

STUCK = " [deadlock]"


def orders(*threads: Iterable[str], before: Iterable[tuple[str, str]] = ()) -> set[str]:
    """Every way to print the tokens of some threads, each in its own order.

    `before` holds pairs of tokens of which the first is always printed before the second; tokens
    that differ but print the same have a number after a `#`.
    """
    found = set()
    for order in _shuffles(tuple(tuple(thread) for thread in threads)):
        if all(order.index(first) < order.index(second) for first, second in before):
            found.add("".join(token.partition("#")[0] for token in order))
    return found


def _shuffles(threads: tuple[tuple[str, ...], ...]) -> Iterator[list[str]]:
    if not any(threads):
        yield []
    for index, thread in enumerate(threads):
        if thread:
            rest = (*threads[:index], thread[1:], *threads[index + 1 :])
            for order in _shuffles(rest):
                yield [thread[0], *order]


def all_permutations(letters: str) -> set[str]:
    return {"".join(order) for order in permutations(letters)}


def dyck_words(pairs: int) -> set[str]:
    """Words of h and . in which no prefix has more dots than h's; Catalan numbers count them."""

    def grow(text: str, opened: int, closed: int) -> Iterator[str]:
        if closed == pairs:
            yield text
        if opened < pairs:
            yield from grow(text + "h", opened + 1, closed)
        if closed < opened:
            yield from grow(text + ".", opened, closed + 1)

    return set(grow("", 0, 0))


def two_writers() -> set[str]:
    """Two processes write two pairs each into a pipe; a third reads up to three bytes at a time."""
    writers = (("aa", "AA"), ("bb", "BB"))

    @cache
    def grow(done: tuple[int, int], held: str) -> frozenset[str]:
        found = set()
        for one in (0, 1):
            if done[one] < 2:
                after = (done[0] + (one == 0), done[1] + (one == 1))
                found |= grow(after, held + writers[one][done[one]])
        if held:
            found |= {f"{held[:3]},{rest}" for rest in grow(done, held[3:])}
        return frozenset(found) or frozenset(("",))

    return set(grow((0, 0), ""))


def killed_between_two_writes() -> set[str]:
    """`p`, then a SIGKILL against a child that writes 1 and 2; then K or, if too late, E."""
    return {
        *(order + "K" for written in ("", "1", "12") for order in orders("p", written)),
        *(order + "E" for order in orders("p", "12")),
    }


def killed_under_way() -> set[str]:
    """The killer writes x after the kill; a write that had begun may come before or after x."""
    found = set()
    for before in ("", "1", "12"):
        rest = "12"[len(before) :][:1]
        found.add(before + "xK")
        if rest:
            found |= {before + "x" + rest + "K", before + rest + "xK"}
    return found | {"12xE"}


def usr1_against_signal() -> set[str]:
    """A signal before the handler is set kills; afterwards it is handled; too late, it is lost."""
    return {"K", "CE", *(order + "E" for order in orders("H", "C"))}
