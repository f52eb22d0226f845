"""The shell: redirections, jobs and the terminal; a shell of your own.

shell_loop – what a shell does
redirection_order – redirections are done one after the other, from left to right
redirection_twice – two redirections to one file have two offsets
why_cd_is_built_in – why cd is built in
while_in_a_pipeline – a loop in a pipeline sets its variables in a child
terminal_line – what the kernel makes of a key before a program reads it
jobs_and_terminal – the foreground group gets the keys' signals, and it alone may read
pty – a pseudo-terminal: a program has the slave, its user holds the master
no_job_control – a background command without job control reads from /dev/null, and ignores ^C
looking – a look at a process that makes no progress
first_shell – five defects of a first shell in C
write_a_shell – a shell of your own in five parts, each with the mistake that is easily made
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
