#include <sys/auxv.h>
#include <unistd.h>

int main(void) {
    int is_there = getauxval(AT_SYSINFO_EHDR) != 0;
    write(1, is_there ? "yes\n" : "no\n", is_there ? 4 : 3);
    return 0;
}
