"""Programs under the tracer, compared with strace and with untraced runs.

Forks, execs, exits, signals and kills are the same as in `strace -f`; the exit status and the
output are the same as without a tracer. Each program runs once, or SIMPSH_ROUNDS times.

Not compared: the number of SIGCHLD deliveries (pending ones coalesce, and two tracers slow a
program differently), and the delivery of SIGKILL, which no tracer sees. If a parent is killed
between its fork and the report, the report is lost; the tracer adds the fork when the parent dies
and marks it `inferred` (see the stress test).
"""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from simpsh.base.events import Exec, Exit, Fork, SignalDeliver, SignalSend
from simpsh.base.patience import patience
from simpsh.base.signal_names import Signal
from tests.harness.recorded import ROUNDS, disorder, record, whats
from tests.support.needed_programs import require
from tests.trace import test_tracer as cases
from tests.trace.test_other_worlds import NO_CHILD_WAIT, can_unshare
from tests.trace.test_threads import FIRST_THREAD_ENDS, FORKING_THREADS, THREAD_BY_BARE_CLONE

CALLS = "trace=fork,vfork,clone,clone3,execve,kill,tkill,tgkill"

SMALL = """
/bin/echo a | /bin/cat | /bin/cat >/dev/null; (exit 3); (exit 4)
/bin/true & /bin/false & wait
sh -c 'kill -TERM $$'; sh -c 'trap "exit 9" USR1; kill -USR1 $$'
rm -f f; mkfifo f; sh -c 'echo >f; read x <f' & read x <f; kill -KILL $!; wait
sh -c 'exec sh -c "exec /bin/true"'; sh -c 'sh -c /bin/true'; setsid /bin/true
for i in 1 2 3 4 5; do /bin/true; done; printf 'a b c' | xargs -n1 /bin/true
/bin/cat <<END
text
END
x=$(/bin/echo deep); /nowhere/at-all; exit ${#x}
"""
SHELL = {
    "small things": SMALL,
    "make": r"printf 'all: a b c d\na b c d:\n\t@/bin/true; /bin/echo $@ > $@.out\n' > m; "
    "make -s -j4 -f m; cat ?.out",
    "git": "rm -rf r; git init -q r; cd r; git -c user.name=a -c user.email=a@b commit -q "
    "--allow-empty -m x; git log --format=%s; git status -s",
    "process substitution": "bash -c 'cat <(echo a) <(echo b)'",
    "coproc": "bash -c 'coproc cat; echo hi >&${COPROC[1]}; read x <&${COPROC[0]}; echo $x; "
    'eval "exec ${COPROC[1]}>&-"; wait\'',
    "broken pipe": "bash -c 'yes | head -1; echo ${PIPESTATUS[@]}'",
    "xargs": "seq 6 | xargs -P3 -n1 /bin/true; echo $?",
    "find": "find /dev/null -exec /bin/echo {} ';'",
    "timeout": "timeout 50 sh -c 'exit 4'; echo $?; timeout 2 sleep 50; echo $?",
    "nohup": "nohup /bin/echo a; nice /bin/echo b; env -i /bin/echo c",
    "a trap": "trap 'echo t' TERM; (kill -TERM $$); wait; echo u",
    "a killed job": "(while :; do :; done) & kill $!; wait $!; echo $?",
    "kill 0": "setsid sh -c 'trap \"\" HUP; kill -HUP 0; echo alive'",
    "no such process": "kill -0 4194303 2>/dev/null; echo $?",
    "many forks": "i=0; while [ $i -lt COUNT ]; do (:); i=$((i+1)); done; echo $i",
    "command not found": "/nowhere/at/all; echo $?",
    "busybox": "busybox sh -c 'busybox true; busybox echo b | busybox cat'",
    "unshare": "unshare -rpf sh -c 'sleep .01 & kill -0 $! && wait; echo $?'",
    "unshare in unshare": "unshare -rpf sh -c 'unshare -pf sh -c \"(while :; do :; done) & "
    "kill -KILL \\$!; wait; echo in\"; echo out'",
    "gdb": "gdb -nx -batch -ex run /bin/true 2>/dev/null | grep -c inferior; echo $?",
    "strace": "strace -o /dev/null /bin/true 2>/dev/null; true",
}
NEEDS = {"make": "make", "git": "git", "busybox": "busybox", "gdb": "gdb"}
POOL = (
    "import multiprocessing as m\n"
    "def f(x): return x * x\n"
    "if __name__ == '__main__':\n"
    "    pool = m.get_context('{}').Pool(2)\n"
    "    print(sum(pool.map(f, range(4), 1)))\n"
    "    pool.close(); pool.join()\n"
    "    one = m.get_context('{}').Process(target=f, args=(1,))\n"
    "    one.start(); one.join(); print(one.exitcode)\n"
)
PYTHON = {
    "fork": POOL.format("fork", "fork"),
    "spawn": POOL.format("spawn", "spawn"),
    "forkserver": POOL.format("forkserver", "forkserver"),
    "subprocess": "import subprocess\nprint(subprocess.check_output(['/bin/echo', 'x']))",
    "posix_spawn": "import os\np = os.posix_spawn('/bin/true', ['true'], {})\n"
    "print(os.waitpid(p, 0)[1])",
    "threads": "import subprocess, threading\n"
    "def f(): [subprocess.run(['/bin/true']) for _ in range(5)]\n"
    "all = [threading.Thread(target=f) for _ in range(4)]\n"
    "[one.start() for one in all]; [one.join() for one in all]; print(len(all))",
}
VFORK = r"""
int main(void) {
    pid_t pid = vfork();
    if (pid == 0) { execl("/bin/true", "true", (char *) 0); _exit(127); }
    int status; waitpid(pid, &status, 0); printf("%d\n", status); return 2;
}
"""
CLONE3 = r"""
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
int main(void) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    pid_t pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) _exit(6);
    int status; waitpid(pid, &status, 0); printf("%d\n", WEXITSTATUS(status)); return 0;
}
"""
DAEMON = r"""
int main(void) {
    int told[2]; char c; pipe(told);
    if (fork() == 0) {
        setsid();
        if (fork() == 0) { close(told[0]); usleep(1000); _exit(0); }
        _exit(0);
    }
    close(told[1]); wait(0); read(told[0], &c, 1); puts("gone"); return 0;
}
"""
EXECUTES_ITSELF = r"""
int main(int argc, char **argv) {
    if (argc > 1) return 3;
    if (fork() == 0) execl("/proc/self/exe", argv[0], "again", (char *) 0);
    int status; wait(&status); printf("%d\n", WEXITSTATUS(status)); return 0;
}
"""
C = {
    "vfork": VFORK,
    "executes itself": EXECUTES_ITSELF,
    "clone3": CLONE3,
    "CLONE_PARENT": cases.SIBLING,
    "a daemon": DAEMON,
    "threads and processes": FORKING_THREADS,
    "a first thread that ends": FIRST_THREAD_ENDS,
    "a thread by clone": THREAD_BY_BARE_CLONE,
    "no zombies": NO_CHILD_WAIT,
    "an orphan": cases.ORPHAN,
    "a zombie": cases.ZOMBIE,
    "a stop": cases.STOPPED,
    "three signals as one": cases.COALESCED,
    "an exec in a thread": cases.EXEC_FROM_THREAD,
    "posix_spawn": cases.SPAWN,
    "abort": "int main(void){abort();}",
}
NAMES = [*SHELL, *PYTHON, *C, "static"]


@pytest.fixture
def program(request, compiled, tmp_path):
    """Return the command line of a program, given its name."""
    name = request.param
    if name in SHELL:
        require(NEEDS.get(name, "sh"))
        if name.startswith("unshare") and not can_unshare():
            pytest.skip("no PID namespace may be made here")
        line = SHELL[name].replace("COUNT", "10000" if ROUNDS else "200")
        return ["/bin/sh", "-c", line]
    if name in PYTHON:
        path = tmp_path / "program.py"
        path.write_text(PYTHON[name])
        return [sys.executable, "-I", "-S", str(path)]
    if name == "static":
        return [compiled("/* static */" + FORKING_THREADS, "-static")]
    return [compiled(C[name])]


def under_strace(argv, directory):
    notes = directory / "notes"
    nothing = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    strace = ["strace", "-f", "-s", "4096", "-e", CALLS, "-o", notes, *argv]
    subprocess.run(strace, cwd=directory, timeout=120 * patience(), **nothing)
    # The tracer records the file that /proc/self/exe refers to.
    text = re.sub(
        r'execve\("/proc/self/exe", \["([^"]*)"', r'execve("\1", ["\1"', notes.read_text()
    )
    kills = re.findall(
        r"(?m)^\d+ +t?g?kill\(.*?(SIG\w+|0)\) += (-?\d+)", "\n".join(whole_calls(text))
    )
    kills = Counter((name, result == "0") for name, result in kills)
    return {**what_strace_recorded(text), "kills": kills}


def under_tracer(argv, directory, level):
    with open(directory / "output", "w+b") as output, open(os.devnull, "r+b") as nothing:
        descriptors = {0: nothing.fileno(), 1: output.fileno(), 2: nothing.fileno()}
        return record(argv, level=level, directory=str(directory), descriptors=descriptors)


@pytest.mark.usual("small things", "broken pipe", "threads", "an orphan")
@pytest.mark.long("each program is recorded beside strace")
@pytest.mark.timeout((900 if ROUNDS else 90) * patience())
@pytest.mark.needs("strace")
@pytest.mark.parametrize("program", NAMES, indirect=True)
def test_a_program_is_recorded_as_by_strace_and_not_disturbed(program, request, tmp_path):
    try:
        plain = subprocess.run(
            program, stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path,
            timeout=60 * patience(),
        )  # fmt: skip
    except OSError:
        pytest.skip("this system executes no such program")
    theirs = under_strace(program, tmp_path)
    rounds = 1 if "10000" in program[-1] else ROUNDS or 1
    is_small = request.node.callspec.params["program"] in ("small things", *C)
    for level in ("calls", "events") if is_small else ("calls",):
        for _ in range(rounds):
            found = under_tracer(program, tmp_path, level)
            ours = as_the_tracer_counts(found)
            assert ours == {**theirs, "kills": theirs["kills"] if level == "calls" else Counter()}
            assert disorder(found.events) == []
            [end] = [e.what for e in found.events if isinstance(e.what, Exit) and e.proc == "P0"]
            assert os.waitstatus_to_exitcode(end.status) == plain.returncode
            assert (tmp_path / "output").read_bytes() == plain.stdout


def whole_calls(text):
    """Return the lines of an strace log, with the two halves of each interrupted call joined.

    strace prints `… <unfinished ...>` if another process reports something before the call
    returns, and `<... NAME resumed>` with the rest later. A thread that calls execve(2) takes over
    the pid of its process (`<pid changed to …>`), so the second half has that pid.
    """
    lines, begun = [], {}
    for line in text.splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if half := re.fullmatch(r"((\w+)\(.*) <unfinished \.\.\.>", rest):
            begun[pid, half.group(2)] = half.group(1)
        elif changed := re.fullmatch(r"(.*?) *<(?:\.\.\. )?pid changed to (\d+) \.\.\.>", rest):
            # The previous owner of the pid may be inside a call, whose end strace prints as well.
            first = begun.pop((pid, "execve"), "") or changed.group(1)
            begun[changed.group(2), "execve"] = first
        elif resumed := re.match(r"<\.\.\. (\w+) resumed>", rest):
            first = begun.pop((pid, resumed.group(1)), "")
            lines.append(f"{pid} {first}{rest[resumed.end() :]}")
        else:
            lines.append(f"{pid} {rest}")
    return lines


def what_strace_recorded(text):
    births, threads, execs, ends, signals = [], set(), [], [], []
    for line in whole_calls(text):
        pid, _, what = line.partition(" ")
        if born := re.fullmatch(r"(?:v?fork|clone3?)\((.*)\) += (\d+)", what):
            # Processes of two PID namespaces may have the same number.
            is_thread = "CLONE_THREAD" in born.group(1)
            (threads.add if is_thread else births.append)(born.group(2))
        elif program := re.fullmatch(r'execve\("([^"]*)".*= 0', what):
            execs.append(program.group(1).rsplit("/", 1)[-1])
        elif end := re.match(r"\+\+\+ (exited with \d+|killed by SIG\w+)", what):
            ends.append((pid, end.group(1)))
        elif delivery := re.match(r"--- (SIG\w+) \{", what):
            signals.append(delivery.group(1))
    return {
        "forks": len(births),
        "threads": len(threads),
        "programs": Counter(execs),
        "ends": Counter(end for pid, end in ends if pid not in threads),
        "signals": Counter(name for name in signals if name != "SIGCHLD"),
    }


def as_the_tracer_counts(found):
    forks = whats(found, Fork)
    ends = Counter()
    for what in whats(found, Exit):
        signal = what.status & 0x7F
        ends[f"killed by {Signal(signal)}" if signal else f"exited with {what.status >> 8}"] += 1
    kills = [
        (Signal(what.signal).name if what.signal else "0", not what.errno)
        for what in whats(found, SignalSend)
    ]
    signals = [Signal(what.signal).name for what in whats(found, SignalDeliver)]
    return {
        "forks": sum(not fork.thread for fork in forks),
        "threads": sum(fork.thread for fork in forks),
        "programs": Counter(what.argv[0].rsplit("/", 1)[-1] for what in whats(found, Exec)),
        "ends": ends,
        "signals": Counter(name for name in signals if name != "SIGCHLD"),
        "kills": Counter(kills),
    }
