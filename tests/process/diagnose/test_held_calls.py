"""A call that is held before it has begun, a number of another table, a call that was restarted."""

import contextlib
import fcntl
import os
import platform
import signal
import subprocess

import pytest

from simpsh import diagnose
from simpsh.process.diagnose import blocked_process
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end,
    pipe,
    skip_without_kernel_functions,
    sleep_for_ever,
    until,
)
from tests.support.c_programs import compile_c

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
        if (fork() == 0) _exit(0);
        wait(0);
    }
    return count;
}
"""


def compiled(folder, source):
    (folder / "program.c").write_text(source)
    return compile_c(folder / "program.c", folder / "program")


@contextlib.contextmanager
def running(*argv, stdin=None):
    process = subprocess.Popen(argv, stdin=stdin)
    try:
        yield process
    finally:
        with contextlib.suppress(AssertionError, ProcessLookupError):
            end(process.pid)
        process.wait()


@only_x86_64
def test_a_call_that_a_supervisor_holds_is_not_told_as_what_it_would_wait_for(tmp_path):
    skip_without_kernel_functions()
    program = compiled(tmp_path, SUPERVISED)
    for number, name in (0, "read"), (1, "write"), (73, "flock"), (61, "wait4"):
        with running(program, str(number), f"{tmp_path}/file") as process:

            def told(process=process):
                if process.poll() == 77:
                    pytest.skip("no seccomp filter with a supervisor can be made here")
                text = text_of(diagnose(process.pid))
                return "a supervisor has to answer the call" in text and text

            text = until(told, "the supervisor is named")
            assert f"is asleep (S) in {name}(2)." in text
            assert not any(word in text for word in ("empty", "full", "lock on", "its child"))


INT_80 = r"""
#include <sys/mman.h>
#include <unistd.h>
int main(int count, char **words) {
    /* waitpid(-1, 0, 0) is call 7 there, pause call 29, read call 3 */
    long answer, number = words[1][0] == 'w' ? 7 : words[1][0] == 'p' ? 29 : 3;
    long first = words[1][0] == 'w' ? -1 : 0;
    char *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
                     -1, 0);
    if (words[1][0] == 'w' && fork() == 0) pause();
    __asm__ volatile("int $0x80"
                     : "=a"(answer)
                     : "a"(number), "b"(first), "c"(number == 3 ? low : 0), "d"(number == 3)
                     : "memory");
    return answer == -38 ? 77 : count;
}
"""


@only_x86_64
def test_a_number_of_the_32_bit_table_is_not_read_in_the_other(tmp_path, monkeypatch):
    of_32_bit = compiled(tmp_path, INT_80)
    with running(of_32_bit, "wait") as process:

        def told():
            if process.poll() is not None:
                pytest.skip("this kernel serves no 32-bit calls")
            return (one := diagnose(process.pid)).situation == "child" and one

        assert "waits for its child" in text_of(until(told, "it waits"))
    with pipe() as (read_end, _), running(of_32_bit, "read", stdin=read_end) as process:
        assert "as descriptor 0" in text_of(diagnosed(process.pid, "empty pipe"))
    with running(of_32_bit, "pause") as process:
        assert "(pause(2))" in text_of(diagnosed(process.pid, "signal"))
        # As on a kernel whose function says nothing.
        monkeypatch.delitem(blocked_process._CALLS, "__do_sys_pause")
        words = "in system call 29 of 32-bit programs"
        until(lambda: words in text_of(diagnose(process.pid)), words)


def test_an_open_that_breaks_a_lease_names_who_has_it(tmp_path):
    path = f"{tmp_path}/file"

    def holder():
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl.fcntl(os.open(path, os.O_RDWR | os.O_CREAT), fcntl.F_SETLEASE, fcntl.F_WRLCK)
        os.write(write_end, b"x")
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(holder) as holding:
        os.read(read_end, 1)
        with child(os.open, path, os.O_RDONLY) as pid:
            found = diagnosed(pid, "open")
            assert f"opens {path}, and open(2) has not returned yet" in text_of(found)
            assert "the process with a lease on the file must give it up" in text_of(found)
            assert found.waits_for == (holding,)
