"""Collect spec files as tests: one test for each case. A file is played when its first case runs.

`--accept` writes the answers that were seen into the files, instead of failing.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from _pytest._code.code import TerminalRepr

from tests.spec.players import SECONDS
from tests.spec.session_text import Case, Mistake, accepted, matches
from tests.spec.spec_file import Answers, Spec, read_spec
from tests.support import watch


def add_options(parser: pytest.Parser) -> None:
    """Add the option that accepts answers."""
    words = "write the changed answers of spec files into the files, and run nothing else"
    parser.addoption("--accept", action="store_true", help=words)


def check_options(config: pytest.Config) -> None:
    """Refuse to accept answers where nobody looks at them, or where two processes would write."""
    if not config.option.accept:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("--accept: a person accepts answers, and CI is set")
    if hasattr(config, "workerinput") or getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--accept: answers are written by one process, without -n")


def collect_file(path: Path, parent: pytest.Collector) -> SpecFile | None:
    """Return the collector of a spec file, and nothing for another file."""
    return SpecFile.from_parent(parent, path=path) if path.suffix == ".spec" else None


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that run: with `--accept`, the cases of spec files alone."""
    is_accepting = config.option.accept
    return [item for item in items if isinstance(item, SpecCase) or not is_accepting]


class SpecFile(pytest.File):
    """A spec file."""

    spec: Spec
    played: Mapping[str, Answers] | None = None
    """The observed output, by the name of the shell."""
    accepted: dict[Case, Sequence[str]]

    def collect(self) -> Iterator[SpecCase]:
        try:
            self.spec = read_spec(self.path.read_text(encoding="utf-8"))
        except (Mistake, UnicodeDecodeError) as mistake:
            raise self.CollectError(f"{self.path}:{mistake}") from None
        self.accepted = {}
        for case in self.spec.cases:
            item = SpecCase.from_parent(self, name=f"{case.line}: {ascii(case.command)[1:-1][:40]}")
            item.case = case
            item.add_marker(pytest.mark.timeout(SECONDS + 100))
            if needs := self.spec.head["needs"].split():
                item.add_marker(pytest.mark.needs(*needs))
            yield item

    def play(self) -> Mapping[str, Answers]:
        """Play the file once for all of its cases; a process that it leaves is a failure."""
        if self.played is None:
            self.played = {}
            before = watch.snapshot()
            try:
                self.played = self.spec.play()
            finally:
                left = watch.remains(before)
            if left:
                pytest.fail("the file left behind:\n  " + "\n  ".join(left), pytrace=False)
        return self.played

    def teardown(self) -> None:
        if self.accepted:
            self.path.write_text(self.spec.text_with(self.accepted), encoding="utf-8")


class SpecCase(pytest.Item):
    """A case of a spec file."""

    parent: SpecFile
    case: Case

    def runtest(self) -> None:
        played = self.parent.play()
        seen = {
            name: answers[self.case] for name, answers in played.items() if self.case in answers
        }
        assert seen, "the file was not played to its end: see its first failure"
        wrong = [name for name, answer in seen.items() if not matches(self.case.answer, answer)]
        if not wrong:
            return
        new = {tuple(accepted(self.case.answer, answer)) for answer in seen.values()}
        if self.config.option.accept and len(new) == 1:
            [self.parent.accepted[self.case]] = new
            return
        words = [self._difference(name, seen[name]) for name in wrong]
        if len(new) > 1:
            words.append(f"The answers of {' and '.join(seen)} differ.")
        pytest.fail("\n".join(words), pytrace=False)

    def _difference(self, name: str, seen: Sequence[str]) -> str:
        lines = difflib.ndiff(self.case.answer, seen)
        return "\n".join([f"{self.case.command}\n-- written (-) and seen (+) in {name}:", *lines])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str | TerminalRepr:
        """Return the message alone if the session fails: no line of Python is at fault."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name
