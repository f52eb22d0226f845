"""The shell: redirections, jobs and the terminal; a shell of one's own, part by part.

shell_loop – what a shell does
redirection_order – redirections are done one after the other, from left to right
redirection_twice – two redirections to one file have two offsets
why_cd_is_built_in – why cd is built in
while_in_a_pipeline – a loop in a pipeline sets its variables in a child
jobs_and_terminal – the foreground group gets the keys' signals, and it alone may read
no_job_control – a background command without job control reads from /dev/null, and ignores ^C
looking – a look at a process that does not go on
write_a_shell – a loop of read, split, fork, exec and wait
write_a_status – how a command ended, by the macros and not by the bits
write_a_redirection – redirect in the child, never in the shell
write_a_pipeline – start all of a pipeline, close both ends, then wait
write_a_job – shell and child both put the child into its process group
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
