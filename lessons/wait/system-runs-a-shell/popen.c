#include <stdio.h>
#include <unistd.h>
int main(void) {
    FILE *pipe = popen("while read l; do echo $l; done; exit 7", "w");
    if (fork() == 0)  /* another child */
        execlp("sleep", "sleep", "1000", (char *)0);
    fputs("notes\n", pipe);
    printf("%#06x\n", pclose(pipe));
}
