import os

try:
    child = os.posix_spawn("/bin/missing", ["missing"], {})
    print("status", os.waitpid(child, 0)[1] >> 8, flush=True)
except OSError as error:
    os.write(1, f"{error.strerror}".encode())
