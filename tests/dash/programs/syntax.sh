### a missing command between bars
printf a; printf b | | cat
### a missing command at the start
| cat
### a missing command at the end
printf a |
### and with nothing before
&& printf a
### or with nothing after
true ||
### two semicolons
printf a;; printf b
### a semicolon alone
;
### an ampersand alone
&
### a closing parenthesis
printf a )
### an unclosed parenthesis
(printf a
### an unclosed brace
{ printf a;
### a closing brace alone
}
### an unclosed single quote
printf 'a
### an unclosed double quote
printf "a
### an unclosed substitution
printf "$(printf a"
### an unclosed backquote
printf `printf a
### a redirection without a target
printf a >
### a redirection before an operator
printf a > ; printf b
### a redirection to an operator
printf a > | cat
### an input without a name
cat < 
### an empty subshell
()
### an empty group
{ }
### a word after a subshell
(printf a) b
### a word after a group
{ printf a; } b
### lines before the error are run
printf first
printf second; )
printf third
### lines before the error in a file are run
#: form file
printf first
printf second; )
printf third
### lines before the error on standard input are run
#: form stdin
printf first
)
### nothing of the erroneous line is run
printf a; printf b; (
### a parenthesis in the middle
printf a (b)
### not without a command
!
### not twice in a row before a pipe
! | cat
### a here-document without a delimiter
cat <<
### an ampersand after an operator
true && & printf a
### semicolon after ampersand
true &; printf a
### two ampersands apart
true & & true
### an error inside a substitution
printf '[%s]' "$(printf a; ))"
### unclosed braces of a variable
printf '%s' "${A"
### a bad substitution
#: differs status-of-a-failed-expansion
printf a; printf '%s' "${A B}"
### a backslash at the very end
printf '[%s]' a\
### an unfinished chain
true &&
### a newline in a subshell's start
(

printf a
)
### an error in a subshell in a file ends it
#: form file
(printf a; | cat)
printf b
### an error in dot ends the script
printf ')' >f; . ./f; printf no
### a bad word for a descriptor
printf a >&
