import fcntl
import os
import subprocess

secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(secret, b"TOPSECRET", 0)
fcntl.fcntl(secret, fcntl.F_SETFD, 0)
subprocess.run(["sh", "-c", "exec cat 2>/dev/null <&3"])
