"""The interactive shell: reading commands from the keyboard, drawing on the terminal.

read_eval_loop – the loop of the interactive shell
plain_reader – lines without an editor; the answers of a prompt
line_editor – the prompt with a line editor
key_bindings – the keys of the prompt
completion – the word at the cursor and its completions
argument_names – the completions of a command or an argument
listed_names – targets of make, branches of git
manual_pages – options and subcommands, from manual pages
command_names – programs in PATH, and similar names
hints – the hint for a command that could not be run
line_history – the history file, `!!` and `!3`
prompt_text – PS1, PS2, banner, toolbar
prompt_style – colours
terminal_io – raw mode, and the first prompt
editor_terminal – keyboard and screen of the line editor
foreign_output – whether another process has written to the terminal
prompt_event_loop – the event loop of the prompt
stepper/ – the full-screen stepper
"""
