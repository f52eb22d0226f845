# right: Python with subprocess and communicate
import subprocess
import sys

code = "import sys; sys.exit(int(input()))"
children = [
    subprocess.Popen([sys.executable, "-SEc", code], stdin=subprocess.PIPE, text=True)
    for _ in sys.argv[1:]
]
for child, number in zip(children, sys.argv[1:]):
    child.communicate(number)
    print(child.pid, child.returncode, flush=True)
