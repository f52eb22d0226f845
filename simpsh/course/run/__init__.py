"""Running a demonstration and observing it.

demonstration_setup – the configuration: names, marks, user input
demonstration_process – the first process of the family, which reports its lines
demonstration_monitor – the supervisor: traces, holds, inspects and ends the processes
family_snapshot – the state of all processes at one moment
search_progress – how far a search of all orders, or a check, is
order_search – all orders of a demonstration or a line
c_compilation – compiling demonstrations in C
typed_line – a line of a student: its run in a fresh shell, and whether it solves its task
"""
