"""Notebooks: a Jupyter kernel whose cells are lines of one shell.

simpsh_kernel – the kernel: answers to the frontend's requests; installing it
shell_client – the kernel's side of the shell: run, ask, interrupt, end; requests for input
cell_output – the output of commands, converted for a cell
shell_guard – the parent of the shell, which leaves nothing behind at the end
cell_shell – the shell: runs cells, completes and explains words
cell_display – the picture of a cell's processes, and the steps as text
"""
