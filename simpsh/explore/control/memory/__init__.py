"""What a held process has in its memory and its registers.

remembered_state – what a held process can still know
memory_pages – pages with pids as names, each looked through once
endless_loops – loops that are never left
"""
