#!/usr/bin/perl

# Fuzzes every target of this directory (built by "make fuzzers"), beginning with the seeds in t/fuzz/corpus. FUZZ="name name" chooses.
#
# As a test, about a minute for all of them: a set number of inputs from a set seed, so that what it finds is what the tree at hand does,
# and it finds it again. With FUZZ_TIME (what "make fuzz" sets) it explores: so many seconds for each target, at random, going on from
# what earlier runs found, which is kept under build/fuzz/corpus.

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX ();
use Test::More;

my $build = $ENV{BUILD} // 'build';
my @targets = map { m{([^/]+)\.c$} } sort glob 't/fuzz/*.c';

if ($ENV{FUZZ}) {
    my %chosen = map { $_ => 1 } split ' ', $ENV{FUZZ};
    @targets = grep { $chosen{$_} } @targets;
}

# Inputs of a test, where fewer or more are seconds' worth; the rewriter gets most of the time, since everything else is reached through it.
my %runs = (
    address => 100_000, bridge => 10_000, cookie => 150_000, hit => 100_000, policy => 40_000, rewriter => 20_000,
    scanner => 120_000, stylesheet => 30_000, token => 200_000, url => 100_000,
);

# Addresses decide what libFuzzer compares and in which order it remembers: they are set too, where the machine lets them be.
my @fixed = system('setarch -R true 2> /dev/null') == 0 ? qw(setarch -R) : ();

for my $target (@targets) {
    my $program = "$build/fuzz/$target";
    my @seeds = glob "t/fuzz/corpus/$target/*";
    my @command = ("./$program", '-timeout=5', '-rss_limit_mb=1024', '-print_final_stats=1',
        "-artifact_prefix=$build/fuzz/artifacts/$target-", (map { "-dict=$_" } grep { -e } "t/fuzz/$target.dict"));

    make_path("$build/fuzz/artifacts");

    if (!-x $program) {
        fail("$program is missing: make fuzzers");
        next;
    }

    if ($ENV{FUZZ_TIME}) {
        my $found = "$build/fuzz/corpus/$target";

        make_path($found);
        push @command, "-max_total_time=$ENV{FUZZ_TIME}", $found, grep { -d } "t/fuzz/corpus/$target";

    } else {
        my $inputs = $runs{$target} // 60_000;

        unshift @command, @fixed;
        push @command, '-seed=1', "-runs=$inputs", '-use_cmp=0', '-use_memmem=0', '-reload=0', '-seed_inputs=' . join(',', @seeds);
    }

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
