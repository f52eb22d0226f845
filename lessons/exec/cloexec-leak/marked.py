import os

secret = os.open("secret", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(secret, b"TOPSECRET", 0)
child = os.fork()
if child == 0:  # in the child
    print(os.pread(secret, 9, 0).decode(), flush=True)
    os.execvp("sleep", ["sleep", "1000"])  # ① before exec
os.waitpid(child, 0)
