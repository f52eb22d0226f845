"""Jobs: starting processes, knowing their state, lending them the terminal, collecting them."""
