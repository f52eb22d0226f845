"""Judges a submission that looks at mounts of every kind, and prints as JSON what it reached.

Its argument is a directory that submissions see, such as one in /opt. It mounts on its own, so it
runs in a mount namespace of its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.grade.confinement import GRADE
from tests.grade.sandbox.mount_rows import ROWS, SERVERS, state

LOOKS = """#!/usr/bin/python3
import json, os
found = {"changed": [], "pids": [], "seen": 0}

def works(call, *words):
    try:
        call(*words)
    except OSError:
        return False
    return True

for folder, names, files in os.walk(TOP):
    found["pids"] += [name for name in names if os.path.exists(f"{folder}/{name}/cmdline")]
    found["seen"] += len(files)
    if works(os.mknod, f"{folder}/new"):
        found["changed"].append(folder)
    for path in (f"{folder}/{name}" for name in files):
        if works(lambda: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))):
            found["changed"].append(path)
        elif works(os.unlink, path) or works(os.chmod, path, 0o777):
            found["changed"].append(path)
    names[:] = names[:20]
print(json.dumps(found))
"""


def main() -> None:
    """Mount all rows, judge a submission beside them, and print what it and the grader said."""
    top = Path(sys.argv[1])
    places, lacking = dict[str, Path](), {}
    with SERVERS, tempfile.TemporaryDirectory() as home:
        for number, (name, make) in enumerate(ROWS.items()):
            place = top / f"row-{number}"
            place.mkdir()
            (place / "data").write_text("data")
            (place / "none").mkdir()
            (place / "data").chmod(0o666)
            place.chmod(0o777)
            try:
                make(place)
            except (OSError, subprocess.CalledProcessError) as error:
                lacking[name] = str(error)
            else:
                places[name] = place
        before = {name: state(place) for name, place in places.items()}
        handed = Path(home, "handed-in")
        handed.mkdir()
        (handed / "looks").write_text(LOOKS.replace("TOP", repr(str(top))))
        (handed / "looks").chmod(0o755)
        check = 'sh -c \'"$SIMPSH_RUN" "$1"; exit 1\' sh'
        words = [*GRADE, "--check", check, "--format", "json", "handed-in"]
        done = subprocess.run(words, cwd=home, capture_output=True, text=True, check=False)
        changed = [name for name, place in places.items() if state(place) != before[name]]
        answer = {"changed": changed, "lacking": lacking, "rows": [*places]}
        print(json.dumps(answer | {"report": done.stdout, "said": done.stderr}))
        (places["below a closed directory"] / "closed").chmod(0o700)


if __name__ == "__main__":
    main()
