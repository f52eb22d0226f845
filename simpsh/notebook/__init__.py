"""Notebooks: a Jupyter kernel whose cells are lines of one shell that lives as long as the kernel.

simpsh_kernel – the kernel: what a frontend asks, answered
shell_client – the shell of a kernel, as the kernel has it: run, ask, interrupt, end
keyboard_requests – which command waits for the keyboard, and what it is given
cell_output – what commands write, as a cell can show it
shell_guard – the process between both: when it ends, nothing of the shell is left
cell_shell – the shell itself: it runs cells and answers questions
word_meanings – what a word is, for inspection
shell_channel – how kernel and shell speak to each other
cell_display – what the processes of a cell did: the picture, and the steps as text
cell_magics – cells that are no lines of the shell: `%lesson` and others
magic_runner – what they do
lesson_client – a lesson, as the kernel has it
lesson_worker – the lesson itself, in a process of its own
lesson_widgets – its buttons
lesson_notebook – a lesson, or an exercise, as a notebook file
kernel_spec – how Jupyter finds the kernel
"""
