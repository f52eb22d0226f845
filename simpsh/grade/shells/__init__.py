"""Any shell, started at a terminal and judged by what it does.

written_texts – which process wrote a text, and to where
question_lot – the random parts of typed lines, drawn by a seed
shell_behaviour – a behaviour: an ability of a shell, with its checks
program_start – how a program is started: arguments, input, outputs, limits
terminal_session – the shell at its terminal: typing, its state, and its tracer
special_behaviours – behaviours that need more than the verbs of assignment files
behaviours.toml – the other behaviours, in these verbs
own_behaviours – behaviours that an assignment file describes
shell_examination – trying each behaviour on a newly started shell
"""
