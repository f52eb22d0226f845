# right: Python with os.posix_spawn of itself
import os
import sys

if sys.argv[2:] == ["child"]:
    sys.exit(int(sys.argv[1]))
for code in sys.argv[1:]:
    words = [sys.executable, "-SE", __file__, code, "child"]
    os.posix_spawn(sys.executable, words, os.environ)
for _ in sys.argv[1:]:
    pid, status, _ = os.wait3(0)
    print(pid, os.WEXITSTATUS(status))
