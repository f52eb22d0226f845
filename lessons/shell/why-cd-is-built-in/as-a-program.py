import os

os.umask(0o022)
child = os.fork()
if child == 0:  # in the child
    os.chdir("/tmp")
    os.umask(0o077)
    os._exit(0)  # ① the child has done its work
os.waitpid(child, 0)
os.write(1, os.getcwd().encode())  # ② the shell goes on
