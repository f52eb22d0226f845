# right: sigwaitinfo, a pidfd, a pipe
import os, select, signal, sys
way, code = sys.argv[1], int(sys.argv[2])


def child():
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    return pid


if way == "wait":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = child()
    signal.sigwaitinfo({signal.SIGCHLD})
    with open(f"/proc/{pid}/stat") as file:
        print(pid, file.read().rpartition(")")[2].split()[0])
    os.waitpid(pid, 0)
elif way == "ignore":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write_end)
        os.read(read_end, 1)
        os._exit(code)
    end = os.pidfd_open(pid)
    os.close(write_end)
    select.select([end], [], [])
elif way == "handler":
    read_end, write_end = os.pipe()

    def collect(*_):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass

    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGCHLD, collect)
    child()
    os.read(read_end, 1)
else:
    middle = os.fork()
    if middle == 0:
        child()
        os._exit(0)
    os.waitpid(middle, 0)
