"""What can still be printed from here, and which choices matter: the look ahead, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAIL = 60


class Branch(Record):
    """What a choice leaves possible."""

    count: int
    """How many outputs."""
    future: int
    """Equal for two branches if the same can still be printed after both."""


class Outlook(Record):
    """All that can still be printed from here."""

    rests: tuple[bytes, ...]
    """What is printed from here on, in every way it can go; the first ones if they are many."""
    count: int
    is_complete: bool
    """Whether there are no others."""
    may_deadlock: bool
    after: Mapping[str, Branch]
    """What is left after each choice."""

    @property
    def is_free(self) -> bool:
        """Whether it no longer matters who goes next: the future is the same for all choices."""
        futures = {branch.future for branch in self.after.values()}
        return self.is_complete and len(futures) == 1

    def left(self, choice: str) -> str:
        """Say how many outputs a choice leaves possible; empty where that is nothing to say.

        >>> after = {"P": Branch(1, 7), "P.1": Branch(2, 8)}
        >>> Outlook((b"a", b"b"), 2, True, False, after).left("P")
        '1 of 2'
        """
        branch = self.after.get(choice)
        if branch is None or not self.is_complete or self.count < 2 or self.is_free:
            return ""
        if branch.count == self.count:
            return "both" if self.count == 2 else f"all {self.count}"
        return f"{branch.count} of {self.count}"

    @property
    def head(self) -> str:
        """How many outputs there can be, in a few words."""
        at_least = "" if self.is_complete else "at least "
        deadlock = ", a deadlock possible" if self.may_deadlock else ""
        return f"{at_least}{self.count} output{'' if self.count == 1 else 's'}{deadlock}"

    @property
    def listed(self) -> str:
        """The outputs, as far as there are not too many."""
        texts = [shown(rest) if rest else "nothing more" for rest in self.rests]
        return " · ".join(texts) + (" …" if self.count > len(self.rests) else "")

    @property
    def verdict(self) -> str:
        """Whether the next choice matters, in one sentence; empty while that is not known."""
        if not self.is_complete or not self.after:
            return ""
        if len(self.after) == 1:
            return "There is no choice here: only one can go."
        if self.count == 1 and not self.may_deadlock:
            return "No choice matters any more: the rest is decided."
        if self.is_free:
            return "This choice does not matter: whoever goes next, the same can be printed."
        return "This choice matters: it decides what can still be printed."


def shown(data: bytes, longest: int = _TAIL) -> str:
    r"""Return bytes as text in quotes for people; of a long text the end.

    >>> print(shown(b"a\tb\n"), shown(b"0123456789", 4))
    “a\tb\n” “…6789”
    """
    text = data.decode("utf-8", "backslashreplace")
    escaped = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    return f"“{escaped}”" if len(escaped) <= longest else f"“…{escaped[-longest:]}”"
