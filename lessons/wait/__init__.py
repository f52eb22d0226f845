"""Wait: how a parent learns what its children have done.

wait_scenarios – what wait does in each of four situations
status_word – the wait status: one number that says what a child has done
stop_and_continue – stops and continues: state changes of a child that has not ended
wait_interrupted – a signal handler ends a wait although no child has ended
system_runs_a_shell – system runs a shell, which reads every character of the line
waitid – look at a child's state change and leave it; wait for a group
wait4_rusage – what a child has used, and when the parent learns it
pidfd – a pid names a process for a while, a pidfd for ever
event_loop – an event loop waits for several things at once
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
