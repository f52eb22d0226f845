### one after another
printf a; printf b
printf c
### and
true && printf yes; false && printf no; printf end
### or
true || printf no; false || printf yes; printf end
### and and or from left to right
false && printf a || printf b; true || printf c && printf d
### long chains
true && true && false || false || true && printf reached
### status of a chain that stops
false && true; printf '%s' "$?"; true && false; printf '%s' "$?"
### not
! true; printf '%s' "$?"; ! false; printf '%s' "$?"
### not of a pipeline
! true | false; printf '%s' "$?"; ! false | true; printf '%s' "$?"
### not in a chain
! false && printf a; ! true || printf b
### not of a subshell and of a group
! (exit 3); printf '%s' "$?"; ! { false; }; printf '%s' "$?"
### newline after operators
true &&
printf a
false ||

printf b
printf c |
cat
### empty lines and comments between

printf a

# nothing

printf b
### semicolon at the end
printf a;
### group
{ printf a; printf b; }
### group over lines
{
printf a
printf b
}
### group status
{ true; false; }; printf '%s' "$?"
### group within group
{ { printf a; }; { printf b; { printf c; }; }; }
### group shares the directory
mkdir d; { cd d; }; printf '%s' "$PWD" | sed 's:.*/::'
### subshell
(printf a; printf b)
### subshell over lines
(
printf a
printf b
)
### subshell's directory does not leak
mkdir d; (cd d; printf x >f); ls; ls d
### subshell's exit ends only itself
(exit 3; printf no); printf '%s' "$?"
### exit in a group ends the script
{ printf a; exit 3; }; printf no
### subshells nested
(printf a; (printf b; (printf c; exit 2); printf '%s' "$?"); printf d)
### double parentheses are two subshells
((printf a); printf b)
### group after and
true && { printf a; printf b; }; false || (printf c)
### subshell then and
(true) && printf a; (false) || printf b
### group with redirection
{ printf a; printf b; } >f; cat f
### group with input
printf 'one\ntwo\n' >f; { read a; read b; } <f; printf '[%s]' "$a" "$b"
### subshell with redirection
(printf a; printf b >&2) >f 2>g; cat f g
### redirections of a group end with it
{ printf a; } >f; printf b; cat f
### redirection inside overrides the outer
{ printf a; printf b >g; } >f; cat f; printf -; cat g
### background in a list
{ printf a >f; } & wait; cat f
### background of a chain
true && printf x >f & wait; cat f
### background of a subshell
(printf a; exit 3) >f & wait $!; printf '%s' "$?"; cat f
### two in the background
printf a >f & printf b >g & wait; cat f g
### sequence after a background
true & printf a; wait; printf b
### exit without operand uses the last status
(exit 7); exit
### exit with a number
exit 42
### exit with zero after failure
false; exit 0
### exit with 255
exit 255
### falling off the end
(exit 9)
### falling off the end after a pipeline
true | (exit 6)
### empty script

### a script of comments only
# nothing at all
### a script of blanks

   
### colon does nothing and succeeds
false; : anything 'at all' $(true); printf '%s' "$?"
### colon with redirection
: >f; ls
### true and false
true; printf '%s' "$?"; false; printf '%s' "$?"
### and binds over lines with pipes
printf 'b\na\n' | sort &&
printf 'x\n' |
cat
### blanks around operators do not matter
true&&printf a;false||printf b;printf c|cat
### a closing brace needs a separator before it
{ printf '[%s]' a }; }
### reserved words elsewhere are text
printf '[%s]' ! { } time
### status after a group in the background
false; { :; } & printf '%s' "$?"; wait
### deep nesting
((((((((((printf deep))))))))))
### deep groups
{ { { { { { { { printf deep; }; }; }; }; }; }; }; }
