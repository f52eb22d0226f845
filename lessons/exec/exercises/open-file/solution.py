import os
import sys

VIEWERS = {".txt": "cat", ".sh": "sh", ".xyz": "xyzview"}

name = sys.argv[1] if len(sys.argv) == 2 else ""
viewer = VIEWERS.get(os.path.splitext(name)[1])
# BEGIN SOLUTION
if viewer is None:
    print(f"open-file: {name}: there is no viewer for it", file=sys.stderr)
    sys.exit(2)
child = os.fork()
if child == 0:
    try:
        os.execvp(viewer, [viewer, name])
    except OSError as error:
        os.write(2, f"open-file: {viewer}: {error.strerror}\n".encode())
        os._exit(127)
_, status = os.waitpid(child, 0)
if os.WIFSIGNALED(status):
    print(f"{viewer} was killed by signal {os.WTERMSIG(status)}")
else:
    print(f"{viewer} ended with status {os.WEXITSTATUS(status)}")
sys.exit(0 if status == 0 else 1)
# INSTEAD
# # Run the viewer in a child, wait for it, and say in one line how it ended.
# print(viewer)
# END SOLUTION
