### not found is 127
nosuchcommand 2>/dev/null; printf '%s' "$?"
### not found says so
nosuchcommand; printf '%s' "$?"
### not found by path
./nosuch 2>/dev/null; printf '%s' "$?"
### a directory is 126
mkdir d; ./d 2>/dev/null; printf '%s' "$?"
### not executable is 126
>f; ./f 2>/dev/null; printf '%s' "$?"
### through a file is 127
>f; ./f/x 2>/dev/null; printf '%s' "$?"
### a link to itself is 127
ln -s l l; ./l 2>/dev/null; printf '%s' "$?"
### a name too long is 127
A=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789; ./$A$A$A$A 2>/dev/null; printf '%s' "$?"
### a missing interpreter is 127
printf '#!/no/such/interpreter\n' >f; chmod +x f; ./f 2>/dev/null; printf '%s' "$?"
### a text file is run by sh
printf 'printf "[%%s]" "$@"' >f; chmod +x f; ./f a 'b c'
### an empty file is run by sh
>f; chmod +x f; ./f; printf '%s' "$?"
### a script with its interpreter
printf '#!/bin/cat\ntext\n' >f; chmod +x f; ./f
### an interpreter with an argument
printf '#!/usr/bin/env sh\nprintf ran' >f; chmod +x f; ./f
### not found in an empty PATH
PATH=; ls 2>/dev/null; /usr/bin/printf '%s' "$?"
### a slash avoids the search
PATH=/nowhere; /bin/echo yes
### the first in PATH wins
mkdir a b; printf '#!/bin/sh\nprintf a' >a/t; printf '#!/bin/sh\nprintf b' >b/t; chmod +x a/t b/t; PATH=$PWD/a:$PWD/b; t
### what cannot be executed is passed over
mkdir a b; >a/t; printf '#!/bin/sh\nprintf b' >b/t; chmod +x b/t; PATH=$PWD/a:$PWD/b; t
### only one that cannot be executed is 126
#: differs found-but-not-executable
mkdir a; >a/t; PATH=$PWD/a; t 2>/dev/null; /usr/bin/printf '%s' "$?"
### a directory in PATH is passed over
mkdir -p a/t b; printf '#!/bin/sh\nprintf b' >b/t; chmod +x b/t; PATH=$PWD/a:$PWD/b; t
### exit statuses
sh -c 'exit 0'; printf '%s ' "$?"; sh -c 'exit 1'; printf '%s ' "$?"; sh -c 'exit 255'; printf '%s' "$?"
### argv[0] is as typed
sh -c 'printf "%s" "$0"'; printf '#!/bin/sh\nprintf "[%%s]" "$0"' >f; chmod +x f; ./f
### command runs a program
command printf '[%s]' a b
### command runs a builtin
mkdir d; command cd d; pwd | sed 's:.*/::'
### command -v of a program
command -v cat; command -v sh
### command -v of a builtin
command -v cd; command -v exit; command -v :
### command -v of a reserved word
command -v '{'; command -v '!'
### command -v of nothing
command -v nosuchcommand; printf '%s' "$?"
### command -v of a path
printf '#!/bin/sh\n' >t; chmod +x t; command -v $PWD/t; command -v ./missing; printf '%s' "$?"
### command with assignment
A=1 command sh -c 'printf "[%s]" "$A"'; printf '[%s]' "$A"
### command keeps special builtins from ending the script
command exec 3<missing 2>/dev/null; printf on
### command of what is missing
command nosuchcommand 2>/dev/null; printf '%s' "$?"
### command alone
command; printf '%s' "$?"
### type of builtins and programs
type cd; type cat | sed 's/.* //'
### type's status
type cd cat >/dev/null; printf '%s' "$?"; type nosuchcommand >/dev/null 2>&1 || printf failed
### dot runs a file here
printf 'A=1; printf x' >f; . ./f; printf '%s' "$A"
### dot's status is the last command's
printf '(exit 7)' >f; . ./f; printf '%s' "$?"
### dot of an empty file
>f; false; . ./f; printf '%s' "$?"
### dot searches PATH
mkdir p; printf 'printf found' >p/lib; PATH=$PWD/p:$PATH; . lib
### dot of what is missing ends a script
(. ./missing; printf no) 2>/dev/null || printf failed
### dot within dot
printf '. ./g; printf f' >f; printf 'printf g' >g; . ./f
### exit within dot
printf 'exit 5' >f; . ./f; printf no
### dot with here-document
printf 'cat <<E\ntext\nE\nprintf after' >f; . ./f
### dot without a newline at the end
printf 'printf x' >f; . ./f
### dot with redirection
printf 'printf x' >f; . ./f >g; cat g
### dot in a subshell
printf 'A=1' >f; A=0; (. ./f; printf '%s' "$A"); printf '%s' "$A"
### dot reads a syntax error
printf 'printf a\n( \n' >f; (. ./f) 2>/dev/null || printf failed
### a builtin with too many blanks
   :    ;	printf x
### colon with a bad redirection in a subshell
(: >no/such/dir) 2>/dev/null || printf failed
### exit with a bad number
(exit abc) 2>/dev/null || printf failed
### unset of a bad name
(unset 1a) 2>/dev/null || printf failed
### export of a bad name
(export 1a=x) 2>/dev/null || printf failed
### one argument too long is 126
A=0123456789abcdef; A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A; A=$A$A$A; cat "$A" 2>/dev/null; printf '%s' "$?"
### a script runs as a file
#: form file
printf a
printf b; exit 3
### a script from standard input
#: form stdin
printf a
printf b; exit 3
### an unfinished last line
#: unfinished
#: form stdin
printf a; printf b
### a program that reads nothing leaves the script alone
#: form stdin
true
printf a
### test and brackets are there
test 1 -lt 2 && [ a = a ] && printf yes
### echo of plain words
echo one two; echo; echo three
