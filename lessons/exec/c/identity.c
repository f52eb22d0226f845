/* Real, effective and saved user ids. The demonstrations of identity.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void copy(const char *from, const char *to) {
    char piece[65536];
    ssize_t count;
    int in = open(from, O_RDONLY);
    int out = open(to, O_CREAT | O_WRONLY, 0755);
    if (in == -1 || out == -1)
        err(1, "%s", in == -1 ? from : to);
    while ((count = read(in, piece, sizeof piece)) > 0)
        if (write(out, piece, count) != count)
            err(1, "%s", to);
    close(in);
    close(out);
}

/* by_a_user is not compared: Python copies the file in other pieces. */
void by_a_user(void) {
    copy("/bin/grep", "show");  // the copy belongs to root
    // 4000 is the set-user-ID bit
    if (chmod("show", 04755) == -1 || chmod(".", 0755) == -1)
        err(1, "chmod");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        // not root's groups: before the user id
        if (setgroups(0, NULL) == -1)
            _exit(1);
        if (setresgid(65534, 65534, 65534) == -1)
            _exit(1);
        if (setresuid(65534, 65534, 65534) == -1)
            _exit(1);
        execl("show", "show", "Uid", "/proc/self/status", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

const char *opening(void) {
    int secret = open("secret", O_RDONLY);
    if (secret == -1)
        return "refused";
    close(secret);
    return "allowed";
}

void there_and_back(void) {
    if (mknod("secret", S_IFREG | 0600, 0) == -1)  // root may read it
        err(1, "mknod");
    if (setresuid(-1, 65534, -1) == -1)  // -1: as it was
        err(1, "setresuid");
    const char *dropped = opening();
    if (setresuid(-1, 0, -1) == -1)
        err(1, "setresuid");
    const char *returned = opening();
    printf("%s then %s\n", dropped, returned);
}

void for_good(void) {
    uid_t real, effective, saved;
    if (getuid() == 0)  // as after exec of a set-user-ID program
        if (setresuid(65534, 0, 0) == -1)
            err(1, "setresuid");
    uid_t user = getuid();
    if (setresuid(user, user, user) == -1)
        err(1, "setresuid");
    getresuid(&real, &effective, &saved);
    printf("saved id: %u\n", saved);
    if (seteuid(0) == 0)
        printf("root again\n");
    else
        printf("no way back\n");
}
