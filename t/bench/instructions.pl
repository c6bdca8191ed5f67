#!/usr/bin/perl

# What does not depend on the machine or on what else it does: instructions, counted by valgrind's callgrind. First what it costs to
# ask whose a URL, a script or a cookie is, with a catalogue of 16 services and of 400; then what rewriting a page costs a byte. Needs valgrind.

use strict;
use warnings;

my $build = $ENV{BUILD} // 'build';

if (system('valgrind --version > /dev/null 2>&1') != 0) {
    print "valgrind is not installed\n";
    exit;
}

my @cases = qw(own-file known-host shared-host unknown-host any-host script-4k script-call known-cookie);

printf "%-44s %10s %10s %8s\n", 'instructions a question; services:', 16, 400, 'ratio';

for my $case (@cases) {
    my @costs = map { a_round("$build/bench/match", $_, $case) } 16, 400;

    printf "%-44s %10.0f %10.0f %8.2f\n", $case, @costs, $costs[1] / $costs[0];
}

printf "\n%-44s %10s %10s\n", 'instructions to rewrite', 'a page', 'a byte';

for my $page ('t/sites/bizarre/www/index.html', sort glob '../shared/data/pages/{bbc,guardian,html-parsing-spec,wikipedia}.html') {
    next unless -s $page;

    my $cost = a_round("$build/bench/rewriter", '-n', $page);
    printf "%-44s %10.0f %10.2f\n", $page =~ s{^\.\./shared/data/}{}r, $cost, $cost / -s $page;
}


# Of two runs of which one does more rounds, so that what happens before and after falls out.
sub a_round {
    my ($program, @arguments) = @_;

    my ($few, $many) = map { count($program, $program =~ /match$/ ? (@arguments, $_) : ('-n', $_, $arguments[1])) } 1, 3;

    return ($many - $few) / 2;
}


sub count {
    my (@command) = @_;

    my $output = `valgrind --tool=callgrind --callgrind-out-file=/dev/null @command 2>&1`;

    return $output =~ /Collected : (\d+)/ ? $1 : die "@command: $output";
}
