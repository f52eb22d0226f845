"""Fork: one call, two processes; what they share, what is copied, what it costs.

rule_1_both_continue – rule 1: both processes continue after fork
rule_2_return_value – rule 2: the return value tells the parent from the child
fork_can_fail – fork can fail: −1, and no process is created
check_arguments – arguments are checked before fork, by a function that reports errors
rule_3_parallel – rule 3: parent and child run at the same time
process_states – running, ready, asleep, stopped: the states of a process
rule_4_copied – rule 4: memory is copied, not shared
copy_on_write – the kernel copies a page when a process writes to it
memory_map – text, data, heap and stack: the map of memory
buffers_at_fork – text in a buffer at the fork is written twice
rule_5_order – rule 5: no rule says which process runs first
rule_6_open_files – rule 6: parent and child share open files
two_writers – two writers of one file: a shared offset, two offsets, or none
locks_and_fork – a flock is shared with the child, a record lock is not inherited
rule_7_wait_for_every_child – rule 7: wait for every child
seven_rules – the seven rules in one program
inherited – what a child inherits from its parent
threads_and_fork – the child has one thread
random_in_children – a generator of random numbers is memory, and memory is copied
how_many – how many processes n forks make, and workers that stay in the loop
trap – a system call is a trap, and costs more than a function
shared_flags – status flags are shared, descriptor flags are not
cost_of_fork – what a fork costs, and why vfork and posix_spawn cost less
cost_of_writing – what copy-on-write costs after the fork
inherited_signals – the signal settings that a child inherits
fork_bomb – a fork bomb, contained by a limit
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
