"""One script in every installed shell: the outcome of each, and the rule that decides.

Each run has a fresh copy of the same directory, at the same path, in namespaces where nothing else
can be written. The rules are the sections of docs/differences.md: which construct one is about,
and cases of it with what each shell prints. A test runs all of these cases.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
import shutil
import stat
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations

import simpsh
from simpsh.base.errors import SimpshError
from simpsh.base.own_program import INTERPRETER
from simpsh.base.patience import patience
from simpsh.base.record import Record, changed
from simpsh.base.wait_status import shell_status
from simpsh.grade.sandbox.namespace_sandbox import FileVisibility, SandboxSession, work_in_sandbox
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.process.contained_run import ContainedCommand, run_contained
from simpsh.process.own_directory import remove_tree
from simpsh.process.worker import in_own_process

_MOST_PROCESSES = 128
_PAGE = "differences.md"


class Shell(Record):
    """A shell: what it is called, and how it is started."""

    name: str
    argv: tuple[str, ...]


SHELLS = (
    Shell("simpsh", (*INTERPRETER, "--no-rc")),
    Shell("dash", ("dash",)),
    Shell("bash", ("bash", "--norc", "--noprofile")),
    Shell("bash --posix", ("bash", "--norc", "--noprofile", "--posix")),
    Shell("mksh", ("mksh",)),
    Shell("busybox", ("busybox", "sh")),
    Shell("yash", ("yash", "--norcfile", "--noprofile")),
    Shell("ksh", ("ksh",)),
    Shell("zsh", ("zsh", "--emulate", "sh", "-f")),
)
"""The shells of POSIX's kind that are known; zsh as it is where it is called `sh`."""


def installed_shells() -> list[Shell]:
    """Return those that are installed, each with the path of its program."""
    found = []
    for shell in SHELLS:
        path = find_program(shell.argv[0], os.environ.get("PATH", STANDARD_PATH))
        if path:
            found.append(changed(shell, argv=(os.path.abspath(path), *shell.argv[1:])))
    return found


class File(Record):
    """One name that a script left: what it is, its permission bits, its content."""

    kind: str
    """'file', 'directory', 'fifo', 'link' or 'other'."""
    mode: int
    content: bytes = b""
    """The bytes of a file, the target of a link."""


class Outcome(Record):
    """The visible results of a run."""

    stdout: bytes
    stderr: bytes
    status: int
    """The exit status; minus the signal's number where the shell was killed, or ended as late."""
    files: Mapping[str, File] = {}

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode(errors="surrogateescape")

    @property
    def error(self) -> str:
        """Standard error as text."""
        return self.stderr.decode(errors="surrogateescape")

    @property
    def in_short(self) -> str:
        """Output, status and whether there is an error line, as the page of differences has it."""
        parts = [self.text.rstrip("\n").replace("\n", " / ") or "nothing"]
        parts += [f"status {self.status}"] if self.status else []
        return ", ".join([*parts, *(["an error line"] if self.stderr else [])])


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """Return what a user would notice; the wording on standard error is the shell's own affair."""
    differing = []
    if expected.stdout != got.stdout:
        differing.append(f"standard output: {expected.stdout!r} but {got.stdout!r}")
    if expected.status != got.status:
        differing.append(f"exit status: {expected.status} but {got.status}")
    if bool(expected.stderr) != bool(got.stderr):
        differing.append(f"standard error: {expected.stderr!r} but {got.stderr!r}")
    return differing + [
        f"file {name}: {expected.files.get(name)} but {got.files.get(name)}"
        for name in sorted(expected.files.keys() | got.files.keys())
        if expected.files.get(name) != got.files.get(name)
    ]


def files_below(directory: str) -> dict[str, File]:
    """Return everything below a directory, by its path relative to it."""
    found: dict[str, File] = {}
    for folder, folders, names in os.walk(directory):
        for name in sorted(folders + names):
            path = os.path.join(folder, name)
            found[os.path.relpath(path, directory)] = _file(path)
    return dict(sorted(found.items()))


def _file(path: str) -> File:
    facts = os.lstat(path)
    mode = stat.S_IMODE(facts.st_mode)
    if stat.S_ISDIR(facts.st_mode):
        return File("directory", mode)
    if stat.S_ISLNK(facts.st_mode):
        return File("link", mode, os.fsencode(os.readlink(path)))
    if stat.S_ISFIFO(facts.st_mode):
        return File("fifo", mode)
    if not stat.S_ISREG(facts.st_mode):
        return File("other", mode)
    os.chmod(path, mode | 0o400)
    with open(path, "rb") as file:
        return File("file", mode, file.read())


# ------------------------------------------------------------------------------ running


class Script(Record):
    """A script, and how a shell gets it."""

    text: str
    arguments: tuple[str, ...] = ()
    is_file: bool = False
    """Whether the shell reads it from a file, not as the operand of -c."""


def outcomes(
    runs: Sequence[tuple[Shell, Script]],
    seconds: float = 10,
    folder: str = "",
    *,
    is_confined: bool = True,
) -> list[Outcome]:
    """Return the outcome of each script in its shell, one after the other.

    Each begins in a copy of `folder`, by default in an empty directory.

    Raises SimpshError: this machine keeps nothing apart, and nothing was run. OSError: EAGAIN
    EMFILE …; no process or descriptor can be made.
    """
    seconds *= patience()
    whole = int(seconds * len(runs)) + 30
    limits = SubmissionLimits(whole)
    sandbox = Sandbox(limits, has_namespaces=is_confined, with_users=is_confined)
    work = partial(_run_all, runs, seconds, bool(folder))
    begin = partial(work_in_sandbox, sandbox, FileVisibility(source=folder), work)
    lines, reason = in_own_process(begin, whole)
    failures = [json.loads(line)["failure"] for line in lines if line.startswith(b"{")]
    if failures or reason or len(lines) < len(runs):
        raise SimpshError(
            f"compare: nothing was compared: {' '.join(failures) or reason}; --unconfined runs the "
            "line without namespaces: it may then change whatever you may change"
        )
    return [pickle.loads(base64.b64decode(line)) for line in lines]


def _run_all(
    runs: Sequence[tuple[Shell, Script]],
    seconds: float,
    has_folder: bool,  # noqa: FBT001 - bound beforehand
    session: SandboxSession,
) -> None:
    for shell, script in runs:
        source = session.source if has_folder else ""
        outcome = _run(shell, script, seconds, session.directory, source)
        session.send(base64.b64encode(pickle.dumps(outcome)))


def _run(shell: Shell, script: Script, seconds: float, place: str, source: str) -> Outcome:
    """Run a script in a fresh copy of its directory, at the same path for every shell."""
    work, file = os.path.join(place, "work"), os.path.join(place, "script")
    for name in (work, file):
        remove_tree(name)
    if source:
        shutil.copytree(source, work, symlinks=True)
    else:
        os.mkdir(work)
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(script.text)
    how = (file,) if script.is_file else ("-c", script.text, "script")
    environment = {**os.environ, "HOME": place, "PWD": work, "TERM": "dumb"}
    argv = (*shell.argv, *how, *script.arguments)
    limits = SubmissionLimits(int(seconds) + 1, processes=_MOST_PROCESSES)
    end = run_contained(ContainedCommand(argv, environment, work, seconds, limits.hold))
    status = -9 if end.status is None else shell_status(end.status)
    return Outcome(end.output, end.errors, status, files_below(work))


# ------------------------------------------------------------------------------- the rules


class Case(Record):
    """A line, and what shells print: by the name of a shell, Outcome.in_short."""

    line: str
    printed: Mapping[str, str]

    def is_like(self, results: Mapping[str, Outcome]) -> bool:
        """Return whether the shells that differ here are those that differ there, and no others."""
        pairs = list(combinations(results.keys() & self.printed.keys(), 2))
        here = [self.printed[first] != self.printed[second] for first, second in pairs]
        return any(here) and here == [
            bool(differences(results[first], results[second])) for first, second in pairs
        ]


class Rule(Record):
    """A section of the page of differences."""

    key: str
    text: str
    """Its first paragraph."""
    construct: str
    """A regular expression that finds what it is about in a script; empty if it names none."""
    cases: tuple[Case, ...]

    def decides(self, text: str, results: Mapping[str, Outcome]) -> bool:
        """Return whether a script has the construct, and shells agree as in a case."""
        found = self.construct and re.search(self.construct, text, re.MULTILINE)
        return bool(found) and any(case.is_like(results) for case in self.cases)


def rules() -> list[Rule]:
    """Return the sections of the page of differences that have a key."""
    package = os.path.dirname(os.path.abspath(simpsh.__file__))
    # An installed package has it with it; in a checkout it is among the documents.
    places = [f"{package}/{_PAGE}", f"{os.path.dirname(package)}/docs/{_PAGE}"]
    with open(next(filter(os.path.exists, places), places[0]), encoding="utf-8") as file:
        sections = re.split(r"^## (?=\S+$)", file.read(), flags=re.MULTILINE)[1:]
    return [_rule(section.partition("\n## ")[0]) for section in sections]


def _rule(section: str) -> Rule:
    key, _, body = section.partition("\n")
    construct = re.search(r"^<!-- construct: (.*) -->$", body, re.MULTILINE)
    paragraphs = [part for part in body.split("\n\n") if part.strip() and part.strip()[0] != "<"]
    cases = []
    for block in re.findall(r"^```compare\n(.*?)^```$", body, re.MULTILINE | re.DOTALL):
        for case in block.strip("\n").split("\n\n"):
            lines = case.split("\n")
            line = "\n".join(text for text in lines if not text.startswith("→ "))
            printed = {
                name: what
                for text in lines
                if text.startswith("→ ")
                for names, _, what in [text[2:].partition(": ")]
                for name in names.split(", ")
            }
            cases.append(Case(line, printed))
    return Rule(
        key, " ".join(paragraphs[0].split()), construct[1] if construct else "", tuple(cases)
    )
