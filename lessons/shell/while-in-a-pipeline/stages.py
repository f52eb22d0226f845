import os

n = 0
read_end, write_end = os.pipe()
loop = os.fork()
if loop == 0:  # in the loop's process
    n += os.read(read_end, 4).count(b"\n")
    os._exit(0)  # ① the loop has counted
os.write(write_end, b"a\nb\n")
os.waitpid(loop, 0)  # ② the shell waits
