"""`-vv` compared with strace, `-vvv` compared with /proc, and the destination of narration."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.dash.programs import all_programs
from tests.shell.program_cases import prefixed, through_sh
from tests.support.shells import FORK, Place, needs_a_full_device, run, simpsh
from tests.trace.test_against_strace import whole_calls
from tests.view.narrated import narrate

STANDARD = {"PATH": "/usr/bin:/bin"}


def calls(story, who):
    """Return the narrated calls of one process."""
    begin = f"[{who}] "
    return [line.removeprefix(begin) for line in story.lines if line.startswith(begin)]


def test_every_step_of_a_search_along_path_is_shown():
    # The search along PATH is shown until it succeeds.
    walk = walk_of("true", "-vvv", "/proc/absent:/etc:/usr/bin:/bin")
    assert walk == [
        'execve("/proc/absent/true", ["true"], …) = -1 ENOENT (No such file or directory)',
        'execve("/etc/true", ["true"], …) = -1 ENOENT (No such file or directory)',
        # A successful execve does not return, so there is no result.
        'execve("/usr/bin/true", ["true"], …)',
    ]
    assert walk_of("true", "-vv", "/proc/absent:/etc:/usr/bin:/bin") == [
        'execve("/usr/bin/true", ["true"], …), after 2 misses in PATH'
    ]
    # A command that is not found is shown with the result of its search.
    missing = "= -1 ENOENT (No such file or directory)"
    assert walk_of("nosuch", "-vv", "/usr/bin:/bin") == [
        f'execve("/bin/nosuch", ["nosuch"], …) {missing}, 2 misses in PATH'
    ]
    story = narrate("nosuch", "-vvv", extra=STANDARD)
    last = calls(story, "A")[-3:]
    assert [line.partition(",")[0] for line in last] == [
        'execve("/usr/bin/nosuch"',
        'execve("/bin/nosuch"',
        "_exit(127)",
    ]
    assert last[1].endswith(" = -1 ENOENT (No such file or directory)")
    # No step of a long search is lost.
    path = ":".join(f"/proc/absent/{number}" for number in range(200))
    story = narrate("true; true; true", "-vvv", extra={"PATH": f"{path}:/usr/bin"})
    walks = [[line for line in calls(story, who) if "execve" in line] for who in "ABC"]
    assert [len(walk) for walk in walks] == [201, 201, 201]
    assert [walk[-1].partition(",")[0] for walk in walks] == ['execve("/usr/bin/true"'] * 3


def walk_of(script, level, path):
    story = narrate(script, level, extra={"PATH": path})
    walk = [line for line in calls(story, "A") if line.startswith("execve")]
    return [re.sub(r"/\* \d+ vars \*/", "…", line) for line in walk]


def test_the_calls_of_commands_and_pipelines_are_reported_in_their_order():
    # The calls of a redirected command are in order.
    story = narrate(": >in; true <in >out 2>&1", "-vv", extra=STANDARD)
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
    # The shell's calls for a pipeline are in order.
    story = narrate("true | true", "-vv")
    names = [line.partition("(")[0] for line in calls(story, "S")]
    order = [name for name in names if name in ("pipe2", "fork", "close", "wait4", "_exit")]
    assert order == ["pipe2", "fork", "close", "fork", "close", "wait4", "wait4", "_exit"]
    # Every child of a long pipeline is narrated up to its exec.
    for _ in range(5):
        story = narrate("true" + " | true" * 11 + "; sh -c 'exit 3' | cat", "-vv")
        done = [line for line in story.lines if "execve" in line and " = " not in line]
        assert len(done) == 14
        assert len({line[1] for line in done}) == 14


def test_a_status_word_is_decoded_as_in_strace():
    story = narrate("sh -c 'exit 7'; sh -c 'kill -9 $$'; sh -c 'kill -PIPE $$'", "-vv")
    words = re.findall(r"wait4\(-1, \[(.*)\], WUNTRACED\|WCONTINUED\)", "\n".join(story.lines))
    assert words == [
        "{WIFEXITED(s) && WEXITSTATUS(s) == 7}",
        "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}",
        "{WIFSIGNALED(s) && WTERMSIG(s) == SIGPIPE}",
    ]


# The calls that strace shows in the same way. The C library implements fork by clone and open by
# openat, so these are left out.
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
def test_strace_confirms_each_reported_call():
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
    """Remove the details that only strace has: addresses, rusage, blanks before `=`."""
    line = re.sub(r", (?:after )?\d+ miss(?:es)? in PATH$", "", line)
    line = re.sub(r"\s+= ", " = ", line).replace("WSTOPPED|", "WUNTRACED|")
    line = re.sub(r"0x[0-9a-f]+ (/\* \d+ vars \*/)", r"\1", line)
    return re.sub(r"(W\w+\|WCONTINUED), (?:NULL|\{.*\})\)", r"\1)", line)


def test_the_bits_of_a_status_word_are_printed():
    # An exit status.
    story = narrate("sh -c 'exit 7'", "-vvv")
    at = story.lines.index("Child process (A) status changed: normal termination: exit status: 7")
    assert story.lines[at + 1 : at + 5] == [
        "  status word 0x0700 = 00000111 00000000",
        "    high byte: 7 (exit code 7)",
        "    core flag: 0 (unused: the process exited)",
        "    low seven bits: 0 (0: the process exited)",
    ]
    # A death by a signal.
    story = narrate("sh -c 'kill -KILL $$'", "-vvv")
    at = next(n for n, line in enumerate(story.lines) if "SIGKILL" in line and "changed" in line)
    assert story.lines[at + 1 : at + 5] == [
        "  status word 0x0009 = 00000000 00001001",
        "    high byte: 0 (unused: the process was killed)",
        "    core flag: 0 (no core was dumped)",
        "    low seven bits: 9 (killed by SIGKILL)",
    ]


def test_state_parent_group_and_session_agree_with_proc():
    # The program prints fields 4 to 6 of its own /proc/PID/stat.
    story = narrate("cut -d' ' -f1,4-6 /proc/self/stat", "-vvv")
    line = next(line for line in story.lines if line.startswith("Process (A): "))
    found = re.fullmatch(
        r"Process \(A\): state (\w) \((\w+)\), parent (\d+), group (\d+), session (\d+)", line
    )
    assert found, line
    assert (found[1], found[2]) == ("R", "running")
    assert story.outcome.text.split() == [f"{story.pids['A']}", *found.groups()[2:]]
    # With job control the group is the new group of the pipeline.
    story = narrate("cut -d' ' -f5 /proc/self/stat | cat", "-vvv", "-m")
    groups = set(re.findall(r"Process \([A-Z]\): state R .* group (\d+),", "\n".join(story.lines)))
    assert groups == {story.outcome.text.strip()}


def test_the_descriptor_table_is_the_one_the_program_gets():
    story = narrate(
        "ls -l /proc/self/fd >seen 3</dev/null 7>seven; true", "-vvv", given=b"standard input"
    )
    begin = next(n for n, line in enumerate(story.lines) if line.startswith("Process (A): "))
    end = story.lines.index('Child process (A) exec-ing cmd "ls" now...')
    rows = re.findall(r"^ +descriptor (\d+) -> (.*)$", "\n".join(story.lines[begin:end]), re.M)
    table = {int(number): target for number, target in rows if "(closed by exec)" not in target}
    seen = story.outcome.files["seen"].content.decode()
    given = {int(n): target for n, target in re.findall(r" (\d+) -> (.*)$", seen, re.M)}
    # ls itself has opened the directory.
    own = next(number for number, target in given.items() if target.startswith("/proc/"))
    del given[own]
    assert table == given
    assert table[3] == "/dev/null"
    assert table[7].endswith("/seven")
    assert len(table) == 5
    # Close-on-exec descriptors are marked.
    story = narrate("true | true", "-vvv")
    rows = [line for line in story.lines if "descriptor" in line and "->" in line]
    assert any(line.endswith("  (closed by exec)") for line in rows)
    kept = {line.split()[1] for line in rows if not line.endswith("(closed by exec)")}
    assert kept == {"0", "1", "2"}


# Programs that print times, pids or descriptors would differ in any case.
PROGRAMS = [
    program
    for program in all_programs()
    if not re.search(r"/fd|times|ulimit|\$\$|\$!|sleep", program.script)
]
SOME = PROGRAMS[:: len(PROGRAMS) // 20]


@pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)
def test_narration_on_another_descriptor_changes_no_output_and_no_status(program, place):
    """Outputs, status and files are the same with and without narration."""
    how = {"form": program.form, "arguments": program.arguments, "place": place}
    plain = run(FORK, program.text, **how)
    level = ("-v", "-vv", "-vvv")[program.line % 3]
    narrating = through_sh(simpsh(level, "--verbose-fd", "9"), "exec 9>../narration")
    assert run(narrating, program.text, **how) == plain
    with open(f"{place.base}/narration") as file:
        assert "Traceback" not in file.read()


def test_narration_goes_to_its_descriptor_whatever_commands_redirect():
    # --verbose-fd receives the whole narration.
    shell = through_sh(simpsh("-vv", "--verbose-fd=7"), "exec 7>seven")
    outcome = run(shell, "sh -c 'echo err >&2; exit 3'; exec 7>&- 2>f; true")
    assert outcome.error == "err\n"
    narration = outcome.files["seven"].content.decode()
    # Closing descriptor 7 does not end the narration, because the shell uses a copy.
    assert narration.count("exec-ing") == 2
    assert outcome.files["f"].content == b""
    # Redirections of commands do not redirect the narration.
    outcome = run(simpsh("-v"), "{ true; (true); } 2>f; exec 2>g; true; nosuch")
    assert outcome.error.count("exec-ing") == 4
    assert outcome.files["f"].content == b""
    assert outcome.files["g"].content == b"simpsh: line 1: nosuch: command not found\n"


@pytest.mark.parametrize(
    "prologue",
    ["exec 2>&-", pytest.param("exec 2>/dev/full", marks=needs_a_full_device), "exec 2</dev/null"],
)
def test_narration_that_cannot_be_written_changes_nothing(prologue):
    outcome = run(through_sh(simpsh("-vvv"), prologue), "printf x | cat; (exit 3); echo $?; exit 4")
    assert (outcome.text, outcome.status) == ("x3\n", 4)
