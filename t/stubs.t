#!/usr/bin/perl

# A page that calls a service while it is absent goes on: the stub answers, throws nothing, and keeps nothing that the service would send
# later without consent. The language alone is tested here (node's vm), each service by itself; t/browser/stubs.t has all of them in Chromium.

use strict;
use warnings;

use JSON::PP;
use Test::More;

my @named = qw(google-analytics google-tag-manager matomo meta-pixel facebook x-twitter hotjar clarity hubspot calendly recaptcha adsense
    piano-analytics eulerian youtube);

plan(skip_all => 'node is not installed') if system('node --version > /dev/null 2>&1') != 0;

my $said = `node t/stubs.mjs`;
is($?, 0, 'the stubs were run');

my $found = JSON::PP->new->utf8->decode($said);

ok($found->{$_}, "$_ is among them") for @named;

for my $id (sort keys %$found) {
    is_deeply($found->{$id}, [], $id);
}

# What is put into pages.
for my $file (glob 'assets/catalogue/*.json') {
    open my $in, '<:raw', $file or die "$file: $!\n";
    my $service = JSON::PP->new->utf8->decode(do { local $/; <$in> });
    my $stub = $service->{stub} // next;

    ok($found->{ $service->{id} }, "$file: its stub is called by t/data/stub-calls.json");

    if ($stub =~ /[^\x20-\x7e]/ || $stub =~ m{https?://|\bfetch\b|XMLHttpRequest|sendBeacon|document\.cookie|localStorage|\bsrc\b}) {
        fail("$file: a stub is ASCII on one line, asks for nothing and stores nothing");
    }
}

done_testing();
