"""`-vv` shows every call up to exec in strace's notation; strace itself is the judge."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.shell.program_cases import prefixed
from tests.support.shells import Place, run, simpsh
from tests.trace.test_against_strace import whole_calls
from tests.view.narrated import told

STANDARD = {"PATH": "/usr/bin:/bin"}


def calls(story, who):
    """The calls that one process made."""
    begin = f"[{who}] "
    return [line.removeprefix(begin) for line in story.lines if line.startswith(begin)]


def test_the_walk_along_path_is_shown_whole():
    # The walk along path is shown until it succeeds.
    walk = walk_of("true", "-vvv", "/proc/absent:/etc:/usr/bin:/bin")
    assert walk == [
        'execve("/proc/absent/true", ["true"], …) = -1 ENOENT (No such file or directory)',
        'execve("/etc/true", ["true"], …) = -1 ENOENT (No such file or directory)',
        # It does not return, so there is no result.
        'execve("/usr/bin/true", ["true"], …)',
    ]
    assert walk_of("true", "-vv", "/proc/absent:/etc:/usr/bin:/bin") == [
        'execve("/usr/bin/true", ["true"], …), after 2 misses in PATH'
    ]
    # A command that is nowhere shows every place it was looked for.
    missing = "= -1 ENOENT (No such file or directory)"
    assert walk_of("nosuch", "-vv", "/usr/bin:/bin") == [
        f'execve("/bin/nosuch", ["nosuch"], …) {missing}, 2 misses in PATH'
    ]
    story = told("nosuch", "-vvv", extra=STANDARD)
    last = calls(story, "A")[-3:]
    assert [line.partition(",")[0] for line in last] == [
        'execve("/usr/bin/nosuch"',
        'execve("/bin/nosuch"',
        "_exit(127)",
    ]
    assert last[1].endswith(" = -1 ENOENT (No such file or directory)")
    # No step of a long walk is lost.
    path = ":".join(f"/proc/absent/{number}" for number in range(200))
    story = told("true; true; true", "-vvv", extra={"PATH": f"{path}:/usr/bin"})
    walks = [[line for line in calls(story, who) if "execve" in line] for who in "ABC"]
    assert [len(walk) for walk in walks] == [201, 201, 201]
    assert [walk[-1].partition(",")[0] for walk in walks] == ['execve("/usr/bin/true"'] * 3


def walk_of(script, level, path):
    story = told(script, level, extra={"PATH": path})
    walk = [line for line in calls(story, "A") if line.startswith("execve")]
    return [re.sub(r"/\* \d+ vars \*/", "…", line) for line in walk]


def test_the_calls_of_commands_and_pipelines_are_reported_in_their_order():
    # The calls of a redirected command in their order.
    story = told(": >in; true <in >out 2>&1", "-vv", extra=STANDARD)
    pattern = [
        r"sigprocmask\(SIG_SETMASK, \[\], ~\[\]\) = 0",
        r'open\("in", O_RDONLY\|O_CLOEXEC\) = (\d+)',
        r"dup2\((\d+), 0\) = 0",
        r"close\((\d+)\) = 0",
        r'open\("out", O_WRONLY\|O_CREAT\|O_TRUNC\|O_CLOEXEC, 0666\) = (\d+)',
        r"dup2\((\d+), 1\) = 1",
        r"close\((\d+)\) = 0",
        r"dup2\(1, 2\) = 2",
        r'execve\("/usr/bin/true", \["true"\], /\* \d+ vars \*/\)',
    ]
    child = calls(story, "A")
    assert len(child) == len(pattern)
    for wanted, line in zip(pattern, child, strict=True):
        assert re.fullmatch(wanted, line), line
    # The shell's side of a pipeline has its order.
    story = told("true | true", "-vv")
    names = [line.partition("(")[0] for line in calls(story, "S")]
    order = [name for name in names if name in ("pipe2", "fork", "close", "wait4", "_exit")]
    assert order == ["pipe2", "fork", "close", "fork", "close", "wait4", "wait4", "_exit"]
    # Every child of a long pipeline is followed to its exec.
    for _ in range(5):
        story = told("true" + " | true" * 11 + "; sh -c 'exit 3' | cat", "-vv")
        done = [line for line in story.lines if "execve" in line and " = " not in line]
        assert len(done) == 14
        assert len({line[1] for line in done}) == 14


def test_a_status_word_is_taken_apart_as_strace_does():
    story = told("sh -c 'exit 7'; sh -c 'kill -9 $$'; sh -c 'kill -PIPE $$'", "-vv")
    words = re.findall(r"wait4\(-1, \[(.*)\], WUNTRACED\|WCONTINUED\)", "\n".join(story.lines))
    assert words == [
        "{WIFEXITED(s) && WEXITSTATUS(s) == 7}",
        "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}",
        "{WIFSIGNALED(s) && WTERMSIG(s) == SIGPIPE}",
    ]


# The calls that mean the same in the kernel's own record. The C library makes clone of fork and
# openat of open; the rest is written alike.
SCRIPT = """
: >in
true <in >out 2>&1
printf x | cat | tr a b
nosuch
sh -c 'exit 7'
(cd /; sh -c 'kill -TERM $$')
x=$(cat in)
{ true; } 3>three 2>&3
./absent; cat <<E
text
E
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_strace_has_seen_each_reported_call():
    with Place() as place:
        strace = prefixed(
            simpsh("-vv"), "strace", "-f", "-o", "../strace", "-s", "4096",
            "-e", "trace=execve,dup2,pipe2,close,wait4,chdir", "-e", "signal=none",
        )  # fmt: skip
        outcome = run(strace, SCRIPT, place=place, form="file", seconds=60)
        with open(f"{place.base}/strace") as file:
            seen = {normal(line) for line in whole_calls(file.read())}
    lines = re.findall(r"^\[(\d+)\] (.*)$", outcome.error, re.MULTILINE)
    wanted = ("execve", "dup2", "pipe2", "close", "wait4", "chdir")
    mine = [f"{pid} {call}" for pid, call in lines if call.startswith(wanted)]
    assert len(mine) > 45, outcome
    seen |= {line.removesuffix(" = 0") for line in seen if "execve" in line}
    assert [line for line in map(normal, mine) if line not in seen] == []


def normal(line):
    """Without details that only strace has: addresses, rusage, blanks before `=`."""
    line = re.sub(r", (?:after )?\d+ miss(?:es)? in PATH$", "", line)
    line = re.sub(r"\s+= ", " = ", line).replace("WSTOPPED|", "WUNTRACED|")
    line = re.sub(r"0x[0-9a-f]+ (/\* \d+ vars \*/)", r"\1", line)
    return re.sub(r"(W\w+\|WCONTINUED), (?:NULL|\{.*\})\)", r"\1)", line)
