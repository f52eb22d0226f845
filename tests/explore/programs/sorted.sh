printf 'b\na\n' | sort | head -n 1
