#!/bin/bash
# right: bash with an array and wait -n
for code in "$@"; do
    (exit "$code") &
done
for _ in "$@"; do
    wait -n -p pid
    echo "$pid $?"
done
