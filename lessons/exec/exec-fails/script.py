import os

with open("script", "w") as file:
    file.write("#!/bin/sh\necho hello\n")
os.chmod("script", 0o755)
try:
    os.execv("script", ["script"])
except OSError as error:
    print(error.strerror)
