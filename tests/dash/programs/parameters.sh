### the arguments
#: arguments one 'two three' ''
printf '[%s]' "$#" "$1" "$2" "$3" "$4"
### all of them, quoted at
#: arguments 'a b' c ''
printf '[%s]' "$@"
### all of them, quoted star
#: arguments 'a b' c ''
printf '[%s]' "$*"
### all of them, bare at
#: arguments 'a b' c '' '*'
>f; printf '[%s]' $@
### all of them, bare star
#: arguments 'a b' c ''
printf '[%s]' $*
### quoted star joins by the first character of IFS
#: arguments a b c
IFS=-+; printf '[%s]' "$*"
### quoted star with an empty IFS
#: arguments a b c
IFS=; printf '[%s]' "$*"
### quoted star with IFS unset
#: arguments a b c
unset IFS; printf '[%s]' "$*"
### at glued to words
#: arguments 'a b' c
printf '[%s]' x"$@"y
### at with one argument glued
#: arguments 'a b'
printf '[%s]' x"$@"y
### at with no arguments is nothing
printf '[%s]' a "$@" b
### at with no arguments glued is one word
printf '[%s]' x"$@"y
### at with no arguments beside an empty quote
printf '[%s]' "$@"""
### star with no arguments is one empty word when quoted
printf '[%s]' a "$*" b $* c
### set gives new ones
#: arguments a b c
set x 'y z'; printf '[%s]' "$#" "$@"
### set -- gives none
#: arguments a b c
set --; printf '[%s]' "$#" "$@"
### set -- with words that look like options
set -- -a -e --; printf '[%s]' "$#" "$@"
### set - with words
set -- a b; set - c; printf '[%s]' "$#" "$@"
### shift
#: arguments a b c
shift; printf '[%s]' "$#" "$@"
### shift by a number
#: arguments a b c d
shift 3; printf '[%s]' "$#" "$@"
### shift by zero
#: arguments a b
shift 0; printf '[%s]' "$#" "$@"
### shift all
#: arguments a b
shift 2; printf '[%s]' "$#" "$@" "$?"
### shift too far fails
#: arguments a b
(shift 3) 2>/dev/null || printf failed
### parameters above nine need braces
set a b c d e f g h i j k; printf '[%s]' "$10" "${10}" "${11}"
### the zeroth
printf '%s' "$0"
### the zeroth in a script file
#: form file
printf '%s' "$0"
### arguments of a script file
#: form file
#: arguments 'a b' c
printf '[%s]' "$#" "$@"
### the zeroth in a subshell and a substitution
(printf '%s' "$0"); printf '%s' "$(printf '%s' "$0")"
### the status
true; printf '%s' "$?"; false; printf '%s' "$?"; (exit 42); printf '%s' "$?"
### the status in a list
false; true; printf '%s' "$?"; false || printf '%s' "$?"
### the status of a pipeline is the last one's
false | true; printf '%s' "$?"; true | false; printf '%s' "$?"; (exit 3) | (exit 4); printf '%s' "$?"
### the status is seen by a subshell
(exit 5); (printf '%s' "$?"); printf '%s' "$?"
### the status is seen by a substitution
(exit 5); printf '%s' "$(printf '%s' "$?")"
### the status is seen by a group
(exit 5); { printf '%s' "$?"; }
### the process id is a number
printf '%s' "$$" | grep -c '^[1-9][0-9]*$'
### the process id is the same in a subshell
test "$$" = "$(printf '%s' "$$")"; printf '%s' "$?"; (test "$$" -gt 1); printf '%s' "$?"
### the process id is that of the shell
A=$(sh -c 'printf %s $PPID'); B=$(exec sh -c 'printf %s $PPID'); test "$B" = "$$"; printf '%s' "$?"
### the last background process
printf '[%s]' "$!"; true & test "$!" -gt 1; printf '%s' "$?"; wait
### options as letters
set -f; printf '%s' "$-" | grep -c f; set +f; printf '%s' "$-" | grep -c f
### options several
set -fu; printf '%s' "$-" | tr -cd 'fu' | wc -c | tr -d ' '
### positional parameters in a subshell
#: arguments a b
(set c; printf '[%s]' "$@"); printf '[%s]' "$@"
### positional parameters in a group
#: arguments a b
{ set c; }; printf '[%s]' "$@"
### a sourced file shares them
#: arguments a b
printf 'set x "$@"\n' >s; . ./s; printf '[%s]' "$@"
### the number of many
set a a a a a a a a a a a a a a a a a a a a a a a a a; printf '%s' "$#"
### assignment from at and star
#: arguments 'a  b' c
A="$*"; B=$*; printf '[%s]' "$A" "$B"
### at in an assignment in quotes
#: arguments 'a  b' c
A="$@"; printf '[%s]' "$A"
### quotes in arguments are text
#: arguments "it's" '"x"' '$HOME' 'a\b'
printf '[%s]' "$@" $1 $2 $3 $4
### special parameters in braces
#: arguments a b
printf '[%s]' "${#}" "${1}" "${@}" "${*}" "${?}"
### special parameters glued
#: arguments a b
printf '[%s]' "$#$1$2" $?$# "a$1$$" | sed 's/aa[0-9]*/aN/'
