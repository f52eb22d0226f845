"""Learned processes over a computed kernel; touches no process.

program_model – the automata of the processes, and the states and steps of the program
kernel_state – a state of the whole program; nodes, edges, and what a rule is
pipe_users – which pipes are channels whose order decides nothing
readiness_rules – rules for descriptors that do not block, poll and select
epoll_rules – rules for epoll
signal_fates – what becomes of a signal that is sent: lost, pending, or the end
fifo_rules – rules for opening FIFOs
pipe_room – how full pipes are
memory_users – which bytes of shared memory several processes use
memory – rules for shared memory
record_lock_rules – rules for record locks (fcntl)
job_control – process groups, sessions and stops: what is kept, and what the kernel does by itself
group_rules – rules for process groups and sessions
wait_rules – the rule for wait
signal_rules – rules for signals and stops
timer_rules – rules for timers
kernel_rules – what the kernel does with each operation
twins – children that no process can tell apart
left_movers – which step may always be made first, alone
"""
