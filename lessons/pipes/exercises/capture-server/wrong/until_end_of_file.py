# fails: returns
import subprocess
import sys

done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
for line in done.stdout.splitlines():
    print("|", line)
sys.exit(done.returncode)
