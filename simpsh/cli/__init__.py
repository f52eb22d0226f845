"""The command line: one file for each subcommand, and one for the shell itself.

command_line – the entry point: options, shell or subcommand, error messages
own_options – the options of the shell itself, and `simpsh --help`
session – one run of the shell: terminal, rc file, script, exit status
option_parser – the base class of all subcommands: options, operands, help
argument_completion – completion of a subcommand's arguments
trace_command – simpsh trace, simpsh trace show
explore_command – simpsh explore
step_command – simpsh step
lesson_command – simpsh lesson and its subcommands, except the exercises
lesson_prompt – the terminal of a lesson: answers, and what a student runs
exercise_command – simpsh lesson exercise
grade_command – simpsh grade
grade_shell_command – simpsh grade shell
grade_try_command – simpsh grade try
grade_assignment_command – simpsh grade assignment new, check, list
jupyter_command – simpsh jupyter: the kernel for notebooks
doctor_command – simpsh doctor
diagnose_command – simpsh diagnose
"""
