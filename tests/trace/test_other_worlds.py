"""PID namespaces, 32-bit programs, set-user-ID programs and tracers are recorded or remarked on."""

import os
import resource  # noqa: F401 - os.wait4 imports it, and another user may not be able to
import shutil
import signal
import stat
import subprocess

import pytest

from simpsh.base.events import Exit, Fork, Reap, SignalDeliver, SignalSend, Wait, WaitReturn
from simpsh.base.targets import NO_WAIT_NEEDED, Kernel, Member, Recorder
from simpsh.kernel.namespaces import become_user
from simpsh.process.worker import in_own_process
from tests.harness.compiled import compile_c
from tests.harness.recorded import disorder, recorded, whats
from tests.trace.test_tracer import ALL_LEVELS


def can_unshare():
    return subprocess.run(["unshare", "-rpf", "true"], stderr=subprocess.DEVNULL).returncode == 0


def names_of(found):
    """Return the process names by pid, as the tracer sees the pids."""
    births = {what.child_pid: what.child for what in whats(found, Fork)}
    return {found.events[0].pid: "P0", **births}


needs_namespaces = pytest.mark.skipif(not can_unshare(), reason="no PID namespace may be made here")


@needs_namespaces
@ALL_LEVELS
def test_pids_of_a_pid_namespace_mean_the_familys_processes(level):
    line = "sleep 10 & child=$!; kill -TERM $child; wait; kill -USR1 $child 2>/dev/null; exit 3"
    found = recorded("unshare", "-rpf", "sh", "-c", line, level=level)
    assert disorder(found.events) == []
    names = names_of(found)
    delivered = [what for what in whats(found, SignalDeliver) if what.signal == 15]
    assert [names[what.sender] for what in delivered] == ["P1"]
    collected = {what.child: what.by for what in whats(found, Reap)}
    assert collected == {"P1.1": Member("P1"), "P1": Member("P0"), "P0": Recorder("simpsh")}
    assert [what.status for what in whats(found, Exit)][:1] == [signal.SIGTERM]
    if level != "events":
        assert "P1" in [names.get(what.target) for what in whats(found, Wait)]
        assert [names.get(what.target) for what in whats(found, SignalSend)] == ["P1.1", None]
        assert "P1.1" in [what.child for what in whats(found, WaitReturn)]


OF_32_BITS = r"""
static int call(int number, int first, int second, int third) {
    int result;
    asm volatile("int $0x80" : "=a"(result)
                 : "a"(number), "b"(first), "c"(second), "d"(third), "S"(4), "D"(0) : "memory");
    return result;
}
void _start(void) {
    int information[32];
    int child = call(2, 0, 0, 0);
    if (child == 0) call(1, 5, 0, 0);
    call(284, 1, child, (int) information);
    call(1, 7, 0, 0);
}
"""


def test_the_calls_of_a_32_bit_program_are_not_seen_and_that_is_said(tmp_path):
    """It needs no C library: a child exits with 5, and the parent waits for it by waitid."""
    path = tmp_path / "program"
    path.with_suffix(".c").write_text(OF_32_BITS)
    try:
        options = ("-m32", "-nostdlib", "-static", "-fno-stack-protector", "-fno-pie", "-no-pie")
        program = compile_c(path.with_suffix(".c"), path, *options)
        assert subprocess.run([program]).returncode == 7
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine makes or executes no program for 32-bit x86")
    found = recorded(program)
    [note] = found.notes
    assert "a 32-bit program: its system calls are not seen" in note
    assert disorder(found.events) == []
    assert [what.status for what in whats(found, Exit)] == [5 << 8, 7 << 8]
    assert len(whats(found, Fork)) == 1


def a_set_user_id_program():
    """Return a set-user-ID program of this system, or None."""
    for name in ("su", "passwd", "mount", "chsh", "newgrp"):
        path = shutil.which(name)
        if path is None:
            continue
        found = os.stat(path)
        if found.st_mode & stat.S_ISUID and found.st_uid == 0:
            return path
    return None


def run_as_user(*argv):
    """Return the notes of a recording made by an ordinary user."""

    def notes():
        if os.geteuid() == 0:
            become_user(65534)
        os.chdir("/")
        return "\n".join(recorded(*argv).notes)

    return in_own_process(notes, 60)


@pytest.mark.skipif(a_set_user_id_program() is None, reason="no set-user-ID program is installed")
def test_a_set_user_id_program_without_its_rights_is_reported():
    path = a_set_user_id_program()
    note = f"P0 runs {os.path.realpath(path)} without the rights that its set-user-ID bit gives it"
    assert note in run_as_user(path, "--version")
    assert run_as_user("/bin/true") == ""


NO_CHILD_WAIT = r"""
int main(void) {
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &action, 0);
    if (fork() == 0) _exit(1);
    while (wait(0) > 0) ;
    action.sa_flags = 0;
    sigaction(SIGCHLD, &action, 0);
    if (fork() == 0) _exit(2);
    wait(0);
    return 0;
}
"""


@pytest.mark.parametrize("level", ["calls", "io"])
def test_children_are_reaped_by_the_kernel_only_if_the_program_asked_for_it(compiled, level):
    found = recorded(compiled(NO_CHILD_WAIT), level=level)
    assert disorder(found.events) == []
    collected = [(what.child, what.by) for what in whats(found, Reap)]
    assert collected == [
        ("P1", Kernel(NO_WAIT_NEEDED)),
        ("P2", Member("P0")),
        ("P0", Recorder("simpsh")),
    ]
