import os

child = os.fork()
if child == 0:  # in the child
    os._exit(7)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
print("the child ended with", code, flush=True)
