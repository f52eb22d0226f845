(echo 1; echo 2) | cat & echo 3; wait
