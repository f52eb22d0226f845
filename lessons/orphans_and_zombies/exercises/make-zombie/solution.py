import os
import signal
import sys

way, code = sys.argv[1], int(sys.argv[2])

# BEGIN SOLUTION

def fork_and_end():
    child = os.fork()
    if child == 0:
        os._exit(code)
    return child


def wait():
    child = fork_and_end()
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie
    with open(f"/proc/{child}/stat") as file:
        print(child, file.read().rsplit(")", 1)[1].split()[0])
    os.waitpid(child, 0)


def ignore():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    fork_and_end()
    try:
        os.wait()
    except ChildProcessError:
        pass  # no child is left


def handler():
    is_alive = True

    def collect(*_):
        nonlocal is_alive
        try:
            while os.waitpid(-1, os.WNOHANG)[0] > 0:
                pass
        except ChildProcessError:
            is_alive = False

    # A byte for each signal, even for one that comes just before the read.
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGCHLD, collect)
    fork_and_end()
    while is_alive:
        os.read(read_end, 1)


def twice():
    middle = os.fork()
    if middle == 0:
        fork_and_end()
        os._exit(0)
    os.waitpid(middle, 0)


{"wait": wait, "ignore": ignore, "handler": handler, "twice": twice}[way]()
# INSTEAD
# child = os.fork()
# if child == 0:
#     os._exit(code)
# # The child will be a zombie. Show it if the way is “wait”, and get rid of it in each of four ways.
# END SOLUTION
