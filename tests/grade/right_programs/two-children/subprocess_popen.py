# right: Python with subprocess.Popen
import subprocess
import sys

children = [
    subprocess.Popen([sys.executable, "-SEc", "import sys; sys.exit(int(sys.argv[1]))", code])
    for code in sys.argv[1:]
]
for child in children:
    child.wait()
    print(child.pid, child.returncode)
