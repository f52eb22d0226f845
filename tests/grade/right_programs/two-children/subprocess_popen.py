# right: Python with subprocess.Popen of itself
import subprocess
import sys

if sys.argv[2:] == ["child"]:
    sys.exit(int(sys.argv[1]))
children = [
    subprocess.Popen([sys.executable, "-SE", __file__, code, "child"]) for code in sys.argv[1:]
]
for child in children:
    child.wait()
    print(child.pid, child.returncode)
