# right: Python with pidfds and selectors
import os
import selectors
import sys

many = selectors.DefaultSelector()
for code in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os._exit(int(code))
    many.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
while many.get_map():
    for key, _ in many.select():
        many.unregister(key.fd)
        _, status = os.waitpid(key.data, 0)
        print(key.data, os.waitstatus_to_exitcode(status))
