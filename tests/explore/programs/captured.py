import subprocess

run = subprocess.run(["sh", "-c", "cat; echo e >&2; exit 3"], input=b"m", capture_output=True)
print(run.returncode, run.stdout, run.stderr)
