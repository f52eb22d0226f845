"""The plan: what will be done to run one pipeline, as data; `explain` prints it, jobs do it.

job_plan – processes to be, and what happens to their descriptors
redirection_plan – from a redirection's tree to opens, dups and closes
call_outline – what a line would do, call by call: data, counts, text
descriptor_forecast – a descriptor table as redirections would make it
"""
