#!/usr/bin/perl
# right: Perl, which closes the pipe itself before it ends
my $before = $$;
pipe(my $read_end, my $write_end) or die;
my $child = fork();
if ($child == 0) {
    close($write_end);
    sysread($read_end, my $byte, 1);
    1 while getppid() == $before;
    print "$before ", getppid(), "\n";
    exit 0;
}
