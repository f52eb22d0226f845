### exec replaces the shell
exec printf x; printf y
### exec's status is the program's
exec sh -c 'exit 7'
### exec in a subshell
(exec printf a); printf b
### exec keeps the process id
A=$$; (printf '') ; exec sh -c 'test "$1" = "$$"; printf "%s" "$?"' x "$A"
### exec opens for good
exec 3>f; printf a >&3; sh -c 'printf b >&3'; cat f
### exec closes
exec 3>f; printf a >&3; exec 3>&-; (printf b >&3) 2>/dev/null || printf closed; cat f
### exec redirects the output of all that follows
exec >f; printf a; printf b; cat f >&2 2>/dev/null
### exec redirects and restores
exec 3>&1 >f; printf a; exec >&3 3>&-; printf b; cat f
### exec redirects the input
printf 'one\ntwo\n' >f; exec <f; read a; read b; printf '[%s]' "$a" "$b"
### exec with here-document
exec 4<<E
text
E
cat <&4
### exec of what is missing ends a script
exec nosuchcommand 2>/dev/null; printf no
### exec of what cannot be executed ends a script
>f; exec ./f; printf no
### exec with assignment
A=1 exec sh -c 'printf "[%s]" "$A"'
### exec with redirection and command
exec printf x >f; printf no
### exec with redirections alone returns 0
false; exec 3>&1; printf '%s' "$?"
### exec alone does nothing
false; exec; printf '%s' "$?"
### exec in a pipeline's stage
printf a | exec cat; printf b
### exec in a group ends the script
{ exec printf a; printf b; }; printf c
### exec in a substitution with redirection
printf '[%s]' "$(exec 2>&1; sh -c 'printf err >&2')"
### descriptors of exec reach programs
printf x >f; exec 7<f; cat <&7
### exec 2 silences
exec 2>/dev/null; nosuchcommand; cat <missing; printf '%s' "$?" | tr 12 xx
### append with exec
printf a >f; exec >>f; printf b; printf c; cat f >g
### two at once
exec 3>a 4>b; printf x >&3; printf y >&4; cat a b
### dup within exec
exec 3>f 4>&3; printf a >&3; printf b >&4; cat f
### exec read and write
printf abc >f; exec 3<>f; read x <&3; printf '%s' "$x"; printf d >&3; cat f
### exec does not return after success even with a chain
exec true && printf no
### traps are not run by exec
trap 'printf bye' EXIT; exec printf x
### exec in a background list
{ exec printf x; } >f & wait; cat f
