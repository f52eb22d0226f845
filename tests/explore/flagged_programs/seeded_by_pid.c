#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Its pid decides, but is neither printed nor random. */
int main(void) {
    srand(getpid());
    printf("%d\n", rand());
    return 0;
}
