"""What a run takes place in, and what is given to it.

workspace – the directory that runs work in: a copy, a layer, or itself; the recorded input
run_limits – what a run may use: processes, output, memory, time
"""
