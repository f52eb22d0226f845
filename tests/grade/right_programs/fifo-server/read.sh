#!/bin/sh
# right: sh with read, the FIFO open for both
exec 3<>"$1"
while read -r line <&3; do
    [ "$line" = quit ] && exit 0
    printf 'got %s\n' "$line"
done
