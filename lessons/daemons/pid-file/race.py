import os
from contextlib import suppress

for _ in range(2):
    daemon = os.fork()
    if daemon == 0:  # in a daemon
        with suppress(FileExistsError):
            if not os.path.exists("pid"):
                os.open("pid", os.O_CREAT | os.O_WRONLY, 0o644)
                os.write(1, b"started ")
        os._exit(0)
os.wait()
os.wait()
