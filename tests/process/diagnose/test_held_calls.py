"""A call that is suspended: by a seccomp supervisor before it begins, or by a frozen cgroup."""

import contextlib
import ctypes
import fcntl
import os
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh import diagnose
from simpsh.kernel.namespaces import CLONE_NEWNS, make_mounts_private, mount, unshare
from simpsh.process.process_tree import children
from tests.harness.compiled import compiled
from tests.harness.process import child, end, fork_child, sleep_for_ever, started, wait_until
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.diagnose.freezers import FREEZERS, freezer
from tests.process.diagnosed_children import (
    diagnosed,
    diagnosis_at_rest,
    skip_without_kernel_functions,
)

only_x86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86-64")

SUPERVISED = r"""
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **words) {
    unsigned number = atoi(words[1]);
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {4, lines};
    int ends[2], file = open(words[2], O_RDWR | O_CREAT, 0600);
    char byte;
    pipe(ends);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                &program) < 0)
        return 77;
    if (number == SYS_read) {
        write(ends[1], "data", 4);
        read(ends[0], &byte, 1);
    }
    if (number == SYS_write) write(ends[1], "x", 1);
    if (number == SYS_flock) flock(file, LOCK_EX);
    if (number == SYS_wait4) {
        siginfo_t ended;
        if (fork() == 0) _exit(0);
        waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);  // the child inherits the listener
        wait(0);
    }
    return count;
}
"""


def children_of(pid):
    return [process.pid for process in children(pid)]


@contextlib.contextmanager
def running(*argv, **options):
    """Run a program that may have to wait for a stopped file system before it can end."""
    process = subprocess.Popen(argv, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(AssertionError, ProcessLookupError):
            end(process.pid)
        process.wait()


def wait_until_held(process):
    """Wait until a program sleeps in a call that its filter holds."""

    def is_held():
        if process.poll() == 77:
            pytest.skip("no seccomp filter with a supervisor can be made here")
        return Path(f"/proc/{process.pid}/wchan").read_text().startswith("seccomp")

    wait_until(is_held, "the call is held")


@only_x86_64
def test_a_call_that_a_supervisor_holds_is_not_explained_by_its_arguments(tmp_path):
    skip_without_kernel_functions()
    program = compiled(SUPERVISED)
    for number, name in (0, "read"), (1, "write"), (73, "flock"), (61, "wait4"):
        with started([program, str(number), f"{tmp_path}/file"]) as process:
            wait_until_held(process)
            text = text_of(diagnose(process.pid))
            assert "a supervisor has to answer the call" in text
            held = f"is held in {name}(2) until a supervisor answers the call"
            assert f"{held} (seccomp_unotify(2)); whether it is stuck is not known." in text
            said = re.sub(r"\S*/\S*", "", text)  # a path may contain any word
            assert not any(word in said for word in ("empty", "full", "lock on", "its child"))


@only_x86_64
def test_an_unrelated_supervisor_is_not_named_if_a_near_one_may_answer(tmp_path):
    skip_without_kernel_functions()
    program = compiled(SUPERVISED)
    with (
        started([program, "0", f"{tmp_path}/a"]) as other,
        started([program, "0", f"{tmp_path}/b"]) as process,
    ):
        wait_until_held(other)
        wait_until_held(process)
        found = diagnose(process.pid)
        assert f"rocess {other.pid} " not in text_of(found)
        assert "whether it is stuck is not known" in text_of(found)


@pytest.mark.parametrize("kind", FREEZERS)
def test_a_process_of_a_frozen_group_does_not_wait_for_a_signal(kind):
    skip_without_kernel_functions()
    with child(sleep_for_ever) as pid, freezer(kind, pid) as group:
        diagnosed(pid, "signal")
        group.freeze()
        text = text_of(diagnosed(pid, "frozen"))
        assert f"is frozen with its control group {group.path}; it is stuck." in text
        assert f"It continues when {group.thaws} is written to {group.path}/{group.file}." in text
        group.thaw()
        diagnosed(pid, "signal")


@pytest.mark.needs("bindfs")
def test_the_server_of_a_file_system_is_named_and_not_asked(tmp_path):
    skip_without_kernel_functions()
    if os.getuid() != 0:
        pytest.skip("only root can mount it")
    served, here = tmp_path / "served", tmp_path / "here"
    here.mkdir()
    served.mkdir()
    (served / "file").touch()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running("bindfs", "-f", served, here))
        stack.callback(subprocess.run, ["umount", "--lazy", here])
        wait_until(lambda: os.path.ismount(here), "the mount")
        # Its attributes in the kernel are out of date when diagnose looks.
        reader, writer = os.pipe()
        with open(here / "file") as file:
            words = ["sh", "-c", "read line"]
            waiting = stack.enter_context(running(*words, stdin=reader, pass_fds=[file.fileno()]))
        os.close(reader)
        stack.callback(os.close, writer)
        server.send_signal(signal.SIGSTOP)
        client = stack.enter_context(running("ls", here, stdout=subprocess.DEVNULL))
        found = diagnosed(client.pid, "file")
        assert found.symptom == "E-STOPPED"
        which = f", which serves the file system at {here}, and is stopped by SIGSTOP; "
        assert which in found.sentences[0]
        with_limit = [sys.executable, "-m", "simpsh", "diagnose", str(waiting.pid)]
        subprocess.run(with_limit, stdout=subprocess.DEVNULL, timeout=60)


def test_a_system_v_semaphore_tells_which_process_changed_it_last(tmp_path):
    source = r"""
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int set = semget(IPC_PRIVATE, 2, 0600), last = fork();
    struct sembuf give = {1, 1}, take = {1, -1};
    if (!last) { semop(set, &give, 1); return 0; }
    waitpid(last, 0, 0);
    semop(set, &take, 1);
    if (!fork()) { alarm(60); semop(set, &take, 1); }
    wait(0);
    semctl(set, 0, IPC_RMID);
}
"""
    with started([compiled(source)]) as process:

        def asleep():
            with contextlib.suppress(ProcessLookupError):
                texts = [(pid, text_of(diagnose(pid))) for pid in children_of(process.pid)]
                return next((it for it in texts if "GETPID" in it[1]), None)
            return None

        waiting, text = wait_until(asleep, "its semaphore")
        assert re.search(
            rf"semaphore 1 has the value 0; process {process.pid} \(.*\) changed it last", text
        )
        os.kill(waiting, signal.SIGKILL)
        process.wait(timeout=100)


LEASE_BREAK_TIME = Path("/proc/sys/fs/lease-break-time")
"""The seconds after which the kernel takes a lease away; 0 if it waits for ever."""


def hold_a_lease(path):
    signal.signal(signal.SIGIO, lambda *_: None)
    fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)


def permit_accesses(path):
    library, content, permission, at_cwd = ctypes.CDLL(None), 0x4, ctypes.c_uint64(0x10000), -100
    listener = library.fanotify_init(content, os.O_RDONLY)
    assert library.fanotify_mark(listener, 1, permission, at_cwd, os.fsencode(path)) == 0


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize("hold", [hold_a_lease, permit_accesses])
def test_a_holder_of_an_equal_inode_number_on_another_file_system_is_not_named(hold, tmp_path):
    skip_without_kernel_functions()
    paths = [tmp_path / name / "file" for name in ("one", "other")]

    def work(ready, path):
        hold(path)
        os.write(ready, b"x")
        sleep_for_ever()

    def outside():
        unshare(CLONE_NEWNS)
        make_mounts_private()
        read_end, ready = os.pipe()
        for path in paths:
            path.parent.mkdir()
            mount("tmpfs", str(path.parent))
            path.touch()
        assert len({path.stat().st_ino for path in paths}) == 1
        for path in paths:
            fork_child(work, ready, path)
            os.read(read_end, 1)
        fork_child(lambda: os.open(paths[0], os.O_RDWR))
        sleep_for_ever()

    with child(outside) as pid:
        holder, _, opener = wait_until(lambda: len(all_ := children_of(pid)) == 3 and all_, "three")
        found = diagnosis_at_rest(opener, lambda it: it.waits_for == (holder,), "its holder")
    is_limited = hold is hold_a_lease and LEASE_BREAK_TIME.read_text() != "0\n"
    assert ("takes it after lease-break-time" in text_of(found)) == is_limited
