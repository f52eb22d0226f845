"""`simpsh doctor`: what this machine permits, and what to do about the rest."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words
from simpsh.console import room
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.machine_permits import NEEDS, UNCONFINED, all_refused, lack


class MachineReport(Record):
    """The results of the examination."""

    missing: dict[str, str]
    """Reasons for unmet needs, by name."""
    remedies: dict[str, str]
    """Advice about each of them."""
    refused: dict[str, str]
    """The cause of each refusal, by the name of the call."""
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether everything is permitted, and every lesson can be loaded."""
        return not (self.missing or self.refused or self.problems)


def examine(problems: list[str]) -> MachineReport:
    """Test every need."""
    lacking = {name: found for name in NEEDS if (found := lack(name))}
    reasons = {name: found.reason for name, found in lacking.items()}
    remedies = {name: found.remedy for name, found in lacking.items()}
    return MachineReport(reasons, remedies, all_refused(), problems)


def lines_of(report: MachineReport) -> Iterator[str]:
    """Yield the report as text: at most 80 columns, fewer on a narrow terminal."""
    columns, names = min(80, room()), max(map(len, NEEDS))

    def wrapped(text: str, indent: int, first: str = "") -> list[str]:
        return between_words(text, columns, first or " " * indent, " " * (indent + 2))

    yield from wrapped(f"{machine()}:", 0)
    for name, need in NEEDS.items():
        if name not in report.missing:
            yield from wrapped(need.purpose, names + 3, f"  ✓ {name:{names}} ")
    for name, reason in report.missing.items():
        yield from wrapped(NEEDS[name].purpose, names + 3, f"  ✗ {name:{names}} ")
        yield from wrapped(f"missing: {reason}", 18)
        yield from wrapped(f"to do:   {report.remedies[name]}", 18)
    if report.refused:
        reasons = "; ".join(report.refused.values())
        yield from wrapped(f"{reasons}. To do: {UNCONFINED}", 0)
    for problem in report.problems:
        yield from between_words(problem, room(), further="  ")
    if report.is_good:
        yield "Every lesson shows everything on this machine."


def machine() -> str:
    """Describe this machine in a phrase."""
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    count = len(sched_getaffinity())
    processors = "one processor" if count == 1 else f"{count} processors"
    terminal = (
        f"a terminal ({os.environ.get('TERM', 'unnamed')})" if os.isatty(1) else "no terminal"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Linux {platform.release()}, Python {version}, {processors}, {user}, {terminal}"
