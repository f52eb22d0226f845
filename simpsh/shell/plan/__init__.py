"""The plan: what will be done to run one pipeline, as data; jobs do it.

job_plan – processes to be, and what happens to their descriptors
redirection_plan – from a redirection's tree to opens, dups and closes
"""
