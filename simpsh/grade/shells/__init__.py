"""Any shell, started at a terminal and judged by what it does.

shell_behaviour – what is expected of a shell; a rubric with points
terminal_session – the shell at its terminal: typing, waiting for its prompt
shell_tracer – the process that traces the shell and all below it
command_behaviours – running one program after the other
redirection_behaviours – pipes and redirections
job_control_behaviours – groups, the terminal, ^C, ^Z, fg, bg
shell_examination – trying each behaviour on a fresh start
"""
