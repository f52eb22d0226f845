#include "course.h"

void handler(int number) { (void)number; say("A"); }

int main(void) {
    signal(SIGALRM, handler);
    alarm(1);
    say("p");
    pause();
}
