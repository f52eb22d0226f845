"""Code that depends on a machine's registers, memory or call numbers; and the tracer's calls.

syscall_table – the numbers of system calls, by architecture
ptrace – tracing: stops, events, memory
seccomp – filters that choose which calls stop for the tracer
held_calls – calls that wait for a listener of a seccomp filter
registers – changing the call that a stopped process is about to make
memory_access – the memory used by the next instruction
"""
