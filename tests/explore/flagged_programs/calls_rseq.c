// A child's rseq with a size that no kernel takes: EINVAL outside, ENOSYS in explore.
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        long result = syscall(SYS_rseq, NULL, 1, 0, 0);
        printf("%ld %s\n", result, errno == EINVAL ? "EINVAL" : "another error");
        return 0;
    }
    wait(NULL);
    return 0;
}
