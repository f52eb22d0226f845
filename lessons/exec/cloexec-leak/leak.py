import fcntl
import os

secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(secret, b"TOPSECRET", 0)
fcntl.fcntl(secret, fcntl.F_SETFD, 0)  # as open does in C
os.unlink("secret")
helper = os.fork()
if helper == 0:  # in the helper
    os.execvp("sh", ["sh", "-c", "exec cat 2>/dev/null <&3"])
os.waitpid(helper, 0)  # ① the helper has ended
