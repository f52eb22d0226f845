add() { until mkdir lock 2>/dev/null; do :; done; echo $1 >> out; rmdir lock; }; add a & add b & wait; cat out
