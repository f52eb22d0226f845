import os
import signal


def daemonize():
    if os.fork():  # in the caller
        os._exit(0)
    os.setsid()
    if os.fork():  # in the leader of the session
        os._exit(0)  # no finally, no buffers
    os.chdir("/")
    os.umask(0o027)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(3, 2**31 - 1)


program = os.fork()
if program == 0:  # in the program
    os.setpgid(0, 0)  # as shells do with each job
    try:
        daemonize()
        signal.pause()  # it serves for ever
    finally:
        print("tidied up", flush=True)
os.waitpid(program, 0)
signal.pause()  # the shell, at its prompt
