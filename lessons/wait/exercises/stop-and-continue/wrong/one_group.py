# fails: job
import os
import signal
import sys

command = sys.argv[1:]
# tcsetpgrp from the background sends SIGTTOU, which would stop this process.
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


while True:
    _, status = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
    if os.WIFSTOPPED(status):
        print(child, "stopped", os.WSTOPSIG(status))
        sys.stdin.readline()
        os.kill(child, signal.SIGCONT)
    elif os.WIFCONTINUED(status):
        print(child, "continued")
    else:
        break

code = os.waitstatus_to_exitcode(status)
if code >= 0:
    print(child, "exited", code)
    sys.exit(code)
print(child, "killed", -code)
sys.exit(128 - code)
