#!/usr/bin/perl
# right: a shell in Perl, with a handler for SIGCHLD
# A small shell with job control in Perl: sysread, a pipe that exec closes, SIGCHLD with a handler.
use strict;
use warnings;
use POSIX qw(:sys_wait_h :signal_h setpgid tcsetpgrp dup2 _exit);

my @KEYS = qw(INT QUIT TSTP TTIN TTOU);
my (@jobs, %ended);
my $status = 0;
$SIG{$_} = 'IGNORE' for @KEYS;
# Whoever ends is collected at once, as small servers do it.
$SIG{CHLD} = sub {
    local ($!, $?);
    # Perl has status 0 for a stopped child, too; but that one is still there.
    while ((my $pid = waitpid(-1, WNOHANG | WUNTRACED)) > 0) {
        $ended{$pid} = $? == 0 && kill(0, $pid) ? 'stopped' : $?;
    }
};

sub wait_for {
    my ($job) = @_;
    my $block = POSIX::SigSet->new(SIGCHLD);
    my $old = POSIX::SigSet->new;
    sigprocmask(SIG_BLOCK, $block, $old);
    while (%{ $job->{left} }) {
        for my $pid (keys %{ $job->{left} }) {
            next unless exists $ended{$pid};
            my $word = delete $ended{$pid};
            if ($word eq 'stopped') { print "\nstopped: $job->{text}\n"; goto done; }
            delete $job->{left}{$pid};
            next if $pid != $job->{last};
            $status = WIFSIGNALED($word) ? 128 + WTERMSIG($word) : WEXITSTATUS($word);
        }
        sigsuspend($old) if %{ $job->{left} };
    }
  done:
    sigprocmask(SIG_SETMASK, $old);
    tcsetpgrp(0, getpgrp);
}

sub tidy {
    for my $job (@jobs) {
        for my $pid (keys %{ $job->{left} }) {
            next unless exists $ended{$pid} && $ended{$pid} ne 'stopped';
            delete $ended{$pid};
            delete $job->{left}{$pid};
        }
    }
    @jobs = grep { %{ $_->{left} } } @jobs;
}

sub become {
    my (@words) = @_;
    my @argv;
    while (defined(my $word = shift @words)) {
        if ($word eq '2>&1') { dup2(1, 2); next }
        if ($word !~ /^(<|>|>>|2>)$/) { push @argv, $word; next }
        my $name = shift @words;
        my $mode = $word eq '<' ? '<' : $word eq '>>' ? '>>' : '>';
        open(my $file, $mode, $name) or do { print STDERR "$name: $!\n"; _exit(1) };
        dup2(fileno($file), $word eq '<' ? 0 : $word eq '2>' ? 2 : 1);
        close $file;
    }
    no warnings 'exec';
    exec { $argv[0] } @argv;
    my $code = $!{ENOENT} ? 127 : 126;
    syswrite(STDERR, "$argv[0]: $!\n");
    _exit($code);
}

sub words_of {
    my ($text) = @_;
    my @words;
    while ($text =~ /\G\s*((?:'[^']*'|[^\s'])+)/g) {
        my $word = $1;
        $word =~ s/\$\?/$status/g unless $word =~ /'/;
        $word =~ s/'//g;
        push @words, $word;
    }
    return @words;
}

sub start {
    my ($text, $behind) = @_;
    my @parts = map { [words_of($_)] } split /\|/, $text;
    my $job = { text => $text, left => {}, group => 0 };
    push @jobs, $job;
    my $in;
    for my $place (0 .. $#parts) {
        my ($reader, $writer);
        pipe($reader, $writer) if $place < $#parts;
        pipe(my $wait, my $go);    # $^F: both are closed by exec
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            close $wait;
            setpgid(0, $job->{group});
            tcsetpgrp(0, getpgrp) unless $behind;
            $SIG{$_} = 'DEFAULT' for @KEYS, 'CHLD';
            dup2(fileno($in), 0) if $in;
            dup2(fileno($writer), 1) if $writer;
            become(@{ $parts[$place] });
        }
        close $go;
        $job->{group} ||= $pid;
        setpgid($pid, $job->{group});
        $job->{left}{$pid} = 1;
        $job->{last} = $pid;
        tcsetpgrp(0, $job->{group}) unless $behind;
        sysread($wait, my $nothing, 1);
        close $wait;
        $in = $reader;
    }
    wait_for($job) unless $behind;
}

sub run {
    my ($line) = @_;
    my $behind = $line =~ s/\s&\s*$//;
    my @words = words_of($line) or return;
    my $name = $words[0];
    if ($name eq 'exit') { exit($words[1] // $status) }
    if ($name eq 'cd') { $status = chdir($words[1]) ? 0 : 1; return }
    if ($name eq 'jobs') { print "$_->{text}\n" for @jobs; return }
    if ($name eq 'fg' || $name eq 'bg') {
        my $job = $jobs[-1] or return;
        tcsetpgrp(0, $job->{group}) if $name eq 'fg';
        kill 'CONT', -$job->{group};
        wait_for($job) if $name eq 'fg';
        return;
    }
    start($line, $behind);
}

$| = 1;
while (1) {
    tidy();
    print '$ ';
    my $got = sysread(STDIN, my $line, 4096);
    redo if !defined $got && $!{EINTR};
    last unless $got;
    run($line);
}
exit 0;
