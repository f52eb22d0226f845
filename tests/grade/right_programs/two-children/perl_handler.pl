#!/usr/bin/perl
# right: Perl with a handler for SIGCHLD
use strict;
use warnings;
use POSIX qw(:signal_h :sys_wait_h);

my %ended;
$SIG{CHLD} = sub {
    local ($!, $?);
    while ((my $pid = waitpid(-1, WNOHANG)) > 0) { $ended{$pid} = $? >> 8 }
};
my ($child, $before) = (POSIX::SigSet->new(SIGCHLD), POSIX::SigSet->new);
sigprocmask(SIG_BLOCK, $child, $before);
for my $code (@ARGV) {
    POSIX::_exit($code) if fork == 0;
}
sigsuspend($before) while keys %ended < @ARGV;
print "$_ $ended{$_}\n" for keys %ended;
