#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static void report(int number) { write(1, "overflow ", 9); _exit(3); }
static int deeper(int depth) {
    char page[4096] = {depth};
    return depth < 100000 ? deeper(depth + 1) + page[0] : 0;
}
int main(void) {
    setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 20, 1 << 20});
    struct sigaction how = {.sa_handler = report, .sa_flags = 0};
    sigaction(SIGSEGV, &how, 0);
    deeper(0);
}
