"""The student's screen, as values; only terminal_screen uses a terminal.

screen_forms – the drawn form and the plain form
code_display – a listing
picture_rows – the rows of a picture: selection, sentences, folding
lane_picture – a picture with one lane per process
screen_tables – tables: memory, descriptors, open files, family; outputs of a race
answer_lines – the reply to a guess, and the claims that were checked
terminal_screen – styled lines on a real terminal
"""
