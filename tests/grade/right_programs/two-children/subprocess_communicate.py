# right: Python with subprocess and communicate, executing itself
import subprocess
import sys

if sys.argv[1:] == ["child"]:
    sys.exit(int(input()))
words = [sys.executable, "-SE", __file__, "child"]
children = [subprocess.Popen(words, stdin=subprocess.PIPE, text=True) for _ in sys.argv[1:]]
for child, number in zip(children, sys.argv[1:]):
    child.communicate(number)
    print(child.pid, child.returncode, flush=True)
