"""Walking the tree: lists, conditions, groups; one pipeline at a time goes to plan and jobs.

interpreter – the walk: each kind of node, loops and `case`, and simple commands
stage_planner – what each process of a pipeline becomes, and what expansion may ask meanwhile
conditions – `[[ ]]`, at the prompt
job_conclusion – what follows from how a job ended: `$?`, a message, `time`
explained_trace – how the words of a command became its arguments: `set -o explain`
plan_outline – the plan of a line, told before anything runs: what `explain` shows
"""
