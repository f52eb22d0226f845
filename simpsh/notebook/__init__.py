"""Notebooks: a Jupyter kernel whose cells are lines of one shell.

simpsh_kernel – the kernel: answers to the frontend's requests; installing it
shell_client – the kernel's side of the shell: run, interrupt, end
cell_output – the output of commands, converted for a cell
cell_shell – the shell: runs cells
cell_display – the picture of a cell's processes, and the steps as text
"""
