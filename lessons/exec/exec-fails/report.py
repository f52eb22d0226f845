import os

read_end, write_end = os.pipe()  # both are close-on-exec
child = os.fork()
if child == 0:  # in the child
    try:
        os.execvp("sleep", ["sleep", "1000"])
    except OSError as error:
        os.write(write_end, str(error).encode())
        os._exit(127)
os.close(write_end)
print(os.read(read_end, 99).decode() or "end of file")
