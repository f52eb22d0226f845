"""Keyboard and screen: the prompt at which a person types.

read_eval_loop – the conversation
prompt_answer – what a prompt returns: a command, or a key without one
plain_reader – lines without an editor
line_editor – the prompt on a real terminal
answer_editor – the same editor for the questions of a lesson
editor_keys – what keys do at the prompt
history_search – ^R
completion – what the word before the cursor can become
argument_names – which names may stand as an argument
cursor_word – that word, and which quote is open
command_names – programs in PATH, and near misses
line_history – the file of the lines typed before
prompt_text – PS1, PS2, banner, toolbar
prompt_style – colours
first_tour – the tour that is offered once
terminal_io – keyboard and screen
prompt_event_loop – the event loop of the prompt
stepper/ – the stepper's screen: the student as scheduler
"""
