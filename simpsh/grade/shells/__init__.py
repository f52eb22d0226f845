"""Any shell, started at a terminal and judged by what it does.

question_lot – what is typed, drawn by a seed
shell_behaviour – what is expected of a shell
terminal_session – the shell at its terminal: typing, whether it waits, and what traces it
substitute_shell – which programs are shells, under any name; did another shell do the work?
special_behaviours – those that need more than the verbs of assignment files
behaviours.toml – the others, in these verbs
own_behaviours – what an assignment describes itself
shell_examination – trying each behaviour on a fresh start, in lines as people type them
"""
