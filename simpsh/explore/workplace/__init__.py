"""What a run takes place in, and what is given to it.

private_world – namespaces and overlays: the caller's paths, and nothing of a run gets outside
workspace – where there is no private world, a copy of the directory; the input of runs
run_limits – what a run may use: processes, output, memory, time
"""
