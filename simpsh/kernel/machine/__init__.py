"""What knows a machine's registers, memory or call numbers; the tracer's calls.

syscall_table – each system call's number, by architecture
ptrace – one process watches others: stops, events, memory
seccomp – a filter that decides which calls stop for the tracer
held_calls – calls that wait for a process that is no tracer
watchpoints – stops after an instruction that uses watched memory
registers – changing the call that a held process is about to make
memory_access – where the next instruction uses memory, and how
intel_memory_use – what one instruction of x86-64 does to memory, and where
machine_code – calls and jumps: which function a piece of code calls
"""
