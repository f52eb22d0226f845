"""The place, the input and the limits of a run.

private_world – namespaces and a root of their own: the caller's paths, and no change outside
workspace – without a private world, a copy of the directory; the standard input of runs
directory_copy – copies of small directories
run_limits – limits of processes, output, memory, time
"""
