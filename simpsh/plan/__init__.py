"""The plan: what will be done to run one pipeline, as data; `explain` prints it, jobs do it."""
