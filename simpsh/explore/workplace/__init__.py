"""The place, the input and the limits of a run.

private_world – namespaces and overlays: the caller's paths, and no change outside
workspace – without a private world, a copy of the directory; the standard input of runs
run_limits – limits of processes, output, memory, time
"""
