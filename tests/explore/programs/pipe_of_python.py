import os

r, w = os.pipe()
if os.fork() == 0:
    os.close(r)
    os.write(w, b"m")
    os.write(1, b"c")
    os._exit(3)
os.close(w)
os.write(1, os.read(r, 9))
pid, status = os.wait()
os.write(1, b"%d" % os.waitstatus_to_exitcode(status))
