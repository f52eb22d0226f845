# right: Python with os.posix_spawn
import os
import sys

for code in sys.argv[1:]:
    os.posix_spawn(sys.executable, [sys.executable, "-SEc", f"raise SystemExit({code})"], os.environ)
for _ in sys.argv[1:]:
    pid, status, _ = os.wait3(0)
    print(pid, os.WEXITSTATUS(status))
