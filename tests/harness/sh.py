"""Run a command, a script, or many small scripts in one shell; return what they did.

    run_simpsh("trace", "-o", "f", "true", cwd=tmp_path)     a command line of simpsh
    run_command(["cc", "race.c"], cwd=tmp_path)              another program

    outcome = run(DASH, "printf x >f; exit 3")               a script, in a new directory
    assert outcome.status == 3
    assert outcome.files["f"].content == b"x"

    answers = run_cases(FORK, {"absent": "nosuch"})          many scripts in one run of a shell
    assert answers["absent"].status == 127

Each of them waits until the program has ended. `both_engines` runs a test with each engine.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from simpsh.base.record import Record
from tests.harness.process import become_subreaper, descendants_in_session, kill_and_collect
from tests.support import needed_programs

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

FORMS = ("-c", "file", "stdin")
"""How a script reaches its shell."""


@dataclass(frozen=True)
class Shell:
    """A shell under test: a name for reports, and how to start it."""

    name: str
    argv: tuple[str, ...]

    def is_installed(self) -> bool:
        return needed_programs.is_installed(self.argv[0])


def simpsh_command() -> tuple[str, ...]:
    """How a user of this environment starts simpsh: with the console script, if it exists."""
    script = os.path.join(os.path.dirname(sys.executable), "simpsh")
    if os.access(script, os.X_OK):
        return (script,)
    # -P: do not import modules from the working directory.
    return (sys.executable, "-P", "-m", "simpsh")


PYTHON = shlex.quote(sys.executable)
"""The path of this interpreter, quoted for a shell."""


def simpsh_words() -> str:
    """Return simpsh_command() as typed at a prompt, quoted if the path needs it."""
    return shlex.join(simpsh_command())


def run_command(
    argv: Sequence[str | os.PathLike[str]],
    *,
    variables: Mapping[str, str] | None = None,
    **keywords,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and return its status and its output, as text.

    `variables` are added to the environment; `keywords` are arguments of subprocess.run().
    """
    how = {"capture_output": True, "text": True, "timeout": 150, "check": False}
    if variables:
        how["env"] = os.environ | dict(variables)
    return subprocess.run(argv, **how | keywords)


def run_simpsh(
    *words: str | os.PathLike[str], status: int | None = None, **keywords
) -> subprocess.CompletedProcess[str]:
    """Run simpsh as run_command() does; its status must be `status`, if one is given."""
    done = run_command([*simpsh_command(), *words], **keywords)
    assert status in (None, done.returncode), (words, done)
    return done


def write_program(path: Path, text: str) -> Path:
    """Write an executable script, and make its directory; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def simpsh(*options: str) -> Shell:
    """The simpsh that is installed with the interpreter of the tests."""
    return Shell(" ".join(("simpsh", *options)), (*simpsh_command(), *options))


DASH = Shell("dash", ("dash",))
BASH = Shell("bash", ("bash", "--norc", "--noprofile"))
POSIX_BASH = Shell("bash --posix", (*BASH.argv, "--posix"))
SIMPSH = simpsh()
SPAWN = SIMPSH
FORK = Shell("simpsh by fork", (sys.executable, "-P", f"{PROJECT}/tests/harness/fork_shell.py"))
"""simpsh with the engine of the prompt, also in scripts."""

engine_name = {FORK: "fork", SPAWN: "spawn"}.__getitem__
both_engines = pytest.mark.parametrize("shell", [FORK, SPAWN], ids=engine_name)
"""Parametrize a test with `shell`: simpsh with each engine."""


def prefixed(shell: Shell, *words: str) -> Shell:
    """Return `shell`, started through another command such as `env --ignore-signal=HUP`."""
    return Shell(f"{' '.join(words)} {shell.name}", (*words, *shell.argv))


def through_sh(shell: Shell, prologue: str) -> Shell:
    """Return `shell`, executed by sh after a prologue, such as one that sets limits."""
    return prefixed(shell, "/bin/sh", "-c", f'{prologue}\nexec "$@"', "sh")


class File(Record):
    """One name that a script left: its kind, its permission bits, its content."""

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
    """The exit status; minus the signal's number if the shell was killed."""
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
    def lines(self) -> list[str]:
        """The lines of standard error."""
        return self.error.splitlines()

    @property
    def reason(self) -> str:
        """The one line of standard error, without `simpsh: line N: `."""
        (line,) = self.lines
        begin, number, rest = line.split(": ", 2)
        assert begin == "simpsh", line
        assert number.startswith("line "), line
        return rest

    @property
    def in_short(self) -> str:
        """Output, status and whether there is an error line, as the page of differences has it."""
        parts = [self.text.rstrip("\n").replace("\n", " / ") or "nothing"]
        status = self.status if self.status >= 0 else 128 - self.status
        parts += [f"status {status}"] if status else []
        return ", ".join([*parts, *(["an error line"] if self.stderr else [])])


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """Return the differences that a user would notice; error messages may be worded differently."""
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


def write_files(directory: str, files: Mapping[str, File]) -> None:
    """Write files, by their names, into a directory."""
    for name, file in files.items():
        assert file.kind == "file", f"{name}: only files can be written, no {file.kind}"
        path = Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)


class DidNotEnd(AssertionError):
    """The shell, or a process that holds its output open, is still alive at the deadline."""

    def __init__(self, words: str, stdout: bytes) -> None:
        super().__init__(words)
        # The output at the deadline. After its child is killed, a shell may continue its script.
        self.stdout = stdout


def environment(base: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a script: the same on every machine, except `base`."""
    # No PYTHONDONTWRITEBYTECODE, whatever the machine has: without bytecode a start costs double.
    variables = {
        "HOME": f"{base}/home",
        "XDG_CONFIG_HOME": f"{base}/home/.config",
        "XDG_STATE_HOME": f"{base}/home/.local/state",
        "XDG_DATA_HOME": f"{base}/home/.local/share",
        "XDG_CACHE_HOME": f"{base}/home/.cache",
        "TMPDIR": f"{base}/tmp",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }
    return variables | dict(extra or {})


class Place:
    """A temporary directory whose `work` is emptied before each run.

    Two shells run in the same place one after the other see the same paths.
    """

    def __init__(self) -> None:
        self.base = tempfile.mkdtemp(prefix="simpsh-")
        self.work = f"{self.base}/work"

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        _remove(self.base)

    def clear(self) -> None:
        """Recreate everything, so that no file of an earlier run is left."""
        for name in ("work", "home", "tmp"):
            _remove(f"{self.base}/{name}")
            os.mkdir(f"{self.base}/{name}", 0o755)


def run(
    shell: Shell,
    script: str | bytes,
    *,
    form: str = "-c",
    arguments: Sequence[str | bytes] = (),
    given: bytes = b"",
    place: Place | None = None,
    files: Mapping[str, File] | None = None,
    extra: Mapping[str, str] | None = None,
    seconds: float = 60.0,
) -> Outcome:
    """Run `script` and wait until no process holds its outputs any more.

    Args:
        form: '-c' (`$0` is `script`), 'file' (`../script`) or 'stdin'.
        arguments: The positional parameters (not for 'stdin').
        given: The contents of standard input, after the script in form 'stdin'.
        place: Where to run; by default a new place, removed afterwards.
        files: Files in the script's directory.
        extra: Variables added to the fixed environment.

    Raises:
        DidNotEnd: With the output so far. Remaining processes are killed in any case.
    """
    if place is None:
        with Place() as own:
            return run(
                shell, script, form=form, arguments=arguments, given=given, place=own,
                files=files, extra=extra, seconds=seconds,
            )  # fmt: skip
    place.clear()
    write_files(place.work, files or {})
    text = os.fsencode(script) if isinstance(script, str) else script
    argv: list[str | bytes] = [*shell.argv]
    if form == "-c":
        argv += ["-c", text, "script", *arguments]
    elif form == "file":
        with open(f"{place.base}/script", "wb") as file:
            file.write(text)
        argv += ["../script", *arguments]
    else:
        given = text + given
    out, err, word = _converse(argv, given, place, extra, seconds)
    return Outcome(out, err, os.waitstatus_to_exitcode(word), files_below(place.work))


def _converse(
    argv: Sequence[str | bytes],
    given: bytes,
    place: Place,
    extra: Mapping[str, str] | None,
    seconds: float,
) -> tuple[bytes, bytes, int]:
    # A script's orphans become our children, and are found at its end.
    become_subreaper()
    # Standard input is a file: its offset shows how much the shell and its programs have read.
    with tempfile.TemporaryFile(dir=place.base) as standard_input:
        standard_input.write(given)
        standard_input.seek(0)
        process = subprocess.Popen(
            argv,
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.work,
            env=environment(place.base, extra),
            start_new_session=True,
            umask=0o022,
        )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        # After the kill the pipes reach end of file, and nothing of the output is lost.
        kill_and_collect(lambda: _others(process))
        process.kill()
        out, err = process.communicate()
        words = f"{argv} did not end within {seconds} s\nstdout {out!r}\nstderr {err!r}"
        raise DidNotEnd(words, late.output or b"") from late
    finally:
        kill_and_collect(lambda: _others(process))
        if process.poll() is None:
            process.kill()
            process.communicate()
    code = process.returncode
    return out, err, code << 8 if code >= 0 else -code


def _others(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the members of the script's session except its leader, which `process` collects."""
    return [pid for pid in descendants_in_session(process.pid) if pid != process.pid]


def _remove(path: str) -> None:
    """Remove a tree that a script may have made unreadable, or may still be writing in."""
    deadline = time.monotonic() + 30
    while os.path.lexists(path):
        for folder, folders, _ in os.walk(path):
            for name in folders:
                if not os.path.islink(os.path.join(folder, name)):
                    os.chmod(os.path.join(folder, name), 0o700)
        shutil.rmtree(path, ignore_errors=time.monotonic() < deadline)


_MARK = "== end of case"


def run_cases(
    shell: Shell, cases: Mapping[str, str], place: Place | None = None, **options
) -> dict[str, Outcome]:
    """Run the cases one by one in one shell and directory; `options` are passed to run().

    A start costs as much as a dozen commands. A mark on both outputs ends the part of a case.
    """
    try:
        whole = run(shell, marked(cases.values()), place=place, **options)
    except DidNotEnd as late:
        raise DidNotEnd(f"{_unended(late.stdout, cases)}:\n{late}", late.stdout) from None
    outcomes = cut(whole, len(cases))
    assert outcomes is not None, f"{_unended(whole.stdout, cases)}:\n{whole}"
    return dict(zip(cases, outcomes, strict=True))


def _unended(stdout: bytes, cases: Mapping[str, str]) -> str:
    ended = stdout.count(_MARK.encode())
    if ended >= len(cases):
        return "the mark after a case is printed twice, or is missing in standard error"
    return f"the shell did not come to the end of case {[*cases][ended]}"


def marked(scripts: Iterable[str]) -> str:
    """Return a script that runs all `scripts`, with a mark on both outputs after each."""
    mark = f"{{ printf '{_MARK} %s\\n' \"$?\"; printf '{_MARK}\\n' >&2; }}"
    return "".join(f"{script}\n{mark}\n" for script in scripts)


def cut(whole: Outcome, count: int) -> list[Outcome] | None:
    """Split the outcome of a marked script; None if not every part ended."""
    outputs = whole.stdout.split(_MARK.encode() + b" ")
    errors = whole.stderr.split(_MARK.encode() + b"\n")
    if len(outputs) != count + 1 or len(errors) != count + 1:
        return None
    outcomes = []
    for index in range(count):
        # A mark is followed by the status of its part and the output of the next.
        output = outputs[index] if index == 0 else outputs[index].partition(b"\n")[2]
        status = int(outputs[index + 1].partition(b"\n")[0])
        outcomes.append(Outcome(output, errors[index], status))
    return outcomes


needs_a_full_device = pytest.mark.skipif(
    not os.access("/dev/full", os.W_OK), reason="this user may not write to /dev/full"
)
