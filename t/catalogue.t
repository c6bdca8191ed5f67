#!/usr/bin/perl

# The catalogue as whoever maintains it sees it: scripts/catalogue-check finds nothing in the one that is installed, and finds each kind
# of mistake in one that has it; docs/catalogue.md is up to date.

use strict;
use warnings;
use utf8;

use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $json = JSON::PP->new->utf8->canonical;

subtest 'the installed catalogue' => sub {
    my ($said, $status) = check('assets/catalogue');

    is($status, 0, 'has nothing to put right') or diag($said);
    like($said, qr/^4\d\d services, /m, 'and all its services');
};

subtest 'each kind of mistake is found' => sub {
    my %good = (
        id => 'meteo', name => 'Météo', purpose => 'content', provider => { name => 'Météo SA', country => 'FR' },
        description => { fr => "Affiche le temps. Météo SA reçoit l'adresse IP.", en => 'Shows the weather. Météo SA receives your IP address.' },
        cookies => [{ name => 'meteo_ville', lifetime => '30d', description => { fr => 'Commune choisie.', en => 'Town chosen.' } }],
        match => { urls => ['meteo.example.com'], inline => ['\bMeteoWidget\('] },
        on_accept => 'in-place', sources => ['Documentation of Météo SA']
    );

    my %other = (
        %good, id => 'vent', cookies => [], match => { urls => ['vent.example.org/api', 'meteo.example.com/vent'], inline => ['\bVent\('] }
    );

    is_deeply([mistakes(\%good, \%other)], [], 'none in two good services');

    my @cases = (
        ['another id than the file name', { id => 'pluie' }, qr/must be named after its id/, 'meteo'],
        ['an id in capitals', { id => 'Meteo' }, qr/not lower-case words/, 'Meteo'],
        ['an unknown key', { 'colour' => 'blue' }, qr/unknown key "colour"/],
        ['no name', { name => undef }, qr/has no "name"/],
        ['no sources', { sources => [] }, qr/where its facts come from/],
        ['no reason for being matched only where listed', { unconfirmed => JSON::PP::true }, qr/does not say why/],
        ['an unknown purpose', { purpose => 'weather' }, qr/no known purpose/],
        ['no text in French', { description => { en => 'Shows the weather.' } }, qr/description: has no text in fr/],
        ['no text in English', { description => { fr => 'Affiche le temps.' } }, qr/description: has no text in en/],
        ['half a sentence', { description => { fr => 'affiche le temps', en => 'Shows the weather.' } }, qr/fr is no sentence/],
        ['a cookie without text', { cookies => [{ name => 'meteo_ville', lifetime => undef }] }, qr/cookie meteo_ville: has no text in fr/],
        ['a cookie without lifetime', { cookies => [{ name => 'meteo_ville', description => $good{cookies}[0]{description} }] }, qr/has no "lifetime"/],
        ['a cookie that sites use', { cookies => [{ %{ $good{cookies}[0] }, name => 'lang' }] }, qr/a name that sites use/],
        ['a wildcard after two letters', { cookies => [{ %{ $good{cookies}[0] }, name => 'mt*' }] }, qr/at least 3 characters/],
        ['a pattern that another has', { match => { urls => ['vent.example.org/api'] } }, qr/meteo has the same pattern/],
        ['a dead host', { match => { urls => ['example.com', 'api.example.com'] } }, qr/api\.example\.com: is dead/],
        ['a dead path', { match => { urls => ['meteo.example.com/a', 'meteo.example.com/a/b'] } }, qr{/a/b: is dead}],
        ['a signature that another has', { match => { inline => ['\bVent\('] } }, qr/inline \\bVent\\\(: meteo has it already/]
    );

    for my $case (@cases) {
        my ($name, $change, $expected, $file) = @$case;
        my %bad = (%good, %$change);

        delete $bad{$_} for grep { !defined $bad{$_} } keys %bad;

        my @found = mistakes({ %bad, _file => $file }, \%other);

        is(scalar(grep { $_ =~ $expected } @found), 1, $name) or diag(@found ? join "\n", @found : 'nothing was found');
    }

    my @found = mistakes({ %good, cookies => [{ %{ $good{cookies}[0] }, name => 'met*' }] },
        { %other, cookies => [{ %{ $good{cookies}[0] }, name => 'meteo_vent' }] });

    like(join("\n", @found), qr/cookie met\*: also claims meteo_vent, which is vent's/, 'a wildcard over another service\'s cookie');

    @found = mistakes(\%good, { %other, cookies => $good{cookies} });
    like(join("\n", @found), qr/cookie meteo_ville: meteo has it already/, 'a cookie claimed twice');

    @found = mistakes({ %good, match => { urls => ['example.com', 'api.example.com/x'] } },
        { %other, match => { urls => ['api.example.com'] } });
    is_deeply(\@found, [], 'a pattern that stands above another service\'s is not dead');
};

subtest 'overlaps' => sub {
    my $said = `scripts/catalogue-check --overlaps`;

    for my $expected (
        'meta-pixel (connect.facebook.net/*/fbevents.js) wins over facebook (facebook.net)',
        'google-analytics (googletagmanager.com/gtag/js) wins over google-tag-manager (googletagmanager.com)',
        'google-forms (docs.google.com/forms) wins over google-docs (docs.google.com)'
    ) {
        like($said, qr/^\Q$expected\E$/m, $expected);
    }
};

subtest 'the page of the catalogue' => sub {
    my $now = `scripts/catalogue-page`;

    is($?, 0, 'can be written');
    ok($now eq slurp('docs/catalogue.md'), 'is up to date')
        or diag('scripts/catalogue-page > docs/catalogue.md');
};

done_testing();


sub check {
    my ($dir) = @_;

    my $said = `scripts/catalogue-check $dir`;

    return ($said, $? >> 8);
}


# The mistakes in a catalogue of these services, one line each.
sub mistakes {
    my (@services) = @_;

    my $dir = tempdir(CLEANUP => 1);

    for my $service (@services) {
        my %copy = %$service;
        my $name = delete $copy{_file} // $copy{id};

        $name = 'meteo' if $name eq 'pluie';

        open my $out, '>:raw', "$dir/$name.json" or die "$dir: $!\n";
        print $out $json->encode(\%copy);
        close $out or die "$dir: $!\n";
    }

    my ($said, $status) = check($dir);
    my @lines = split /\n/, $said;
    pop @lines;

    is($status, @lines ? 1 : 0, 'and says so by its status') if (@lines ? 1 : 0) != $status;

    return @lines;
}


sub slurp {
    my ($file) = @_;

    open my $in, '<:raw', $file or die "$file: $!\n";

    return do { local $/; <$in> };
}
