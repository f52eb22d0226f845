"""Any shell, started at a terminal and judged by what it does.

shell_behaviour – what is expected of a shell
terminal_session – the shell at its terminal: typing, waiting for its prompt
terminal_wait – does a shell wait for its terminal?
typed_lines – lines as they are typed, and as people read them
shell_tracer – the process that traces the shell and all below it
installed_shells – which programs are shells, under any name
substitute_shell – did another shell do the work?
command_behaviours – running one program after the other
redirection_behaviours – pipes and redirections
job_control_behaviours – groups, the terminal, ^C, ^Z, fg, bg
shell_examination – trying each behaviour on a fresh start
"""
