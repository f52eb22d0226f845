#!/usr/bin/env perl
# right: Perl with a file in place of a pipe
use strict;
use File::Temp qw(tempfile);
my ($file, $name) = tempfile(UNLINK => 1);
my $pid = fork;
if (!$pid) {
    open STDOUT, ">&", $file;
    exec { $ARGV[0] } @ARGV;
    exit 127;
}
waitpid $pid, 0;
my $status = $?;
open my $captured, "<", $name;
print "| $_" while <$captured>;
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
