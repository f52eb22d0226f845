/* Prints one fact about its process or the machine: asks HOW [WHAT …]. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static char **words;

static const char *word(void)
{
    return *words ? *words++ : "";
}

static long number(void)
{
    return strtol(word(), NULL, 0);
}

static void show(long result)
{
    printf("%ld %d", result, result < 0 ? errno : 0);
}

static void contents(void)
{
    char text[8192];
    int file = open(word(), O_RDONLY);
    const char *key = word();
    ssize_t size = read(file, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, key, strlen(key)) == 0)
            printf("%s\n", line);
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static void names(void)
{
    struct dirent **found;
    int count = scandir(word(), &found, NULL, by_name);
    for (int i = 0; i < count; i++)
        printf("%s ", found[i]->d_name);
}

static void target(void)
{
    char text[4096];
    ssize_t size = readlink(word(), text, sizeof text);
    printf("%.*s", size < 0 ? 0 : (int)size, text);
}

static void facts(void)
{
    struct stat now;
    show(stat(word(), &now));
    const char *which = word();
    if (strchr(which, 'm'))
        printf(" %o", now.st_mode);
    if (strchr(which, 'l'))
        printf(" %lu", (unsigned long)now.st_nlink);
    if (strchr(which, 's'))
        printf(" %ld", (long)now.st_size);
    if (strchr(which, 'd'))
        printf(" %lx", (unsigned long)now.st_dev);
    if (strchr(which, 'i'))
        printf(" %lu", (unsigned long)now.st_ino);
}

static void file_system(void)
{
    struct statfs now;
    show(statfs(word(), &now));
    const char *which = word();
    if (strchr(which, 't'))
        printf(" %lx", (unsigned long)now.f_type);
    if (strchr(which, 'f'))
        printf(" %lx", (unsigned long)now.f_flags);
    if (strchr(which, 'r'))
        printf(" %d", (now.f_flags & ST_RDONLY) != 0);
    if (strchr(which, 'b'))
        printf(" %lu", (unsigned long)now.f_blocks);
    if (strchr(which, 'i'))
        printf(" %x", now.f_fsid.__val[0]);
}

static void limit(void)
{
    struct rlimit now = {0, 0};
    show(getrlimit((int)number(), &now));
    printf(" %lx %lx", (unsigned long)now.rlim_cur, (unsigned long)now.rlim_max);
}

static void signals(void)
{
    sigset_t mask;
    stack_t stack;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigaltstack(NULL, &stack);
    for (int signal = 1; signal < 32; signal++) {
        struct sigaction now;
        sigaction(signal, NULL, &now);
        printf("%d%d ", sigismember(&mask, signal), now.sa_handler != SIG_DFL);
    }
    printf("%d", stack.ss_flags);
}

static void processors(void)
{
    cpu_set_t found;
    sched_getaffinity(0, sizeof found, &found);
    printf("%d", CPU_COUNT(&found));
}

static void descriptors(void)
{
    for (int i = 0; i < 256; i++)
        if (fcntl(i, F_GETFD) >= 0)
            printf("%d ", i);
    printf("%x %d", fcntl(1, F_GETFL), isatty(1));
}

static void identity(void)
{
    struct utsname machine;
    uname(&machine);
    printf("%d %d %d %d %s %s", getuid(), geteuid(), getgid(), getegid(), machine.nodename,
           machine.release);
}

static void family(void)
{
    printf("%d %d %d", getppid() > 1, getpgrp() == getpid(), getsid(0) == getpid());
}

static void renames(void)
{
    mkdir("made", 0700);
    show(rename(word(), "renamed"));
}

static void attributes(void)
{
    struct statx now = {0};
    show(statx(AT_FDCWD, word(), 0, STATX_BASIC_STATS, &now));
    printf(" %llx %llx", now.stx_attributes, now.stx_attributes_mask);
}

int main(int count, char **given)
{
    words = given + (count > 1);
    const char *how = word();
    long first = 0;
    unsigned long asked[64] = {0};
    if (strcmp(how, "prctl") == 0) {
        first = number();
        show(prctl((int)first, (unsigned long)number(), 0UL, 0UL, 0UL));
    } else if (strcmp(how, "prctl-at") == 0) {
        show(prctl((int)number(), asked, 0UL, 0UL, 0UL));
        printf(" %d", (int)asked[0]);
    } else if (strcmp(how, "ioctl") == 0) {
        first = number();
        show(ioctl((int)first, (unsigned long)number(), asked));
    } else if (strcmp(how, "ioctl-of") == 0) {
        int file = open(word(), O_RDONLY);
        show(ioctl(file, (unsigned long)number(), asked));
    } else if (strcmp(how, "contents") == 0)
        contents();
    else if (strcmp(how, "names") == 0)
        names();
    else if (strcmp(how, "target") == 0)
        target();
    else if (strcmp(how, "facts") == 0)
        facts();
    else if (strcmp(how, "file-system") == 0)
        file_system();
    else if (strcmp(how, "limit") == 0)
        limit();
    else if (strcmp(how, "signals") == 0)
        signals();
    else if (strcmp(how, "processors") == 0)
        processors();
    else if (strcmp(how, "descriptors") == 0)
        descriptors();
    else if (strcmp(how, "identity") == 0)
        identity();
    else if (strcmp(how, "family") == 0)
        family();
    else if (strcmp(how, "renames") == 0)
        renames();
    else if (strcmp(how, "attributes") == 0)
        attributes();
    else if (strcmp(how, "may-write") == 0)
        show(access(word(), W_OK));
    else if (strcmp(how, "opens") == 0)
        show(open(word(), O_WRONLY) < 0 ? -1 : 0);
    else if (strcmp(how, "auxiliary") == 0)
        printf("%lx", getauxval((unsigned long)number()));
    else if (strcmp(how, "system") == 0)
        printf("%ld", sysconf((int)number()));
    else if (strcmp(how, "call") == 0)
        show(syscall(number(), 0L, 0L, 0L, 0L));
    printf("\n");
    return 0;
}
