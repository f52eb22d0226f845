# right: Python that prints by splice(2) and sendfile(2)
import os
import sys

for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
pid, status = os.wait()
line = b"%d %d\n" % (pid, os.waitstatus_to_exitcode(status))
read_end, write_end = os.pipe()
os.write(write_end, line)
os.splice(read_end, 1, len(line))
pid, status = os.wait()
print("once more:", flush=True)
file = os.memfd_create("lines")
os.write(file, b"%d %d\n" % (pid, os.waitstatus_to_exitcode(status)))
os.sendfile(1, file, 0, 1000)
