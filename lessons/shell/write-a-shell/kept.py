import os

read_end, write_end = os.pipe()
left = os.fork()
if left == 0:
    os.dup2(write_end, 1)
    os.execvp("seq", ["seq", "20000"])  # 108894 bytes
right = os.fork()
if right == 0:
    os.dup2(read_end, 0)
    os.execvp("tail", ["tail", "-n", "1"])
os.close(read_end)
os.close(write_end)
os.waitpid(left, 0)
os.waitpid(right, 0)
