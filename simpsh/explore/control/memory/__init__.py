"""What a held process has in its memory and its registers.

remembered_state – what a held process can still know
memory_pages – pages with pids as names, each looked through once
handler_knowledge – what is known of the memory that handlers use
endless_loops – loops that are never left
"""
