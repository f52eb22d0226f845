#!/usr/bin/env perl
# right: Perl with sigaction and SA_RESTART
use strict;
use POSIX qw(:signal_h :sys_wait_h pause);
my ($count, %signals) = (shift);
my ($wanted, $before) = (POSIX::SigSet->new(SIGCHLD), POSIX::SigSet->new);
sigprocmask(SIG_BLOCK, $wanted, $before);
my $reap = sub {
    while ((my $pid = waitpid(-1, WNOHANG)) > 0) { $signals{$pid} = $? & 127 }
};
sigaction(SIGCHLD, POSIX::SigAction->new($reap, POSIX::SigSet->new, SA_RESTART));
for (1 .. $count) {
    next if fork;
    sigaction(SIGCHLD, POSIX::SigAction->new("DEFAULT"));
    sigprocmask(SIG_SETMASK, $before);
    pause() while 1;
}
sigsuspend($before) while keys %signals < $count;
print "$_ $signals{$_}\n" for keys %signals;
