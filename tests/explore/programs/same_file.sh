echo a >f & echo b >f; wait; cat f
