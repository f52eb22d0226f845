sleep 1 & sleep 2 & wait -n; echo first; wait -n; echo second
