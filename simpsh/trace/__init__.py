"""Recordings of processes, made from outside by a tracer; and the shell's record of its last line.

recording/ – the file of a recording, and the shell's record of its own calls
tracer/ – a family of processes seen through ptrace(2)
source/ – the source line that made a call
tracee_proc – reading a traced process: /proc and its memory
"""
