"""Keyboard and screen: the prompt at which a person types.

read_eval_loop – the conversation; the tour that is offered once
plain_reader – lines without an editor; what a prompt returns
line_editor – the prompt on a real terminal, and its keys
answer_editor – the same editor for the questions of a lesson
completion – the word before the cursor, and what it can become
argument_names – which names may stand as an argument
installed_completions – options and subcommands, from files of fish, bash, make and git
manual_pages – options and subcommands, from the source of manual pages
command_names – programs in PATH, and near misses
history_expansion – `!!` and `!3`
line_history – the file of the lines typed before
prompt_text – PS1, PS2, banner, toolbar
prompt_style – colours
terminal_io – keyboard and screen
family_pane – the family of a process, drawn again when something changes
prompt_event_loop – the event loop of the prompt
full_screen – a screen that has the whole terminal until it is left
course_map_screen – the map of the course: a lesson is chosen
stepper/ – the stepper's screen: the student as scheduler
"""
