import os

os.environ["A"] = "parent"
child = os.fork()
if child == 0:  # in the child
    os.environ["A"] = "child"
    os.execve("/usr/bin/env", ["env"], {"B": "2"})
os.waitpid(child, 0)
print("A is", os.environ["A"], flush=True)
