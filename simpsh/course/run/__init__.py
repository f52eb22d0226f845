"""Running a demonstration and observing it.

demonstration_setup – names, marks, acts: what the supervisor is given
demonstration_process – the first process of the family, which tells its lines from inside
demonstration_monitor – the supervisor: traces, holds, looks, ends
family_snapshot – how all processes look at one moment
outcome_search – every order, and free runs beside it
c_compilation – C demonstrations
shell_noise – what a shell does for itself, left out of what was seen
prompt_monitor – the student’s own prompt, watched
"""
