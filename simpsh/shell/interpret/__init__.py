"""Walking the tree: lists, conditions, groups; one pipeline at a time goes to plan and jobs.

interpreter – the walk: each kind of node, and simple commands
compound_commands – conditions, loops and `case`
stage_planner – what each process of a pipeline becomes, and what expansion may ask meanwhile
job_conclusion – what follows from how a job ended: `$?`, a message, `time`
function_programs – `set -h`: what a function names is looked up when it is defined
dry_run – the same walk, running nothing: what `explain` tells
dry_run_walk – what its parts share
dry_run_compound – conditions, loops, case and functions
dry_run_builtins – what builtins change
dry_run_jobs – who is forked, which pipe ends go where, who waits
hypothetical_state – the shell as it would be later in a line
"""
