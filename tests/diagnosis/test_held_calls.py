"""A call that is suspended: by a seccomp supervisor before it begins, or by a frozen cgroup."""

import os
import signal
from pathlib import Path

import pytest

from simpsh import diagnose, until_state
from simpsh.kernel.namespaces import CLONE_NEWPID, unshare
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import text_of
from tests.harness.compiled import compile_c
from tests.harness.process import child, fork_child, sleep_for_ever, started, wait_until
from tests.process.diagnosed_children import diagnosed, skip_without_kernel_functions

SUPERVISED = r"""
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {4, lines};
    int ends[2];
    pipe(ends);
    write(ends[1], "data", 4);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                &program) < 0)
        return 77;
    return read(ends[0], ends, 1);
}
"""


def test_a_call_that_a_supervisor_holds_is_not_explained_by_its_arguments(tmp_path):
    skip_without_kernel_functions()
    (tmp_path / "program.c").write_text(SUPERVISED)
    program = compile_c(tmp_path / "program.c", tmp_path / "program")

    def is_held():
        if process.poll() == 77:
            pytest.skip("no seccomp filter with a supervisor can be made here")
        return Path(f"/proc/{process.pid}/wchan").read_text().startswith("seccomp")

    with started([program]) as process:
        wait_until(is_held, "the call is held")
        text = text_of(diagnose(process.pid))
    held = "is held in read(2) until a supervisor answers the call (seccomp_unotify(2))"
    assert f"{held}; whether it is stuck is not known." in text
    assert "empty" not in text


@pytest.mark.needs("root", "namespaces")
def test_the_end_of_pid_1_is_not_explained_by_the_call_that_it_was_killed_in():
    skip_without_kernel_functions()

    def outside():
        unshare(CLONE_NEWPID)
        read_end, _ = os.pipe()
        first = fork_child(os.read, read_end, 1)
        until_state(first, "S")
        # Its parent is outside, and does not collect it.
        fork_child(sleep_for_ever)
        os.kill(first, signal.SIGKILL)
        sleep_for_ever()

    with child(outside) as pid:
        wait_until(lambda: len(children(pid)) == 2, "two children")
        first = min(one.pid for one in children(pid))
        found = diagnosed(first, "held call")
    held = "until each process of its PID namespace is collected (pid_namespaces(7))"
    assert f"{held}; whether it is stuck is not known." in found.sentences[0]
