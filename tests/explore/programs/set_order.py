"""The order of a set hangs on the seed of the hashes, which is fixed while exploring."""

import os

if os.fork() == 0:
    os.write(1, b"-")
    os._exit(0)
os.write(1, "".join(sorted({"a", "b", "c"}, key=hash)).encode())
os.wait()
