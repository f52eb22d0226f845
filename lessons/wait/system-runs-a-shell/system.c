#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    const char *name = "notes; exec sleep 1000";  // a user has typed this
    char line[99];
    snprintf(line, sizeof line, "echo %s", name);
    int status = system(line);
    if (status == -1)
        err(1, "system");
    printf("%#06x\n", status);
}
