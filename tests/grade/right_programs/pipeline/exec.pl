#!/usr/bin/env perl
# right: Perl with pipe, fork and exec
use strict;
use POSIX;
my @first;
push @first, shift @ARGV while $ARGV[0] ne "--";
my (undef, @second) = @ARGV;
pipe(my $reader, my $writer) or die;

sub start {
    my ($handle, $mode, $end, @words) = @_;
    my $pid = fork();
    return $pid if $pid;
    open($handle, $mode, $end);
    close $reader;
    close $writer;
    exec { $words[0] } @words;
    POSIX::_exit(127);
}

my $before = start(\*STDOUT, ">&", $writer, @first);
my $last = start(\*STDIN, "<&", $reader, @second);
close $reader;
close $writer;
my %status;
while ((my $pid = waitpid(-1, 0)) > 0) { $status{$pid} = $? }
exit($status{$last} & 127 ? 128 + ($status{$last} & 127) : $status{$last} >> 8);
