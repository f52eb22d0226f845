"""Running a demonstration and observing it.

step_performance – from a step to its result
demonstration_setup – names, marks, acts: what the supervisor is given
demonstration_process – the first process of the family
line_reports – which line comes next, told from inside
demonstration_monitor – the supervisor: traces, holds, looks, ends
family_snapshot – how all processes look at one moment
worker_process – work alone in its process
outcome_search – every order, and plain runs beside it
c_compilation – C demonstrations
c_counterpart – a demonstration’s C, run as the Python is
shell_line – a line that simpsh runs
prompt_monitor – the student’s own prompt, watched
"""
