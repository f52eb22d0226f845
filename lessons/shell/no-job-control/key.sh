trap '' HUP; sleep 1000 & wait
