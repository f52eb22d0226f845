#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    FILE *log = fopen("log", "w");
    if (log == NULL)
        err(1, "log");
    setvbuf(log, NULL, _IONBF, 0);
    for (int i = 0; i < 60; i++)
        fputc('x', log);
    fclose(log);
}
