#!/usr/bin/perl

# Fuzzes every target of this directory (built by "make fuzzers"): one minute for all of them together, or FUZZ_TIME seconds for each.
# FUZZ="name name" chooses. Begins with the seeds in t/fuzz/corpus and with what earlier runs found, kept under build/fuzz/corpus.

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX qw(ceil);
use Test::More;

my $build = $ENV{BUILD} // 'build';
my @targets = map { m{([^/]+)\.c$} } sort glob 't/fuzz/*.c';

if ($ENV{FUZZ}) {
    my %chosen = map { $_ => 1 } split ' ', $ENV{FUZZ};
    @targets = grep { $chosen{$_} } @targets;
}

my $seconds = $ENV{FUZZ_TIME} // ceil(60 / (@targets || 1));

for my $target (@targets) {
    my $program = "$build/fuzz/$target";
    my $found = "$build/fuzz/corpus/$target";
    my $seeds = "t/fuzz/corpus/$target";

    make_path($found, "$build/fuzz/artifacts");

    if (!-x $program) {
        fail("$program is missing: make fuzzers");
        next;
    }

    my @command = ("./$program", "-max_total_time=$seconds", '-timeout=5', '-rss_limit_mb=1024', '-print_final_stats=1',
        "-artifact_prefix=$build/fuzz/artifacts/$target-", (map { "-dict=$_" } grep { -e } "t/fuzz/$target.dict"),
        $found, grep { -d } $seeds);

    my @lines = run(@command);
    my ($runs) = map { /^stat::number_of_executed_units:\s*(\d+)/ } @lines;

    ok($? == 0 && $runs, "$target: " . ($runs // 0) . ' inputs, no fault')
        or diag(join '', @lines > 60 ? @lines[-60 .. -1] : @lines);
}

done_testing();


sub run {
    my (@command) = @_;

    my $pid = open(my $output, '-|') // die "fork: $!\n";

    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }

    my @lines = <$output>;
    close $output;

    return @lines;
}
