"""Jobs: starting processes, tracking their state, lending them the terminal, collecting them.

launcher – starts jobs and waits for them; the entry point
job_table – a job, its processes, and the table of jobs
fork_engine – starting a job with fork
forked_child – the steps of a forked child until exec
redirector – carrying out redirections
spawn_engine – posix_spawn as a faster fork, if nothing fails
waiter – the only code that waits for children
controlling_terminal – the foreground group and the modes of the terminal
terminal_reset – sequences that undo what a job left in the terminal
shell_signals – dispositions and traps of the shell
interrupts – SIGINT in the shell itself
job_context – the state of the shell that jobs depend on
narrator – a line for each birth, wait and end, as it happens (`-v`)
"""
