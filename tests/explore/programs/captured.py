import subprocess

run = subprocess.run(["sh", "-c", "echo o; echo e >&2; exit 3"], capture_output=True)
print(run.returncode, run.stdout, run.stderr)
