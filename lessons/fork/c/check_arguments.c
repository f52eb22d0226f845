/* Check arguments before fork. The demonstrations of check_arguments.py, in C. */
#include <err.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void sleeps(void) {
    const char *argument = "-1";
    int seconds = atoi(argument);
    unsigned int duration = seconds;  // sleep(unsigned int)
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        sleep(duration);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

void readings(void) {
    const char *argument = "-1";
    char *rest, by_int[20] = "refused";
    int by_atoi = atoi(argument);
    long number = strtol(argument, &rest, 10);
    if (rest != argument && *rest == '\0')  // strtol has read all
        snprintf(by_int, sizeof by_int, "%ld", number);
    regex_t digits;
    if (regcomp(&digits, "^[0-9]{1,4}$", REG_EXTENDED | REG_NOSUB) != 0)
        errx(1, "regcomp");
    int is_number = regexec(&digits, argument, 0, NULL, 0) == 0;
    const char *by_digits = is_number ? "accepted" : "refused";
    printf("%d %s %s\n", by_atoi, by_int, by_digits);
    regfree(&digits);
}

void too_late(void) {
    const char *argument = "soon";
    for (int i = 1; i <= 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0) {  // in a child
            if (strspn(argument, "0123456789") < strlen(argument)) {
                write(1, "not a number: soon\n", 19);
                _exit(2);
            }
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
}

void in_time(void) {
    const char *argument = "soon";
    if (strspn(argument, "0123456789") < strlen(argument)) {
        write(1, "not a number: soon\n", 19);
        _exit(2);
    }
    for (int i = 1; i <= 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    wait(NULL);
    wait(NULL);
}
