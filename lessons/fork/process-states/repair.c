#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    char text[4096];
    int comm = open("/proc/self/comm", O_WRONLY);
    if (comm == -1 || write(comm, "a) S (b", 7) == -1)  // its name
        err(1, "/proc/self/comm");
    int stat = open("/proc/self/stat", O_RDONLY);
    ssize_t size = stat == -1 ? -1 : read(stat, text, sizeof text);
    if (size == -1)
        err(1, "/proc/self/stat");
    char *end = memchr(text, ')', size);
    if (end != NULL)
        write(1, end + 2, 1);
}
