"""The command line: which room does it need? One file a subcommand.

command_line – the front door: options, shell or subcommand, and errors
own_options – the options of the shell itself, and `simpsh --help`
session – one run of the shell: terminal, rc file, script, exit status
watched_session – simpsh --watch: two panes of tmux, and how one shell ends in them
option_parser – the class of every subcommand: its options, operands and help
argument_completion – completion after a subcommand, here and in bash, zsh, fish
trace_command – simpsh trace, simpsh trace show
explore_command – simpsh explore
step_command – simpsh step
lesson_command – simpsh lesson and its subcommands, without the exercises
lesson_prompt – the prompt that a lesson borrows
typed_line – the lines that lesson check types at that prompt
exercise_command – simpsh lesson exercise
grade_command – simpsh grade, simpsh grade one, simpsh grade merge
grade_shell_command – simpsh grade shell
grade_assignment_command – simpsh grade assignment new, check, list
class_command – simpsh class open, simpsh class judge, simpsh class publish
jupyter_command – simpsh jupyter: the kernel for notebooks
compare_command – simpsh compare
doctor_command – simpsh doctor
diagnose_command – simpsh diagnose
watch_command – simpsh watch
completions_command, completions – simpsh completions, and the files for bash, zsh, fish
"""
