cat & sleep 1000 & wait
