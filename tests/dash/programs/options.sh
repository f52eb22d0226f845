### -e ends at a failure
set -e; printf a; false; printf b
### -e spares the left of or
set -e; false || printf a; printf b
### -e spares the left of and
set -e; false && printf a; printf b
### -e ends at the last of a chain
set -e; true && false; printf b
### -e spares a negated one
set -e; ! true; printf a; ! false; printf b
### -e in a subshell
set -e; (false; printf no); printf no
### -e in a subshell on the left of or
set -e; (false; printf inside) || printf no; printf end
### -e in a group
set -e; { false; printf no; }; printf no
### -e and a pipeline
set -e; false | true; printf a; true | false; printf no
### -e and a substitution in an assignment
set -e; A=$(false); printf no
### -e and a substitution in an argument
set -e; printf '[%s]' "$(false)"; printf on
### -e inside a substitution
set -e; printf '[%s]' "$(false; printf x)"; printf on
### -e ends with the status
set -e; (exit 7); printf no
### -e off again
set -e; set +e; false; printf on
### -e and not found
set -e; nosuchcommand 2>/dev/null; printf no
### -e and a failed redirection
#: differs status-of-a-failed-redirection
set -e; cat <missing 2>/dev/null || printf a; cat <missing 2>/dev/null; printf no
### -e and the background
set -e; false & wait; printf on
### -e and wait
set -e; (exit 3) & wait $!; printf no
### -e and cd
set -e; cd missing 2>/dev/null || printf on; (cd missing 2>/dev/null; printf no) || printf end
### -e with exit trap
set -e; trap 'printf "[%s]" "$?"' EXIT; (exit 4)
### -e in a file
#: form file
set -e
printf a
false
printf no
### -e and dot
printf 'false; printf no' >f; set -e; . ./f; printf no
### -u of an unset variable ends a script
#: differs status-of-a-failed-expansion
set -u; printf '%s' "$UNSET"; printf no
### -u of a set one
set -u; A=; printf '[%s]' "$A"
### -u in a subshell
(set -u; printf '%s' "$UNSET"; printf no) 2>/dev/null || printf failed
### -u and positional parameters
#: arguments a
(set -u; printf '%s' "$1"; printf '%s' "$2"; printf no) 2>/dev/null || printf failed
### -u and at and star and number
set -u; printf '[%s]' "$@" "$*" "$#"
### -u and a background id
(set -u; printf '%s' "$!"; printf x) 2>/dev/null || printf failed
### -u off again
set -u; set +u; printf '[%s]' "$UNSET"
### -u in a substitution
set -u; { A=$(printf '%s' "$UNSET"; printf no) || printf failed; } 2>/dev/null
### -f
>a; set -f; printf '[%s]' *; set +f; printf '[%s]' *
### -f in a subshell does not leak
>a; (set -f; printf '[%s]' *); printf '[%s]' *
### -C
set -C; >f; (>f) 2>/dev/null || printf refused
### -o by name
set -o noglob; >a; printf '[%s]' *; set +o noglob; printf '[%s]' *
### -o errexit
set -o errexit; false; printf no
### -o nounset
(set -o nounset; printf '%s' "$UNSET"; printf no) 2>/dev/null || printf failed
### -o noclobber
set -o noclobber; >f; (>f) 2>/dev/null || printf refused
### several letters
set -ef; >a; printf '[%s]' *; false; printf no
### letters and arguments
set -f a b; printf '[%s]' "$@" *
### letters, dashes and arguments
set -f -- -x y; printf '[%s]' "$@"
### a bad letter fails
(set -Q) 2>/dev/null || printf failed
### a bad name fails
(set -o nosuchoption) 2>/dev/null || printf failed
### options are seen in $-
set -eu; printf '%s' "$-" | grep -c 'e' ; printf '%s' "$-" | grep -c 'u'
### options in a subshell are inherited
set -f; >a; (printf '[%s]' *); printf '[%s]' "$(printf '[%s]' *)"
### set +o can be read back
set -f; set +o >saved; set +f; . ./saved; rm saved; >a; printf '[%s]' *
### -e in the left of a pipeline
set -e; { false; printf no; } | cat; printf on
### -e in a trap
set -e; trap 'false; printf no' USR1; kill -USR1 $$; printf no
### -e and a chain in a group
set -e; { true && false; } || printf caught; printf on
### -e and colon
set -e; : $(false); printf on
### -e in the last stage of a pipeline
set -e; true | { false; printf no; }; printf no
### -e in the last stage after read at end of file
(set -e; printf 'no newline' | { read A; cat; }; printf no); printf '%s' "$?"
