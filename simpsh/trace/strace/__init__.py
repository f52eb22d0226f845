"""Recording through strace(1), where simpsh may not trace.

strace_run – running strace
strace_output – its lines, turned into events
"""
