#include "../programs/course.h"

int main(void) {
    say(open("../compiled", O_RDONLY) < 0 ? "-" : "+");
}
