"""Notebooks: a Jupyter kernel whose cells are lines of one shell that lives as long as the kernel.

simpsh_kernel – the kernel: what a frontend asks, answered
shell_client – the shell as the kernel has it: run, ask, interrupt, end; who waits for the keyboard
cell_output – what commands write, as a cell can show it
shell_guard – the process between both: when it ends, nothing of the shell is left
cell_shell – the shell itself: it runs cells, and answers what a word is or can become
cell_display – what the processes of a cell did: the picture, and the steps as text
cell_magics – cells that are no lines of the shell: `%lesson` and others
lesson_client – a lesson, as the kernel has it
lesson_worker – the lesson itself, in a process of its own
lesson_notebook – a lesson, or an exercise, as a notebook file
kernel_spec – how Jupyter finds the kernel
"""
