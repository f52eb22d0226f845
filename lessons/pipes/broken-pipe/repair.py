import os

read_end, write_end = os.pipe()
sender = os.fork()
if sender == 0:  # in the sender
    os.close(read_end)  # the sender does not read
    for _ in range(20):
        try:
            os.write(write_end, bytes(65536))
        except BrokenPipeError:  # EPIPE
            pass
    os._exit(0)
os.close(write_end)
os.read(read_end, 2)
os.close(read_end)  # head has seen enough
_, status = os.waitpid(sender, 0)
print("code", os.waitstatus_to_exitcode(status), flush=True)
