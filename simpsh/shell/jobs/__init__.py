"""Jobs: starting processes, knowing their state, lending them the terminal, collecting them.

launcher – starts jobs and sees them through; the front door
job_table – a job, its processes, and the table of jobs
fork_engine – starting a job by fork
forked_child – what a forked child does until exec
redirector – carrying out redirections
spawn_engine – starting a job by posix_spawn
waiter – the one place that waits for children
controlling_terminal – who owns the keyboard
shell_signals – dispositions and traps of the shell
interrupts – SIGINT in the shell itself
job_context – what starting and waiting know of their shell
narrator – one line a call, as it happens (`-v`)
narrated_start – what is narrated of a job's start
"""
