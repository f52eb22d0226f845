echo a & echo b & wait
