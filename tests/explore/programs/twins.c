#include "course.h"

/* N children end with 0. The parent forgets them all (f), knows the last (l), prints whom it has
   collected first by its number (n), or asks for the second one by name at the end (s). */
int main(int argc, char **argv) {
    int n = atoi(argv[1]), number = 0;
    char how = argv[2][0];
    pid_t pids[16] = {0}, pid;
    for (int i = 0; i < n; i++) {
        pid = fork();
        if (pid == 0) _exit(0);
        if (how != 'f') pids[i] = how == 'l' && i < n - 1 ? 0 : pid;
    }
    pid = 0;
    for (int i = 1; i < n; i++) {
        if (how == 'f') { wait(NULL); continue; }
        pid_t found = wait(NULL);
        for (int j = 0; j < n; j++)
            if (found == pids[j] && !number) number = j + 1;
    }
    if (how == 'l') say(number ? "last was among them" : "last was not");
    if (how == 'n') say_char('0' + number);
    if (how == 's') say(waitpid(pids[1], NULL, WNOHANG) >= 0 ? "there" : "gone");
    wait(NULL);
    say(".");
}
