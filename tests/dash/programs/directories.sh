### down and back
mkdir -p a/b; cd a/b; pwd | sed 's:.*/work::'; cd ../..; pwd | sed 's:.*/work::'
### home
HOME=$PWD/h; mkdir h; cd; pwd | sed 's:.*/work::'
### dash prints where it goes
mkdir a b; cd a; cd ../b; cd - | sed 's:.*/work::'; cd - >/dev/null; pwd | sed 's:.*/work::'
### along CDPATH
mkdir -p a/in b/in here; CDPATH=$PWD/nosuch:$PWD/a:$PWD/b; cd in | sed 's:.*/work::'; cd here; pwd | sed 's:.*/work::'; cd ..
CDPATH=:$PWD/a; cd here; pwd | sed 's:.*/work::'; cd ..; CDPATH=a; cd ./in 2>/dev/null || printf no
### two leading slashes are kept and three are one
cd //tmp; pwd; cd ///tmp//./; pwd; cd /../..; pwd
### dash without OLDPWD
(unset OLDPWD; cd - >/dev/null 2>&1; true); printf end
### through a link, logically
mkdir -p d/e; ln -s d/e l; cd l; pwd | sed 's:.*/work::'; cd ..; pwd | sed 's:.*/work::'
### through a link, physically
mkdir -p d/e; ln -s d/e l; cd -P l; pwd | sed 's:.*/work::'; cd ..; pwd | sed 's:.*/work::'
### -L after -P
mkdir -p d/e; ln -s d/e l; cd -P -L l; pwd | sed 's:.*/work::'
### pwd -P
mkdir -p d/e; ln -s d/e l; cd l; pwd -P | sed 's:.*/work::'; pwd -L | sed 's:.*/work::'
### a missing one fails and stays
cd missing 2>/dev/null || printf failed; pwd | sed 's:.*/work::'
### a file is no directory
>f; cd f 2>/dev/null || printf failed
### dots
mkdir a; cd a/..; pwd | sed 's:.*/work::'; cd ./a/.; pwd | sed 's:.*/work::'
### slashes
mkdir a; cd a//; pwd | sed 's:.*/work::'
### root
cd /; pwd; cd ..; pwd
### absolute
cd /usr/bin; pwd; cd ../lib; pwd
### PWD is exported as it changes
export PWD; mkdir a; cd a; sh -c 'printf "%s" "$PWD"' | sed 's:.*/work::'
### with blanks
mkdir 'a b'; cd 'a b'; pwd | sed 's:.*/work::'
### a name beginning with a dash
mkdir ./-d; cd -- -d; pwd | sed 's:.*/work::'
### a subshell's cd
mkdir a; (cd a; pwd) | sed 's:.*/work::'; pwd | sed 's:.*/work::'
### a program sees it
mkdir a; cd a; /bin/pwd | sed 's:.*/work::'
### OLDPWD
mkdir a; S=$PWD; cd a; test "$OLDPWD" = "$S"; printf '%s' "$?"; cd ..; printf '%s' "$OLDPWD" | sed 's:.*/work::'
### removed directory: cd out works
mkdir a; cd a; rmdir ../a; cd ..; pwd | sed 's:.*/work::'
### cd fails after which the chain stops
cd nowhere 2>/dev/null && printf no; printf end
### status of success
mkdir a; false; cd a; printf '%s' "$?"
### empty operand
S=$PWD; cd "" 2>/dev/null; test "$PWD" = "$S" && printf same
### a relative file after cd
mkdir a; cd a; printf x >f; cd ..; cat a/f
### umask shows
umask 022; umask; umask -S
### umask sets
umask 077; >f; mkdir d; stat -c %a f d; umask
### umask by letters
umask u=rwx,g=rx,o=; umask; >f; stat -c %a f
### umask by letters, adding and removing
umask 022; umask g+w; umask; umask o-rx; umask; umask a=rx; umask
### umask by every form of a clause
for m in 077 0 0777 u=rwx,g=,o= g+w go-rx = a=rw +w -w o=g g=u u-w+x=r o=X; do umask 022; umask -- "$m"; umask; done
### umask in a subshell does not leak
umask 022; (umask 077); umask
### umask is inherited
umask 027; sh -c umask
### umask with a bad value fails
(umask 999) 2>/dev/null || printf failed
### umask -S sets and shows
umask 027; umask -S; umask u=rwx,g=,o=; umask -S
### ulimit shows and sets
ulimit -n 64; ulimit -n
### ulimit soft and hard
ulimit -S -n 32; ulimit -S -n; ulimit -H -n 100; ulimit -H -n
### ulimit is inherited
ulimit -n 50; sh -c 'ulimit -n'
### ulimit in a subshell
ulimit -n 60; (ulimit -n 40; ulimit -n); ulimit -n
### ulimit of the core
ulimit -c 0; ulimit -c; ulimit -H -c
### ulimit beyond the hard one fails
ulimit -n 50; (ulimit -n 60) 2>/dev/null; ulimit -S -n 40; ulimit -n
### ulimit with a bad value fails
(ulimit -n abc) 2>/dev/null || printf failed
### ulimit unlimited
ulimit -c unlimited 2>/dev/null; ulimit -f; ulimit -f unlimited; ulimit -f
### ulimit of file size in blocks
ulimit -f 100; ulimit -f
### ulimit of the stack and of time
ulimit -s 4096; ulimit -s; ulimit -t 500; ulimit -t
### ulimit of memory
ulimit -v 8000000; ulimit -v
### too many descriptors
ulimit -n 10; sh -c 'true 3<&0 4<&0'; printf '%s' "$?"
