#include "../programs/course.h"

int main(void) {
    say(open("/sys/kernel/uevent_seqnum", O_RDONLY) < 0 ? "-" : "+");
    say(open("/proc/sys/fs/file-nr", O_RDONLY) < 0 ? "-" : "+");
}
