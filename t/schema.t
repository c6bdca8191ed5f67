#!/usr/bin/perl

# The JSON Schemas of assets/schema agree with what nginx -t accepts: everything that is right passes, and everything
# that is wrong (the loader's own words for it are in expected.txt beside it) fails, but for what
# t/data/beyond-schema.txt lists.

use strict;
use warnings;

use JSON::PP;
use Test::More;

if (!eval { require JSON::Validator; 1 }) {
    plan skip_all => 'JSON::Validator is not installed (libjson-validator-perl)';
}

my %beyond = map { chomp; $_ => 1 } lines('t/data/beyond-schema.txt');
my %schema = map { $_ => schema($_) } 'service', 'policy', 'bridge';

for my $kind ('service', 'policy') {
    my $right = $kind eq 'service' ? '{assets,t/data}/catalogue/*.json' : '{assets/policies,t/data/policy/good}/*.json';

    for my $file (sort(glob($right))) {
        is(join("\n", $schema{$kind}->validate(document($file))), '', "$file is right");
    }

    for my $file (sort glob "t/data/$kind/bad/*.json") {
        my $document = eval { document($file) };
        my ($name) = $file =~ m{^t/data/(.*)};

        next if !defined $document;

        my @errors = $schema{$kind}->validate($document);

        if ($beyond{$name}) {
            is("@errors", '', "$file is beyond a schema");

        } else {
            isnt("@errors", '', "$file is wrong");
        }
    }
}

for my $file (sort glob 'assets/bridges/*.json') {
    is(join("\n", $schema{bridge}->validate(document($file))), '', "$file is right");
}

is_deeply(document('assets/schema/policy.schema.json')->{properties}{bridges}{items}{properties}{use}{enum},
    [map { document($_)->{id} } sort glob 'assets/bridges/*.json'], 'a policy may name every bridge that ships');

# The examples that people copy.

my $page = join '', lines('docs/policy-files.md');

for my $example ($page =~ /^```json\n(.*?)^```$/msg) {
    my @errors = $schema{policy}->validate(JSON::PP->new->utf8->decode($example));

    is("@errors", '', 'an example of docs/policy-files.md is right');
}

done_testing();


# policy.schema.json refers to its neighbour, which JSON::Validator looks up beside it.

sub schema {
    my ($kind) = @_;

    return JSON::Validator->new->schema("assets/schema/$kind.schema.json")->schema;
}


sub document {
    my ($file) = @_;

    my $text = join '', lines($file);
    $text =~ s/^\xef\xbb\xbf//;

    return JSON::PP->new->utf8->allow_nonref->decode($text);
}


sub lines {
    my ($file) = @_;

    open my $handle, '<:raw', $file or die "$file: $!\n";

    return <$handle>;
}
