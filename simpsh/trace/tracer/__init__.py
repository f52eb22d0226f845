"""A family of processes, followed with ptrace(2) and seccomp filters.

recorded_run – one command recorded by a process of its own; waiting and leaving
traced_run – following one command, in the calling process
leaving – the recording stops, and what is traced goes on
traced_command – starting a command under the tracer
process_tracer – the tracer: a loop over what the kernel reports of a family
family_account – births, ends, adoptions and collections, told as events
process_family – the traced processes by name and pid, and their calls under way
pid_namespaces – which process a number means in the namespace of the one who uses it
traced_calls – the filter that stops calls, and the calls followed to their results
syscall_events – what each call means as an event
program_kinds – programs that are seen in part, or that lose a privilege because they are traced
rest_detection – the proof that no process of a family can move
stop_mirroring – the tracer stops as its command is stopped
session_tracer – a whole session under the tracer (`--truth`)
untraced_run – the last resort: simpsh's own calls
"""
