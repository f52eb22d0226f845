"""A family of processes, followed with ptrace(2) and seccomp filters.

tracer_news – messages between the two processes
recorded_run – one command recorded by a process of its own, while this one waits
traced_run – the process that records: its news, what it is asked for, leaving what lives on
traced_command – starting a command under the tracer
attachment – attaching to a process that runs already, and why the kernel refuses
process_tracer – the tracer: a loop over what the kernel reports of a family, and of which programs
forced_orders – who runs first after each birth, where it is forced
family_account – births, ends, adoptions and collections, as events
process_family – the traced processes by name, by pid in each namespace, and their calls under way
syscall_events – the filter that stops calls, and what each call means as an event
rest_detection – the proof that no process of a family can move
session_tracer – a whole session under the tracer (`--truth`)
"""
