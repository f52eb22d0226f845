mkfifo p; echo a > p & read x < p; echo $x; wait
