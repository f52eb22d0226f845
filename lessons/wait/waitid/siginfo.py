import os
CODES = {
    os.CLD_EXITED: "CLD_EXITED",
    os.CLD_KILLED: "CLD_KILLED",
    os.CLD_STOPPED: "CLD_STOPPED",
    os.CLD_CONTINUED: "CLD_CONTINUED",
}

child = os.fork()
if child == 0:  # in the child
    os._exit(3)
info = os.waitid(os.P_PID, child, os.WEXITED | os.WSTOPPED)
print(CODES[info.si_code], info.si_status, end="", flush=True)
