import os

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one for both
to_child, says = os.pipe()
to_parent, answers = os.pipe()
child = os.fork()
if child == 0:  # in the child
    os.write(answers, b"one")  # ① the parent sleeps
    os.read(to_child, 9)
    os.write(answers, b"three")
    os._exit(0)
os.read(to_parent, 9)
os.write(says, b"two")  # ② the child sleeps
os.waitpid(child, 0)
