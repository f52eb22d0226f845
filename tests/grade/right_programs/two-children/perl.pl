#!/usr/bin/perl
# right: Perl with fork and wait
use strict;
use warnings;

for my $code (@ARGV) {
    defined(my $pid = fork) or die "fork: $!";
    exit $code if $pid == 0;
}
while ((my $pid = wait) > 0) {
    printf "%d %d\n", $pid, $? >> 8;
}
