"""Running a demonstration and observing it.

demonstration_setup – the configuration: names, marks, user input
demonstration_process – the first process of the family, which reports its lines
demonstration_monitor – the supervisor: traces, holds, inspects and ends the processes
family_snapshot – the state of all processes at one moment
search_progress – how far a search of all orders, or a check, is
line_orders – all orders of a demonstration; judging a line of a task in each of them
c_compilation – compiling demonstrations in C
prompt_monitor – observing the student's own prompt
"""
