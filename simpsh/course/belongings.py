"""What is a process's own: its variables, their pages of memory, its output and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.being import Named, entry
from simpsh.course.expectation import Expectation, Fact, NotThere, Unknown, Verdict, quoted
from simpsh.course.observation import END
from simpsh.course.statuses import return_code
from simpsh.events import Exit

if TYPE_CHECKING:
    from simpsh.course.observation import Look, Page
    from simpsh.course.scene import Scene


class Belongings(Named):
    """Variables and memory at a moment; output and exit status of the whole run."""

    # Variables and memory --------------------------------------------------------------------

    def value(self, variable: str) -> Fact:
        """A variable of the function that it is in; an mmap's contents are read in memory.

        Without a moment: what it was set to last.
        """

        def get(scene: Scene) -> object:
            if scene.moment == END:
                told = [new for _, who, name, new in scene.run.sets if (who, name) == wanted]
                if told:
                    return told[-1]
            return entry(scene.look(self.name).values, variable, "variable")

        wanted = (self.name, variable)
        return Fact(f"{self.called}'s {variable}", get)

    def address(self, variable: str) -> Fact:
        """The address of a variable that is an mmap."""
        return self._fact(f"address of “{variable}”", lambda look: _page(look, variable).address)

    def page_number(self, variable: str) -> Fact:
        """The page of physical memory behind an mmap; needs root, else Unknown."""

        def found(look: Look) -> int:
            number = _page(look, variable).number
            if not number:
                raise Unknown("page numbers are shown to root only (CAP_SYS_ADMIN)")
            return number

        return self._fact(f"physical page behind “{variable}”", found)

    def shares_page(self, variable: str) -> Expectation:
        """Another process uses the same page of physical memory; told without root, too."""
        return self._is(
            f"shares the page behind {variable}",
            f"has the page behind {variable} for itself",
            lambda look: _page(look, variable).shared,
        )

    def owns_page(self, variable: str) -> Expectation:
        """Nobody else uses that page of physical memory."""
        return self._is(
            f"has the page behind {variable} for itself",
            f"shares the page behind {variable}",
            lambda look: not _page(look, variable).shared,
        )

    # The whole run -------------------------------------------------------------------------

    @property
    def status(self) -> Fact:
        """How it ended: its exit code, or minus the signal that killed it."""
        return Fact(f"{self.called}'s exit status", lambda scene: return_code(self._word(scene)))

    @property
    def status_word(self) -> Fact:
        """How it ended, as the 16 bits that wait stores."""
        return Fact(f"{self.called}'s status word", self._word)

    def _word(self, scene: Scene) -> int:
        for index, event in enumerate(scene.events):
            if isinstance(event.what, Exit) and self.is_one(scene.owner(index)):
                return event.what.status
        scene.insist_on("events")
        raise NotThere(f"{self.called} did not end")

    def prints(self, text: str) -> Expectation:
        """A line of its output is exactly this (or these lines, if there are several)."""

        def judge(scene: Scene) -> Verdict:
            printed = self._printed(scene)
            lines = f"\n{printed}\n"
            return Verdict(
                holds=f"\n{text}\n" in lines, because=f"{self.called} printed {quoted(printed)}"
            )

        return Expectation(f"{self.called} prints {quoted(text)}", judge)

    def prints_only(self, text: str) -> Expectation:
        """All of its output is this, and a newline; nothing at all if the text is empty."""

        def judge(scene: Scene) -> Verdict:
            printed = self._printed(scene)
            return Verdict(
                holds=printed == (f"{text}\n" if text else ""),
                because=f"{self.called} printed {quoted(printed)}",
            )

        return Expectation(f"{self.called} prints {quoted(text)} and nothing else", judge)

    @property
    def output(self) -> Fact:
        """Everything that it wrote into the output."""
        return Fact(f"{self.called}'s output", self._printed)

    def _printed(self, scene: Scene) -> str:
        scene.insist_on("events")
        run = scene.run
        return "".join(run.printed(name) for name in run.names if self.is_one(name))


def _page(look: Look, variable: str) -> Page:
    page = look.pages.get(variable)
    if page is None:
        raise NotThere(f"{variable} had no page of memory of its own: is it an mmap?")
    return page
