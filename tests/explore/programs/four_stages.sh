echo b | cat | sort | cat
