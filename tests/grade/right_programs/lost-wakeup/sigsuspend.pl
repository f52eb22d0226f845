#!/usr/bin/env perl
# right: Perl with sigsuspend
use strict;
use POSIX qw(:signal_h _exit pause);
$| = 1;
my ($wanted, $before, $ready) = (POSIX::SigSet->new(SIGUSR1), POSIX::SigSet->new, 0);
sigprocmask(SIG_BLOCK, $wanted, $before);
$SIG{USR1} = sub { $ready = 1 };
my $worker = fork;
if (!$worker) {
    pause();
    _exit(0);
}
sigsuspend($before) while !$ready;
print "ready\n";
kill TERM => $worker;
waitpid $worker, 0;
