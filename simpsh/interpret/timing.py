"""`time`: what a pipeline's children used, from wait4, and how long it took."""

from __future__ import annotations

import os
import time

from simpsh.interpret.conclusion import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.state import State


class timed:  # noqa: N801 - reads as a statement: with timed(state)
    """Measure what is run in the `with` block and tell it on standard error."""

    def __init__(self, state: State) -> None:
        self._waiter = state.launcher.waiter

    def __enter__(self) -> None:
        self._outer = self._waiter.usage
        self._waiter.usage = []
        self._own = os.times()
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        real = time.monotonic() - self._began
        children = self._waiter.usage or []
        self._waiter.usage = self._outer
        if self._outer is not None:
            self._outer.extend(children)
        own = os.times()
        user = own.user - self._own.user + sum(child.ru_utime for child in children)
        system = own.system - self._own.system + sum(child.ru_stime for child in children)
        lines = [f"real {real:.3f} s", f"user {user:.3f} s", f"sys {system:.3f} s"]
        if children:
            most = max(child.ru_maxrss for child in children)
            lines.append(f"maxrss {most} KiB")
        if kind is None:
            tell("\n".join(lines) + "\n")
