#!/bin/sh
# right: sh with & and wait
(exit "$1") &
first=$!
(exit "$2") &
second=$!
wait "$first"
echo "$first $?"
wait "$second"
echo "$second $?"
