#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The directory of this process's control group, for version 1 and version 2. */
static void own_group(char *group, size_t size) {
    FILE *file = fopen("/proc/self/cgroup", "r");
    char line[PATH_MAX];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *names = strchr(line, ':') + 1, *path = strchr(names, ':');
        *path++ = '\0';
        path[strcspn(path, "\n")] = '\0';
        if (strcmp(names, "pids") == 0 || *names == '\0')
            snprintf(group, size, "/sys/fs/cgroup/%s%s", names, path);
        if (strcmp(names, "pids") == 0)
            break;
    }
    if (file != NULL)
        fclose(file);
}

int main(int argc, char *argv[]) {
    char above[PATH_MAX] = "";
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROCESSES\n", argv[0]);
        return 2;
    }
    own_group(above, sizeof above);
    /* Make a group below it, enter it, and limit it to this number of processes. Then let each
       process fork until the kernel refuses. When fork fails in all, each collects its children
       and ends with status 0; the first one leaves the group and removes it. */
    fprintf(stderr, "nothing is done yet below %s\n", above);
    return 1;
}
