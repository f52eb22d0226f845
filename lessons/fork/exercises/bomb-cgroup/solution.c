#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

// BEGIN SOLUTION
/* Write into a file of a group; false if there is no such file, or the kernel refuses the text. */
static int tell(const char *group, const char *name, const char *text) {
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int file = open(path, O_WRONLY);
    if (file == -1)
        return 0;
    int is_taken = write(file, text, strlen(text)) > 0;
    close(file);
    return is_taken;
}

static int fails(const char *what) {
    perror(what);
    return 1;
}

int main(int argc, char *argv[]) {
    char above[PATH_MAX] = "", group[PATH_MAX + 8];
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROCESSES\n", argv[0]);
        return 2;
    }
    char *end;
    unsigned long most = strtoul(argv[1], &end, 10);
    if (argv[1][0] < '1' || argv[1][0] > '9' || *end != '\0' || most > 1000) {
        fprintf(stderr, "%s: %s: a number from 1 to 1000 is needed\n", argv[0], argv[1]);
        return 2;
    }
    own_group(above, sizeof above);
    snprintf(group, sizeof group, "%s/bomb", above);
    if (mkdir(group, 0755) == -1)
        return fails(group);
    if (!tell(group, "cgroup.procs", "0"))
        return fails("cgroup.procs");
    int is_version_2 = tell(above, "cgroup.subtree_control", "+pids");
    if (!tell(group, "pids.max", argv[1]))
        return fails("pids.max");

    pid_t first = getpid();
    int ends[2];
    if (pipe(ends) == -1)
        return fails("pipe");
    while (fork() != -1)
        continue;
    if (errno != EAGAIN)
        return fails("fork");
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) != 0) /* end of file: fork has failed in every process */
        return fails("read");
    while (wait(NULL) != -1 || errno != ECHILD) /* until no child is left */
        continue;
    if (getpid() != first)
        return 0;
    if (is_version_2)
        tell(above, "cgroup.subtree_control", "-pids");
    if (!tell(above, "cgroup.procs", "0") || rmdir(group) == -1)
        return fails(group);
    return 0;
// INSTEAD
// int main(int argc, char *argv[]) {
//     char above[PATH_MAX] = "";
//     if (argc != 2) {
//         fprintf(stderr, "usage: %s PROCESSES\n", argv[0]);
//         return 2;
//     }
//     own_group(above, sizeof above);
//     /* Make a group below it, enter it, and limit it to this number of processes. Then let each
//        process fork until the kernel refuses. When fork fails in all, each collects its children
//        and ends with status 0; the first one leaves the group and removes it. */
//     fprintf(stderr, "nothing is done yet below %s\n", above);
//     return 1;
// END SOLUTION
}
