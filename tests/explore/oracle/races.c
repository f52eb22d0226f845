/* Two processes race through rules, as a word says: BEFORE,PARENT,CHILD. Each letter is one call.

   What a call answers is printed, so that each order that matters shows. */
#include "course.h"

static int file;

static void lock(int command, int type, int start, int length) {
    struct flock how = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int failed = fcntl(file, command, &how);
    if (command == F_GETLK)
        say(how.l_type == F_UNLCK ? "f" : how.l_type == F_RDLCK ? "r" : "w");
    else if (type != F_UNLCK)
        say(!failed ? "+" : errno == EDEADLK ? "D" : "-");
}

static void act(char letter) {
    switch (letter) {
    /* Record locks: two bytes of a file. */
    case 'x': lock(F_SETLKW, F_WRLCK, 0, 1); break;
    case 'y': lock(F_SETLKW, F_WRLCK, 1, 1); break;
    case 's': lock(F_SETLKW, F_RDLCK, 0, 2); break;
    case 'X': lock(F_SETLK, F_WRLCK, 0, 0); break;
    case 'S': lock(F_SETLK, F_RDLCK, 1, 1); break;
    case 'u': lock(F_SETLK, F_UNLCK, 0, 1); break;
    case 'v': lock(F_SETLK, F_UNLCK, 0, 0); break;
    case 'g': lock(F_GETLK, F_WRLCK, 0, 2); break;
    case 'c': close(open("f", O_RDONLY)); break;
    }
}

int main(int count, char **words) {
    char *word = count > 1 ? words[1] : ",,";
    file = open("f", O_RDWR | O_CREAT, 0600);
    for (; *word != ','; word++) act(*word);
    char *parent = word + 1, *child = strchr(parent, ',') + 1;
    if (fork() == 0) {
        for (; *child != 0; child++) { act(*child); say("c"); }
        _exit(0);
    }
    for (; *parent != ','; parent++) { act(*parent); say("p"); }
    wait(NULL);
    say(".");
}
