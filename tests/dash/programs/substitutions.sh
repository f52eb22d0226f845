### output as words
printf '[%s]' $(printf 'a b')
### output in quotes
printf '[%s]' "$(printf 'a  b')"
### trailing newlines go
printf '[%s]' "$(printf 'a\n\n\n')"
### inner newlines stay in quotes
printf '[%s]' "$(printf '\na\nb\n')"
### nothing
printf '[%s]' a $(true) b "$(true)"
### backquotes
printf '[%s]' `printf 'a b'` "`printf 'c d'`"
### nested
printf '[%s]' "$(printf '%s-' "$(printf '%s+' "$(printf x)")")"
### nested backquotes
printf '[%s]' `printf '%s-' \`printf x\``
### backquotes within the other form
printf '[%s]' "$(printf '%s' `printf x`)"
### the other form within backquotes
printf '[%s]' `printf '%s' $(printf x)`
### quotes in quotes
printf '[%s]' "$(printf '%s' "a b")"
### single quotes hold a parenthesis
printf '[%s]' "$(printf '%s' ')')"
### a comment inside
printf '[%s]' "$(printf a # no )
printf b)"
### a subshell inside
printf '[%s]' "$( (printf a) )"
### a group inside
printf '[%s]' "$({ printf a; printf b; })"
### a list inside
printf '[%s]' "$(printf a; printf b && printf c || printf d)"
### newlines inside
printf '[%s]' "$(
printf a

printf b
)"
### an empty one
printf '[%s]' "$()" "$( )" x$()y
### the status afterwards is the command's
printf '%s' "$(exit 3)"; printf '%s' "$?"
### the status of an assignment
A=$(exit 3); printf '%s' "$?"
### the status of nothing but substitutions
$(exit 4); printf '%s' "$?"
### the status inside
(exit 5); printf '%s' "$(printf '%s' "$?")"
### exit inside ends it only
printf '[%s]' "$(printf a; exit 3; printf b)"
### cd inside does not leak
mkdir d; printf '%s' "$(cd d; printf x >f)"; ls d
### variables inside
A=1; printf '[%s]' "$(A=2; printf '%s' "$A")" "$A"
### the command's name from one
$(printf printf) '[%s]' x
### name and arguments from one
$(printf 'printf [%%s] a b')
### its standard error is not taken
printf '[%s]' "$(sh -c 'printf out; printf err >&2' 2>/dev/null)"
### its standard error taken
printf '[%s]' "$(sh -c 'printf out; printf err >&2' 2>&1)"
### its standard input is the shell's
printf 'in' | { printf '[%s]' "$(cat)"; }
### a redirection inside
printf x >f; printf '[%s]' "$(cat <f)" "$(printf y >g)"; cat g
### large output
A="$(head -c 100000 /dev/zero | tr '\0' x)"; printf '%s' "$A" | wc -c | tr -d ' '
### a background process that keeps the pipe holds it
printf '[%s]' "$(printf a; { printf b; } & wait)"
### a background process elsewhere does not
printf '[%s]' "$(true >/dev/null & printf a; wait)"
### pipes inside
printf '[%s]' "$(printf 'b\na\n' | sort)"
### several in a word
printf '[%s]' a$(printf b)c$(printf d)e "$(printf f)$(printf g)"
### in a redirection
printf x >"$(printf f)"; ls
### in an assignment before a command
A=$(printf x) sh -c 'printf "[%s]" "$A"'
### order of evaluation
printf '[%s]' "$(printf 1 >>o)" "$(printf 2 >>o)" $(printf 3 >>o); cat o
### bytes pass
printf '%s' "$(printf 'a\001\177\377')" | od -An -tx1
### backslashes in the new form are literal
printf '[%s]' "$(printf '%s' 'a\b' "c\\d" e\\f)"
### backslashes in backquotes are halved
printf '[%s]' "`printf '%s' 'a\\b'`" `printf '%s' 'a\\\\b'`
### a dollar in backquotes
A=x; printf '[%s]' `printf '%s' $A` `printf '%s' \$A` "`printf '%s' '\$A'`"
### quotes in backquotes in quotes
printf '[%s]' "`printf '%s' "a b"`"
### not found inside
printf '[%s]' "$(nosuchcommand 2>/dev/null)"; printf '%s' "$?"
### trap inside
printf '[%s]' "$(trap 'printf bye' EXIT; printf hi)"
### exec inside
printf '[%s]' "$(exec printf x; printf y)"
### positional parameters inside
#: arguments a b
printf '[%s]' "$(set c; printf '%s' "$@")" "$@"
### deeply nested
printf '[%s]' $(printf %s $(printf %s $(printf %s $(printf %s $(printf %s $(printf %s $(printf %s deep)))))))
### words from many
printf '[%s]' $(seq 1 5) "$(seq 1 3)"
### the process id inside is the shell's
test "$(printf '%s' $$)" = $$; printf '%s' "$?"
### killed inside
A=$(sh -c 'kill -TERM $$'); printf '%s' "$?"
### a chain on its status
A=$(false) || printf failed; B=$(true) && printf fine
### not on its status
! A=$(false); printf '%s' "$?"
### double parentheses after a dollar and a blank are subshells
printf '[%s]' "$( (printf a); (printf b) )"
### here-document inside
printf '[%s]' "$(cat <<E
$(printf nested)
E
)"
### unclosed quotes inside are separate from those outside
printf '[%s]' "a $(printf '%s' "b 'c'" 'd "e"') f"
### the status beside a substitution is that of the pipeline before
(exit 3); printf '[%s]' "$(true)" "$?"; (exit 4); printf '[%s]' "$(exit 5)" "$(printf '%s' "$?")"
