import os

read_end, write_end = os.pipe()
child = os.fork()
if child == 0:  # in the child
    os.dup2(1, 2)  # errors
    os.dup2(write_end, 1)  # output
    os.execvp("sh", ["sh", "-c", "echo out; echo err >&2"])
os.close(write_end)
length = 0
while text := os.read(read_end, 4096):
    length += len(text)
os.waitpid(child, 0)
print(length, "bytes", flush=True)
