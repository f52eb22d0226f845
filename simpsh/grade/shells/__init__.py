"""Any shell, started at a terminal and judged by what it does.

question_lot – the random parts of typed lines, drawn by a seed
terminal_session – the shell at its terminal: typing, its state, and its tracer
record_checks – the steps of a behaviour that judge the kernel's record
behaviour_trial – one trial of a behaviour: typing its lines, and the other steps
behaviours.toml – the behaviours that simpsh knows, in the form of assignment files
shell_examination – trying each behaviour on a newly started shell
"""
