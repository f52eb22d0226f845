"""Runs a tree; each pipeline is planned and passed to jobs/.

interpreter – a method for each kind of node
stage_planner – plans each process of a pipeline: a program, or a copy of the shell
printing_lists – which subshells need no separate process
conditions – `[[ ]]`
job_conclusion – `$?`, messages and `time` after a job
plan_outline – the calls that a line would make: `explain`
"""
