"""Small demonstrations, as lesson files have them, for the tests of the engine that runs them."""

import atexit
import fcntl
import os
import select
import signal
import socket
import sys
import time

from simpsh.course.claims.demonstration import NO_EDIT
from tests.support.needed_programs import require


def perform(step, edit=NO_EDIT):
    """Perform a step; skip the test if its program is in C and no compiler is installed."""
    if "compiler" in step.all_needs:
        require("cc")
    return step.perform(edit)


def copied():
    x = 1
    child = os.fork()
    if child == 0:
        x = x + 1
        print("child:  x =", x, flush=True)
        os._exit(3)
    os.waitpid(child, 0)
    print("parent: x =", x, flush=True)


def leaves_with_a_handler():
    atexit.register(lambda: os.write(1, word))
    word = b"parent's end, "
    child = os.fork()
    if child == 0:
        word = b"child's copy, "
        sys.exit()
    os.waitpid(child, 0)
    print("text ", end="")
    sys.exit(3)


def start_server():
    server = os.fork()
    if server == 0:
        signal.pause()
        os._exit(0)
    os.write(1, b"started\n")
    os._exit(0)


def capture():
    read_end, write_end = os.pipe()
    program = os.fork()
    if program == 0:
        os.dup2(write_end, 1)
        os.dup2(write_end, 2)
        os.closerange(3, 10)
        start_server()
    os.close(write_end)
    while os.read(read_end, 4096):
        pass
    os.waitpid(program, 0)


def loops_and_nameless():
    for number in range(3):
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                os._exit(0)
            os.wait()
            os._exit(number)
        os.waitpid(child, 0)


def failing():
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    try:
        os.execv("/proc/nonexistent", ["x"])
    except FileNotFoundError:
        pass
    try:
        os.setsid()
    except PermissionError:
        pass
    try:
        os.kill(os.getpid(), 99)
    except OSError:
        pass
    with open("log", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("kept")


def meets_thrice():
    children = []
    for _number in range(3):
        child = os.fork()
        if child == 0:
            signal.pause()  # ② all are here
        children.append(child)
    here = True  # ①
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)  # ③
    del here


def collects_when_held():
    def collect(*_):
        os.waitpid(-1, 0)

    signal.signal(signal.SIGCHLD, collect)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.write(1, b"next")  # ① the child has ended
    os.write(1, b"last")


def at_a_terminal():
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        signal.pause()
    os.setpgid(child, child)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, child)
    os.waitpid(child, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())
    line = sys.stdin.readline()
    print("got", line.strip())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def computes():
    total = 0
    for number in range(100_000):
        total = total + number
    print(total)


def never_ends():
    while True:
        pass


def asks_again_and_again():
    while True:
        time.sleep(2)


def sleeps_long():
    child = os.fork()
    if child == 0:
        time.sleep(1000)
    os.wait()


def selects_nothing():
    child = os.fork()
    if child == 0:
        select.select([], [], [])
    os.wait()


def lists_its_descriptors():
    print(*sorted(os.listdir("/proc/self/fd"), key=int), flush=True)


def sleeps_a_little():
    child = os.fork()
    if child == 0:
        time.sleep(0.05)
        os._exit(5)
    os.waitpid(child, 0)
    print("it ended")


def waits_for_a_lock():
    held = os.open("lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:
        mine = os.open("lock", os.O_RDWR)
        fcntl.flock(mine, fcntl.LOCK_EX)
        os._exit(0)
    os.waitpid(child, 0)


def opens_a_fifo():
    os.mkfifo("fifo")
    os.open("fifo", os.O_RDONLY)


def leaves_an_orphan():
    middle = os.fork()
    if middle == 0:
        orphan = os.fork()
        if orphan == 0:
            signal.pause()
        os._exit(0)
    os.waitpid(middle, 0)


def prints_twice():
    sys.stdout.write("before\n")
    child = os.fork()
    if child:
        os.waitpid(child, 0)


def writes_much():
    for _ in range(40):
        os.write(1, b"x" * 65536)


def kills_its_group():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(0, signal.SIGTERM)
    print("still here")


def race():
    child = os.fork()
    if child == 0:
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.waitpid(child, 0)


def nobody_writes():
    read_end, _write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(read_end, 1)
        os._exit(0)
    os.write(1, b"x")
    os.waitpid(child, 0)


def polls_a_pidfd():
    child = os.fork()
    if child == 0:
        signal.pause()
    death = select.poll()
    death.register(os.pidfd_open(child), select.POLLIN)
    death.poll()
    os.waitpid(child, 0)


def talk_by_a_socket():
    mine, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        theirs.sendall(b"hello")
        theirs.recv(1)
        os._exit(0)
    mine.recv(5)
    mine.recv(1)


def fills_a_pipe():
    _read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, b"x" * 100_000)
        os._exit(0)
    os.waitpid(child, 0)
