import os

os.mkdir("a")
os.mkdir("b")
os.mknod("a/echo", 0o600)  # no permission to execute
os.symlink("/bin/echo", "b/echo")
child = os.fork()
if child == 0:  # in the child
    try:
        os.execvpe("echo", ["echo", "found"], {"PATH": "none:a:b"})
    except OSError as error:
        os.write(1, f"{error.strerror}".encode())
    os._exit(0)
os.waitpid(child, 0)
