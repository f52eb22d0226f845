import os
import signal
import sys

command = sys.argv[1:]
# BEGIN SOLUTION
# tcsetpgrp from the background sends SIGTTOU, which would stop this process.
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)
try:
    os.setpgid(child, child)  # either process can be first
    os.tcsetpgrp(0, child)
except (PermissionError, ProcessLookupError):
    pass  # the child was first: it has executed the command, or has already ended

while True:
    _, status = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
    if os.WIFSTOPPED(status):
        os.tcsetpgrp(0, os.getpgrp())
        print(child, "stopped", os.WSTOPSIG(status))
        sys.stdin.readline()
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)
    elif os.WIFCONTINUED(status):
        print(child, "continued")
    else:
        break

os.tcsetpgrp(0, os.getpgrp())
code = os.waitstatus_to_exitcode(status)
if code >= 0:
    print(child, "exited", code)
    sys.exit(code)
print(child, "killed", -code)
sys.exit(128 - code)
# INSTEAD
# child = os.fork()
# if child == 0:
#     os.execvp(command[0], command)
# _, status = os.waitpid(child, 0)
# code = os.waitstatus_to_exitcode(status)
# # Give the child a group and the terminal, and report each stop and continue.
# sys.exit(code if code >= 0 else 128 - code)
# END SOLUTION
