import os
import signal


def serve(write_end):
    pid_file = os.open("pid", os.O_RDWR | os.O_TRUNC)
    os.write(pid_file, b"%d" % os.getpid())
    os.write(write_end, b"%d" % os.getpid())  # ready
    os.close(write_end)
    signal.pause()


os.write(os.open("pid", os.O_RDWR | os.O_CREAT, 0o644), b"1")
read_end, write_end = os.pipe()
middle = os.fork()
if middle == 0:  # in the middle process
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        serve(write_end)
    os._exit(0)
os.close(write_end)
number = int(os.read(read_end, 20))
os.waitpid(middle, 0)
os._exit(0)  # number is ready
