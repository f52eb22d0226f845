import os
import sys
import tempfile

command = sys.argv[1:]
# BEGIN SOLUTION
with tempfile.TemporaryFile() as file:  # a process that inherits it can still write
    child = os.fork()
    if child == 0:
        os.dup2(file.fileno(), 1)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
            os._exit(127)
    _, status = os.waitpid(child, 0)
    # pread, because the server shares the offset.
    captured = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
for line in captured.decode(errors="replace").splitlines():
    print("|", line)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
# INSTEAD
# read_end, write_end = os.pipe()  # Python closes both at exec by itself
# child = os.fork()
# if child == 0:
#     os.dup2(write_end, 1)
#     os.execvp(command[0], command)
# os.close(write_end)
# # Print what the command writes, and end when it has ended.
# while os.read(read_end, 4096):
#     pass
# END SOLUTION
