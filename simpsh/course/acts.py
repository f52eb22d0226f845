"""What happens in a life, as kinds of events: `child.ends`, `parent.collects(child)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.being import Named, is_meant
from simpsh.course.expectation import Happening
from simpsh.course.statuses import StatusTest, status_test
from simpsh.events import Exec, Exit, Fork, Reap, Reparent, Wait, WaitReturn

if TYPE_CHECKING:
    from collections.abc import Callable


class Acts(Named):
    """Birth, exec, end, collection and waiting; each is a Happening."""

    # Its life ------------------------------------------------------------------------------

    @property
    def is_born(self) -> Happening:
        """Somebody forks it."""
        return Happening(
            f"{self.called} is born",
            lambda scene: [
                index
                for index, event in enumerate(scene.events)
                if isinstance(event.what, Fork)
                and not event.what.thread
                and self.is_one(scene.run.name_of(event.what.child))
            ],
        )

    def forks(self, child: Named | None = None) -> Happening:
        """It makes another process."""
        return self._does(
            f"forks{_object(child)}",
            lambda scene, event: (
                isinstance(event.what, Fork)
                and not event.what.thread
                and is_meant(child, scene, event.what.child)
            ),
        )

    @property
    def starts_a_thread(self) -> Happening:
        """It makes a thread of itself."""
        return self._does(
            "starts a thread",
            lambda _, event: isinstance(event.what, Fork) and event.what.thread,
        )

    def execs(self, program: str = "") -> Happening:
        """It replaces its program, successfully: by this one, `ls` or `/bin/ls`."""
        return self._does(
            f"executes {program}".rstrip() if program else "executes a program",
            lambda _, event: isinstance(event.what, Exec) and _is_program(event.what, program),
        )

    @property
    def ends(self) -> Happening:
        """It ends, in whatever way; it is a zombie from then on."""
        return self._does("ends", lambda _, event: isinstance(event.what, Exit))

    def exits(self, code: int | None = None) -> Happening:
        """It ends by exit(3) or a return from main, with this code."""
        test = status_test("exited", code)
        return self._ends(f"exits with {code}" if code is not None else "exits", test)

    def is_killed_by(self, signal: str = "") -> Happening:
        """A signal ends it."""
        test = status_test("killed", signal or None)
        return self._ends(f"is killed by {signal or 'a signal'}", test)

    def collects(self, child: Named | None = None) -> Happening:
        """It collects a dead child by one of the wait calls: the zombie is gone."""
        return Happening(
            f"{self.called} collects {child.called if child else 'a child'}",
            lambda scene: [
                index
                for index, event in enumerate(scene.events)
                if isinstance(event.what, Reap)
                and self.is_one(scene.owner(index))
                and event.what.by != "kernel"
                and is_meant(child, scene, event.what.child)
            ],
        )

    @property
    def is_collected(self) -> Happening:
        """Somebody collects it, parent or adopter; or the kernel does, since nobody had to."""
        return self._is_reaped(f"{self.called} is collected", lambda _: True)

    @property
    def vanishes(self) -> Happening:
        """It ends without having become a zombie: its parent ignores SIGCHLD."""
        return self._is_reaped(f"{self.called} vanishes uncollected", lambda by: by == "kernel")

    def is_adopted(self, by: Named | None = None) -> Happening:
        """Its parent has died and it gets another one."""
        return self._does(
            f"is adopted{' by ' + by.called if by else ''}",
            lambda scene, event: (
                isinstance(event.what, Reparent) and is_meant(by, scene, event.what.adopter)
            ),
        )

    # Waiting -------------------------------------------------------------------------------

    def waits(self) -> Happening:
        """It begins to wait for a child, by one of the wait calls."""
        return self._does("waits", lambda _, event: isinstance(event.what, Wait))

    def wait_returns(
        self, child: Named | None = None, status: str | int | None = None
    ) -> Happening:
        """A wait call of its comes back with a child.

        Args:
            child: which one; any if None.
            status: `exited`, `killed`, `stopped`, `continued`, or the status word, 16 bits.
        """
        test = status_test(status) if isinstance(status, str) else None
        what = "" if status is None else f" as {status if test else f'{status:#06x}'}"
        return self._does(
            f"gets{_object(child) or ' a child'}{what} from a wait call",
            lambda scene, event: (
                isinstance(event.what, WaitReturn)
                and event.what.child_pid > 0
                and is_meant(child, scene, event.what.child)
                and _is_status(event.what.status, status, test)
            ),
        )

    @property
    def wait_finds_nobody(self) -> Happening:
        """A wait call with WNOHANG comes back with 0: it has children, and none has changed."""
        return self._does(
            "waits without blocking, and no child has changed",
            lambda _, event: isinstance(event.what, WaitReturn) and event.what.child_pid == 0,
        )

    # How they are found ------------------------------------------------------------------------

    def _ends(self, text: str, test: StatusTest) -> Happening:
        return self._does(
            text, lambda _, event: isinstance(event.what, Exit) and test(event.what.status)
        )

    def _is_reaped(self, text: str, by: Callable[[str], bool]) -> Happening:
        return Happening(
            text,
            lambda scene: [
                index
                for index, event in enumerate(scene.events)
                if isinstance(event.what, Reap)
                and by(event.what.by)
                and self.is_one(scene.run.name_of(event.what.child))
            ],
        )


def _object(process: Named | None) -> str:
    return f" {process.called}" if process is not None else ""


def _is_program(what: Exec, program: str) -> bool:
    wanted = program.rsplit("/", 1)[-1]
    names = (what.exe, *what.argv[:1])
    return not program or any(wanted == name.rsplit("/", 1)[-1] for name in names)


def _is_status(word: int | None, status: str | int | None, test: StatusTest | None) -> bool:
    if status is None:
        return True
    return word is not None and (test(word) if test is not None else word == status)
