"""Walking the tree: lists, conditions, groups; one pipeline at a time goes to plan and jobs."""
