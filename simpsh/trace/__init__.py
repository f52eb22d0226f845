"""Recordings of what happened: made from outside by a tracer, or by the shell itself.

recording/ – the file of a recording, and what the shell records of itself
tracer/ – a family of processes seen through ptrace(2)
source/ – which line of which file made a call
tracee_proc – what can be read of a traced process: /proc and its memory
"""
