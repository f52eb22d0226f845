"""What the student sees, as values: listings, pictures, tables, answers; one file knows a terminal.

screen_forms – the drawn and the plain form
code_display – a listing with its margin
picture_rows – which events get a row, what is said of them, rows put together until they fit
lane_picture – one lane a process
possible_outputs – every output of a race
screen_tables – tables: memory, descriptors, open files, family
screen_parts – what a step shows, as values
answer_lines – the answer, and the claims that were checked
terminal_screen – styled lines on a real terminal
"""
