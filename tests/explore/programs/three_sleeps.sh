sleep 1 & sleep 2 & sleep 3 & wait; echo done
