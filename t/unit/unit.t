#!/usr/bin/perl

# Runs every C unit test of this directory (built by "make unit") and shows each of its test functions as a test here.

use strict;
use warnings;

use Test::More;

my $build = $ENV{BUILD} // 'build';

# cmocka would answer SIGSEGV by itself and lose AddressSanitizer's report.
local $ENV{ASAN_OPTIONS} = join ':', grep { defined } 'allow_user_segv_handler=0', $ENV{ASAN_OPTIONS};
local $ENV{UBSAN_OPTIONS} = join ':', grep { defined } 'print_stacktrace=1', $ENV{UBSAN_OPTIONS};
local $ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

for my $source (sort glob 't/unit/*.c') {
    my ($name) = $source =~ m{([^/]+)\.c$};
    my $program = "$build/unit/$name";

    subtest $name => sub {
        if (!-x $program || -M $program > -M $source) {
            return fail("$program is missing or older than $source: make unit");
        }

        my @lines = `./$program 2>&1`;
        my $status = $?;
        my ($planned, $ran, $failed) = (0, 0, 0);

        for my $line (@lines) {
            chomp $line;

            if ($line =~ /^1\.\.(\d+)$/) {
                $planned += $1;

            } elsif ($line =~ /^(not )?ok \d+ (?:- (.*)|# SKIP (.*))$/) {
                my ($bad, $test, $skipped) = ($1, $2, $3);
                $ran++;

                if (defined $skipped) {
                  SKIP: { skip(sentence($skipped), 1) }
                } else {
                    $failed++ if $bad;
                    ok(!$bad, sentence($test));
                }

            } elsif ($line ne '' && $line !~ /^# (?:not )?ok - \w+$/) {
                diag($line =~ s/^# //r);
            }
        }

        cmp_ok($ran, '>', 0, 'it has tests');
        is($ran, $planned, 'all of them ran');
        ok($failed || $status == 0, 'it ended well')
            or diag(sprintf 'exit status %d, signal %d', $status >> 8, $status & 127);
    };
}

done_testing();


sub sentence {
    my ($name) = @_;

    return $name =~ tr/_/ /r;
}
