"""`timeline --calls` compared with strace."""

import re

import pytest

from tests.harness.sh import Place, prefixed, run, simpsh
from tests.trace.test_against_strace import whole_calls

PATH = "/proc/absent:/etc:/usr/bin:/bin"
MISS = "-1 ENOENT (No such file or directory)"


def calls_at_prompt(lines, strace=()):
    """Return what `timeline --calls` prints after each line, and the log of strace."""
    shell = simpsh("-i", "--no-rc")
    with Place() as place:
        script = "".join(
            f"{line}\ntimeline --calls >{place.base}/calls{number}\n"
            for number, line in enumerate(lines)
        )
        shell = prefixed(shell, *strace, "-o", "../strace") if strace else shell
        run(shell, script, place=place, form="stdin", extra={"PATH": PATH})
        told = []
        for number, line in enumerate(lines):
            with open(f"{place.base}/calls{number}") as file:
                title, *calls = file.read().partition("note: ")[0].splitlines()
            assert title == line.replace("\n", "\\n")
            told.append(calls)
        if not strace:
            return told, ""
        with open(f"{place.base}/strace") as file:
            return told, file.read()


def named(calls):
    """Write S, A, B … for the pids in order of appearance; remove the size of the environment."""
    names = {}
    for call in calls:
        for pid in re.findall(r"^\[(\d+)\]|(?:fork\(\)|CONTINUED\)) = (\d+)", call):
            names.setdefault(pid[0] or pid[1], "SABCDEFGH"[len(names)])
    text = re.sub(r"/\* \d+ vars \*/", "…", "\n".join(calls))
    pids = re.compile(rf"\b(?:{'|'.join(names)})\b")
    return pids.sub(lambda pid: names[pid[0]], text).split("\n")


def test_the_calls_of_a_line_are_printed_in_the_order_of_each_process():
    lines = (
        ": >in",
        "true <in >out 2>&1",
        "(cd /; nosuch)",
        "cd /etc",
        "true | sh -c 'exit 7'",
        "cd -; mkfifo fifo; (sh -c 'echo >fifo; exec sleep 60 >x 2>x' & read x <fifo)",
    )
    told, _ = calls_at_prompt(lines)
    redirected, copied, moved, piped, left = map(named, told[1:])
    assert [call for call in redirected if call.startswith("[A]")] == [
        "[A] sigprocmask(SIG_SETMASK, [], ~[]) = 0",
        '[A] open("in", O_RDONLY|O_CLOEXEC) = 3',
        "[A] dup2(3, 0) = 0",
        "[A] close(3) = 0",
        '[A] open("out", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 3',
        "[A] dup2(3, 1) = 1",
        "[A] close(3) = 0",
        "[A] dup2(1, 2) = 2",
        f'[A] execve("/proc/absent/true", ["true"], …) = {MISS}',
        f'[A] execve("/etc/true", ["true"], …) = {MISS}',
        '[A] execve("/usr/bin/true", ["true"], …) = 0',
    ]
    # A copy of the shell passes on the calls of its child.
    assert [call for call in copied if "mask" not in call and "sigaction" not in call] == [
        "[S] fork() = A",
        '[A] chdir("/") = 0',
        "[A] fork() = B",
        *(f'[B] execve("{folder}/nosuch", ["nosuch"], …) = {MISS}' for folder in PATH.split(":")),
        "[B] _exit(127) = ?",
        "[A] wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 127}], WUNTRACED|WCONTINUED) = B",
        "[A] _exit(127) = ?",
        "[S] wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 127}], WUNTRACED|WCONTINUED) = A",
    ]
    # A child that outlives its subshell is included, too.
    assert [call for call in left if "sh -c" in call or '"/usr/bin/sh"' in call] == [
        """[C] execve("/usr/bin/sh", ["sh", "-c", "echo >fifo; exec sleep 60 >x 2>x"], …) = 0"""
    ]
    # A call that starts no process is a call as well.
    assert moved == ['[S] chdir("/etc") = 0']
    shell = [call.partition("(")[0] for call in piped if call.startswith("[S]")]
    order = [name.removeprefix("[S] ") for name in shell if "sig" not in name]
    assert order == ["pipe2", "fork", "close", "fork", "close", "wait4", "wait4"]


def test_a_list_that_is_cut_says_so():
    # A subshell whose calls do not fit into its page.
    many = "(for i in 1 2 3 4 5 6 7 8 9 0; do for j in {0..99}; do : >f; : >f; done; done)"
    with Place() as place:
        outcome = run(
            simpsh("-i", "--no-rc"), f"{many}\ntimeline --calls\n", place=place, form="stdin"
        )
    assert "note: the command did so much that only its beginning was kept" in outcome.text
    assert 500 < outcome.text.count("open(") < 2_000
    # The list of the shell itself has its last call.
    assert "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}]" in outcome.text


def test_control_characters_of_a_line_and_its_words_are_escaped():
    outcome = run(
        simpsh("-i", "--no-rc"), "true '\x1b]0;a\x1b[2J' 3>'\x9b'\ntimeline --calls\n", form="stdin"
    )
    assert r"\33]0;a\33[2J" in outcome.text
    assert {char for char in outcome.text if not char.isprintable()} == {"\n"}


COMPARED = ("execve", "dup2", "pipe2", "close", "wait4", "chdir", "kill", "umask", "setpgid")
SIGNALS = ("rt_sigprocmask", "rt_sigaction")
BIRTHS = ("clone", "fork", "vfork")
LINES = (
    ": >in",
    "true <in >out 2>&1",
    "printf x | cat | tr a b",
    "nosuch",
    "sh -c 'exit 7'; sh -c 'kill -9 $$'; sh -c 'kill -PIPE $$'",
    "(cd /; sh -c 'kill -TERM $$'; (true; exit 3))",
    "x=$(cat in)",
    "{ true; } 3>three 2>&3",
    "./absent; cat <<E\ntext\nE",
    "cd /; cd nosuch",
    "trap : USR1; umask 27; kill -USR1 $$",
    "exec /etc/passwd",
    "true" + " | true" * 11,
    "for i in 1 2; do (cd /; true) & wait; done",
    "set -m; true | true; set +m",
)


@pytest.mark.needs("strace")
def test_strace_confirms_each_call_and_saw_no_other_fork_or_program():
    names = ",".join((*COMPARED, *SIGNALS, *BIRTHS))
    strace = ("strace", "-f", "-s", "4096", "-e", f"trace={names}", "-e", "signal=none")
    told, log = calls_at_prompt(LINES, strace)
    mine = [re.fullmatch(r"\[(\d+)\] (.*)", call).groups() for calls in told for call in calls]
    seen = [line.partition(" ")[::2] for line in whole_calls(log)]
    for pid in dict.fromkeys(pid for pid, _ in mine):
        # In the same order, between calls that serve only the shell itself.
        rest = iter([normal(call) for caller, call in seen if caller == pid])
        for call in normal_calls(call for caller, call in mine if caller == pid):
            assert call in rest, (pid, call)
    assert len([call for _, call in mine if call.startswith(COMPARED)]) > 200
    shell = mine[0][0]
    births = {call.rpartition(" ")[2] for _, call in mine if call.startswith("fork(")}
    assert births == {call.rpartition(" ")[2] for _, call in seen if call.startswith(BIRTHS)}
    assert {pid for pid, _ in mine} == {shell, *births}
    for prefix in ("execve(", "dup2(", "chdir("):
        wanted = [
            (pid, normal(call)) for pid, call in seen if pid in births and call.startswith(prefix)
        ]
        found = [(pid, normal(call)) for pid, call in mine if call.startswith(prefix)]
        assert [call for call in wanted if call not in found] == []


def normal_calls(calls):
    """Yield the calls that strace shows alike; a sigaction of several signals is several calls."""
    for call in calls:
        if call.startswith("sigaction("):
            for signals, action in re.findall(r"\[([A-Z0-9 ]+)\], (SIG_\w+|a handler)", call):
                yield from (f"rt_sigaction(SIG{signal}, {action})" for signal in signals.split())
        elif call.startswith("sigprocmask("):
            yield normal(f"rt_{call}")
        elif call.startswith(COMPARED):
            yield normal(call)


def normal(call):
    """Remove what only strace prints: addresses, rusage, restorers, blanks before `=`."""
    call = re.sub(r"\s+= ", " = ", call).replace("WSTOPPED|", "WUNTRACED|")
    call = re.sub(r"0x[0-9a-f]+ (/\* \d+ vars \*/)", r"\1", call)
    if found := re.match(r"rt_sigaction\((SIG\w+), \{sa_handler=(\w+)", call):
        action = found[2] if found[2].startswith("SIG_") else "a handler"
        return f"rt_sigaction({found[1]}, {action})"
    if found := re.match(r"rt_sigprocmask\((\w+), (~?)\[(.*?)\]", call):
        # The C library keeps two signals for itself.
        signals = "" if found[2] else " ".join(sorted(found[3].split()))
        return f"rt_sigprocmask({found[1]}, {found[2]}[{signals}])"
    return re.sub(r"(W\w+\|WCONTINUED), (?:NULL|\{.*\})\)", r"\1)", call)
