#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
char line[80], typed[] = "nosuch\n";
int main(void) {
    stdin = fmemopen(typed, strlen(typed), "r");  /* typed, then ^D */
    for (;;) {
        printf("> ");
        if (fgets(line, 80, stdin) == NULL) exit(1);  /* cannot read */
        if (strncmp(line, "quit", 4) == 0) exit(0);
        line[strcspn(line, "\n")] = '\0';  /* the line without its end */
        if (fork() == 0) { execlp(line, line, NULL); exit(1); }
        wait(NULL);
    }
}
