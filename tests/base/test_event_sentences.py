"""Each event has one sentence, which depends on its fields and on who is known."""

from __future__ import annotations

import fcntl
import os

from simpsh.base import waits
from simpsh.base.events import (
    Call,
    Chdir,
    Close,
    Continue,
    Dup,
    Exec,
    ExecError,
    Open,
    ParentDeathSignal,
    Pipe,
    Read,
    Reap,
    Reparent,
    Rest,
    SetPgid,
    SetSid,
    SignalDeliver,
    SignalSend,
    Stop,
    TcSetPgrp,
    Unfinished,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import Kernel, Member, Outsider
from simpsh.base.waits import Wait as Waiting
from simpsh.view.event_sentences import sentence
from tests.view.made_runs import ROOT, Story

NO_CHILD, NO_FILE, NO_DESCRIPTOR, NO_PROCESS, NO_RIGHT = 10, 2, 9, 3, 1
NO_TERMINAL, NO_READER, NOT_NOW, EXISTS = 25, 32, 11, 17
DROPPED = ": the kernel drops it, for process 1 of a PID namespace"
ROWS = [
    (Exec(("ls", "a b"), "/bin/ls"), "P0 execs ls 'a b'"),
    (ExecError("/no", NO_FILE), "P0 cannot exec /no: ENOENT, no such file or directory"),
    (Wait(101), "P0 waits for P1"),
    (Wait(555), "P0 waits for process 555"),
    (Wait(-1), "P0 waits for any child"),
    (Wait(0), "P0 waits for any child in its own group"),
    (Wait(-101), "P0 waits for any child in P1's group"),
    (Wait(-7), "P0 waits for any child in group 7"),
    (WaitReturn(-1, errno=NO_CHILD), "P0 is refused: wait fails with ECHILD, no child processes"),
    (WaitReturn(0), "P0 asks: no child has ended yet"),
    (WaitReturn(555, status=0x0100), "P0 learns that process 555 ended: status 1"),
    (Reap(101, "P1", Kernel("")), "P1 is gone at once: SIGCHLD ignored, or SA_NOCLDWAIT"),
    (Reap(101, "P1", Member("P0")), "P0 collects P1"),
    (Reap(101, "P1", None), "P0 collects P1"),
    (Reparent(100, 1, Outsider("init", 1)), "P0 is adopted by init"),
    (Reparent(100, 44), "P0 is adopted by process 44"),
    (
        SignalSend(-5, 9, NO_PROCESS, "pidfd_send_signal"),
        "P0 cannot send SIGKILL to a gone process: ESRCH, no such process",
    ),
    (SignalSend(-1, 0, 0, "pidfd_send_signal"), "P0 checks a gone process by signal 0"),
    (SignalSend(-101, 15), "P0 sends SIGTERM to P1's group"),
    (SignalSend(-1, 15), "P0 sends SIGTERM to every process that it may signal"),
    (SignalSend(0, 15), "P0 sends SIGTERM to its own group"),
    (SignalSend(101, 10), "P0 sends SIGUSR1 to P1"),
    (SignalSend(555, 10), "P0 sends SIGUSR1 to process 555"),
    (SignalSend(101, 0), "P0 checks P1 by signal 0"),
    (SignalSend(101, 0, NO_PROCESS), "P0 checks P1 by signal 0: ESRCH, no such process"),
    (SignalSend(1, 9, 0, "kill", is_dropped=True), f"P0 sends SIGKILL to process 1{DROPPED}"),
    (SignalSend(101, 9, NO_RIGHT), "P0 cannot send SIGKILL to P1: EPERM, operation not permitted"),
    (
        SignalDeliver(13, 0, 128),
        "P0 gets SIGPIPE from the kernel: it wrote to a pipe or socket that no process reads",
    ),
    (SignalDeliver(15, 101, 0, "ignored"), "P0 gets SIGTERM, and ignores it"),
    (SignalDeliver(17, 0, 1, "nothing"), "P0 gets SIGCHLD from the kernel: nothing happens"),
    (
        SignalDeliver(28, 0, 128, "dropped"),
        "P0 gets SIGWINCH from the kernel: the terminal has another size"
        f"{DROPPED} without a handler",
    ),
    (ParentDeathSignal(15), "P0 asks for SIGTERM at the end of its parent"),
    (ParentDeathSignal(0), "P0 asks for no signal at the end of its parent"),
    (Chdir("/tmp"), "P0 changes its directory to /tmp"),
    (Stop(20), "P0 is stopped by SIGTSTP"),
    (Continue(), "P0 continues"),
    (Pipe(3, 4, "77", "A"), "P0 makes pipe A: read end 3, write end 4"),
    (Open("f", -1, 0, NO_FILE), "P0 cannot open f: ENOENT, no such file or directory"),
    (Open("f", 3), "P0 opens f as 3"),
    (Dup(3, 1), "P0 makes 1 point where 3 points"),
    (Dup(3, 99, NO_DESCRIPTOR), "P0 is refused: dup2 fails with EBADF, bad file descriptor"),
    (Close(4), "P0 closes 4: the write end of pipe A"),
    (Close(9), "P0 closes 9"),
    (SetPgid(0, 0), "P0 puts itself into a group of its own"),
    (SetPgid(101, 101), "P0 puts P1 into a group of its own"),
    (SetPgid(101, 0), "P0 puts P1 into a group of its own"),
    (SetPgid(0, 101), "P0 puts itself into P1's group"),
    (SetPgid(101, 555), "P0 puts P1 into group 555"),
    # Of a process outside, only the pid is known.
    (SetPgid(0, 555), "P0 puts itself into group 555"),
    (SetPgid(555, 0), "P0 puts process 555 into a group of its own"),
    (SetPgid(555, 555), "P0 puts process 555 into a group of its own"),
    (SetPgid(555, 777), "P0 puts process 555 into group 777"),
    (SetPgid(0, 0, NO_RIGHT), "P0 is refused: setpgid fails with EPERM, operation not permitted"),
    (SetSid(100), "P0 starts a session of its own"),
    (TcSetPgrp(101), "P0 gives the terminal to P1's group"),
    (TcSetPgrp(555), "P0 gives the terminal to group 555"),
    (
        TcSetPgrp(101, NO_TERMINAL),
        "P0 is refused: tcsetpgrp fails with ENOTTY, inappropriate ioctl for device",
    ),
    (Read(3, 5, "77", 0, "hello"), "P0 reads “hello” from pipe A"),
    (Read(3, 1, "77"), "P0 reads 1 byte from pipe A"),
    (Read(3, 0, "77"), "P0 reads end of file from pipe A"),
    (
        Read(3, -1, "77", NOT_NOW),
        "P0 cannot read from pipe A: EAGAIN, resource temporarily unavailable",
    ),
    (Write(4, 7, "77"), "P0 writes 7 bytes to pipe A"),
    (Write(4, 0, "77"), "P0 writes nothing to pipe A"),
    (Write(4, -1, "77", "", NO_READER), "P0 cannot write to pipe A: EPIPE, broken pipe"),
    (Write(1, 2, "", "ab"), "P0 writes “ab” to stdout"),
    (Rest(()), "No process can move any more"),
    (
        Rest((("P0", Waiting(waits.CHILD)), ("P1", Waiting(waits.STOPPED)))),
        "No process can move any more: P0 waits for a child to end; P1 is stopped until a process "
        "sends SIGCONT",
    ),
    (
        Rest((), (("P1", 2.5), ("P0", 1.25))),
        "All processes sleep; the clock will wake P0 in 1.25 s",
    ),
    (Rest((), (("P0", 0.0),)), "All processes sleep; the clock will wake P0"),
    (Unfinished("pause"), "P0 is still in pause(2)"),
    (Unfinished("read", 3, "77"), "P0 is still in read(2): pipe A"),
    (Unfinished("read", 3, "77", thread=True), "P0 has a thread that is still in read(2): pipe A"),
    (Call("mkdir", ("d",), None, EXISTS), "P0 is refused: mkdir fails with EEXIST, file exists"),
    (Call("rt_sigsuspend", (), 0), "P0 calls sigsuspend"),
    (Call("umask", (0o22,), 0o2), "P0 sets the umask to 022"),
    (Call("ioctl", (3, 0x5451), 0), "P0 sets FD_CLOEXEC of 3"),
    (Call("ioctl", (3, 1), 0), "P0 calls ioctl on 3"),
    (Call("fcntl", (3, fcntl.F_SETFD, 1), 0), "P0 sets FD_CLOEXEC of 3"),
    (Call("fcntl", (3, fcntl.F_SETFD, 0), 0), "P0 clears FD_CLOEXEC of 3"),
    (
        Call("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND), 0),
        "P0 sets the flags of 3: O_APPEND O_NONBLOCK",
    ),
    (Call("fcntl", (3, fcntl.F_SETFL, 0), 0), "P0 sets the flags of 3: none"),
    (Call("fcntl", (3, fcntl.F_GETFL), 0), "P0 calls fcntl on 3"),
    (Call("lseek", (3, 10, 0), 10), "P0 moves the offset of 3 to 10"),
    (Call("rt_sigaction", (15,), 0), "P0 sets its action for SIGTERM"),
    (Call("rt_sigprocmask", (), 0), "P0 changes its signal mask"),
    (Call("setrlimit", (), 0), "P0 sets a limit"),
]


def test_each_event_has_its_sentence():
    # P0, the parent of P1, causes them one after the other.
    story = Story("io")
    story.fork(ROOT, 101)
    for what, _ in ROWS:
        story.tell(ROOT, what)
    run = story.chronicle()
    assert [sentence(run, place) for place in range(2, 2 + len(ROWS))] == [row[1] for row in ROWS]
