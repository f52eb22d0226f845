import fcntl
import os


def may_lock(path):
    try:
        fcntl.lockf(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "refused"
    return "granted"


ask = os.getcwd
os.chdir("/")
in_parent = ask()
child = os.fork()
if child == 0:  # in the child
    in_child = ask()
    print("child: ", in_child, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent:", in_parent, flush=True)
