import os

read_end, write_end = os.pipe()
job = os.fork()
if job == 0:
    os.execvp("sleep", ["sleep", "1000"])  # closes the pipe
os.close(write_end)
os.read(read_end, 1)  # end of file: the exec is done
try:
    os.setpgid(job, job)
except OSError:
    os.write(1, b"too late\n")
