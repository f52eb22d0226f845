#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    FILE *file = fopen("script", "w");
    if (file == NULL)
        err(1, "script");
    fprintf(file, "#!/bin/sh\necho hello\n");
    if (fclose(file) == EOF || chmod("script", 0755) == -1)
        err(1, "script");
    execl("script", "script", (char *)NULL);
    printf("%s\n", strerror(errno));
}
