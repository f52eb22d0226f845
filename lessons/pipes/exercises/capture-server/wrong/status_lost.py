# fails: status
import subprocess
import sys
import tempfile

with tempfile.TemporaryFile("w+") as file:
    subprocess.run(sys.argv[1:], stdout=file)
    file.seek(0)
    for line in file.read().splitlines():
        print("|", line)
