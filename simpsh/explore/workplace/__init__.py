"""The place, the input and the limits of a run.

private_world – namespaces and a root of their own: the caller's paths, and no change outside
directory_copy – without a private world, a copy of the directory
workspace – the standard input of runs; the choice of their workplace
run_limits – limits of processes, output, memory, time
"""
