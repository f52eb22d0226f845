"""A family of processes, followed with ptrace(2) and seccomp filters.

tracer_news – messages between the tracer and the process that waits for it
recorded_run – one command recorded by a separate process, while this one waits
traced_run – the process that records: its news, and requests to it
traced_command – starting a command under the tracer
attachment – attaching to a running process, and reasons of a refusal
process_tracer – the tracer: a loop over the kernel's reports about a family
forced_orders – forced orders of parent and child after a birth
family_account – births, ends, adoptions and collections, as events
process_family – the traced processes by name, by pid in each namespace, and their calls under way
syscall_events – the filter that stops calls, and the event of each call
rest_detection – the proof that no process of a family can move
session_tracer – a whole session under the tracer (`--truth`)
"""
