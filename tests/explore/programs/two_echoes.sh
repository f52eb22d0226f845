echo a & echo b; wait; echo c
