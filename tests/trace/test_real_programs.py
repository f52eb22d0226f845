"""Real programs under the tracer: what strace sees, and what they do without it.

Births, programs, ends and kills are those of `strace -f`; the exit status and the output are those
of an untraced run. Each program runs once; SIMPSH_ROUNDS repeats them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import pytest

from simpsh.base.events import Exit, SignalSend
from simpsh.base.patience import patience
from simpsh.base.signal_names import Signal
from tests.trace.test_against_strace import as_the_tracer_counts, what_strace_recorded, whole_calls
from tests.trace.test_other_worlds import NO_CHILD_WAIT, can_unshare, write_program_of_32_bits
from tests.trace.test_threads import FIRST_THREAD_ENDS, FORKING_THREADS, THREAD_BY_BARE_CLONE
from tests.trace.traced_runs import DEADLINE_SECONDS, ROUNDS, disorder, record

CALLS = "trace=fork,vfork,clone,clone3,execve,kill,tkill,tgkill"

SHELL = {
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
    "timeout": "timeout 50 sh -c 'exit 4'; echo $?; timeout LIMIT sleep 50; echo $?",
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
    "def f(): [subprocess.run(['/bin/true']) for _ in range(3)]\n"
    "all = [threading.Thread(target=f) for _ in range(3)]\n"
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
CLONE_PARENT_ = r"""
#include <sched.h>
#include <sys/syscall.h>
int main(void) {
    /* A grandchild that is made a child: its maker is not its parent. */
    pid_t pid = fork();
    if (pid == 0) {
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) _exit(3);
        _exit(4);
    }
    int sum = 0, status;
    while (wait(&status) > 0) sum += WEXITSTATUS(status);
    printf("%d\n", sum); return 0;
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
    "CLONE_PARENT": CLONE_PARENT_,
    "a daemon": DAEMON,
    "threads and processes": FORKING_THREADS,
    "a first thread that ends": FIRST_THREAD_ENDS,
    "a thread by clone": THREAD_BY_BARE_CLONE,
    "no zombies": NO_CHILD_WAIT,
}
NAMES = [*SHELL, *PYTHON, *C, "static", "32 bits"]


@pytest.fixture
def program(request, compiled, tmp_path):
    """The command line of a program by its name."""
    name = request.param
    if name in SHELL:
        if shutil.which(NEEDS.get(name, "sh")) is None:
            pytest.skip(f"{NEEDS[name]} is not installed")
        if name.startswith("unshare") and not can_unshare():
            pytest.skip("no PID namespace may be made here")
        line = SHELL[name].replace("COUNT", "10000" if ROUNDS else "200")
        # Long enough for a program to be executed.
        return ["/bin/sh", "-c", line.replace("LIMIT", ".05" if patience() == 1 else "2")]
    if name in PYTHON:
        path = tmp_path / "program.py"
        path.write_text(PYTHON[name])
        return [sys.executable, "-I", "-S", str(path)]
    if name == "static":
        return [compiled("/* static */" + FORKING_THREADS, "-static")]
    if name == "32 bits":
        path = write_program_of_32_bits(tmp_path / "program")
        return [str(path)]
    return [compiled(C[name])]


def under_strace(argv, directory):
    notes = directory / "notes"
    subprocess.run(
        ["strace", "-f", "-s", "4096", "-e", CALLS, "-o", notes, *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=directory,
        timeout=120 * patience(),
    )
    text = notes.read_text()
    # Other numbers of calls, which a 32-bit program makes, are told by a line of strace's own.
    text = re.sub(r"(?m)^.*\[ Process PID=.*\n", "", text)
    # The tracer names the file that this is.
    text = re.sub(r'execve\("/proc/self/exe", \["([^"]*)"', r'execve("\1", ["\1"', text)
    found = what_strace_recorded(text)
    kills = re.findall(
        r"(?m)^\d+ +t?g?kill\(.*?(SIG\w+|0)\) += (-?\d+)", "\n".join(whole_calls(text))
    )
    return {**found, "kills": Counter((name, result == "0") for name, result in kills)}


def under_tracer(argv, directory, level):
    output = os.open(directory / "output", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        found = record(
            argv,
            level=level,
            deadline_seconds=4 * DEADLINE_SECONDS,
            directory=str(directory),
            descriptors={0: nothing, 1: output, 2: nothing},
        )
    finally:
        os.close(output)
        os.close(nothing)
    sent = [one.what for one in found.events if isinstance(one.what, SignalSend)]
    kills = Counter((_name(one.signal), not one.errno) for one in sent)
    return found, {**as_the_tracer_counts(found), "kills": kills}


def _name(signal):
    return Signal(signal).name if signal else "0"


def untraced(argv, directory):
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, cwd=directory, timeout=60 * patience()
    )
    return done.returncode, done.stdout


@pytest.mark.timeout((900 if ROUNDS else 90) * patience())
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("program", NAMES, indirect=True)
def test_a_real_program_is_seen_as_strace_sees_it_and_not_disturbed(program, tmp_path):
    try:
        plain = untraced(program, tmp_path)
    except OSError:
        pytest.skip("this system executes no such program")
    theirs = under_strace(program, tmp_path)
    has_many = "10000" in program[-1]
    for _ in range(1 if has_many else ROUNDS or 1):
        found, ours = under_tracer(program, tmp_path, "calls")
        assert ours == theirs
        assert disorder(found.events) == []
        [end] = [e.what for e in found.events if isinstance(e.what, Exit) and e.proc == "P0"]
        assert os.waitstatus_to_exitcode(end.status) == plain[0]
        assert (tmp_path / "output").read_bytes() == plain[1]
