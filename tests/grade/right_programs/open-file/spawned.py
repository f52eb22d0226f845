# right: the viewer is spawned
import os, sys
ending = os.path.splitext(sys.argv[1])[1] if len(sys.argv) == 2 else ""
viewer = {".txt": "cat", ".sh": "sh", ".xyz": "xyzview"}.get(ending)
if viewer is None:
    print("no viewer", file=sys.stderr)
    sys.exit(2)
try:
    pid = os.posix_spawnp(viewer, [viewer, sys.argv[1]], os.environ)
except OSError as error:
    print(f"open-file: {viewer}: {error.strerror}", file=sys.stderr)
    print(f"{viewer} ended with status 127")
    sys.exit(1)
news = os.waitid(os.P_PID, pid, os.WEXITED)
has_ended = news.si_code == os.CLD_EXITED
print(viewer, "ended with status" if has_ended else "was killed by signal", news.si_status)
sys.exit(1 if news.si_status else 0)
