#define _GNU_SOURCE
#include <err.h>
#include <unistd.h>

int main(void) {
    if (write(1, "before ", 7) == -1)
        err(1, "write");
    execlp("printf", "printf", "during ", (char *)NULL);
    if (write(1, "after ", 6) == -1)
        err(1, "write");
}
