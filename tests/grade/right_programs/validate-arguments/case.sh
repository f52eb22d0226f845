#!/bin/sh
# right: sh with case, and echo to standard error
LC_ALL=C
case "$1" in
[0-9] | [0-5][0-9] | 60) ;;
*)
    echo "validate-arguments: $1: a number of seconds from 0 to 60 is needed" >&2
    exit 2
    ;;
esac
(exec sleep "$1") &
wait $!
exit 0
