#!/usr/bin/perl

# The documents tell what the source does: every directive and variable has its entry in docs/directives.md, with the contexts that the
# command table gives it, and no entry is of something that is gone. Links lead somewhere.

use strict;
use warnings;

use Test::More;

my $module = slurp('ngx_consent_module/http/ngx_http_consent_module.c');
my $variables = slurp('ngx_consent_module/http/ngx_http_consent_variables.c');
my ($directives_part, $variables_part) = slurp('docs/directives.md') =~ /^## Directives\n(.*)^## Variables\n(.*)/ms;

my %context = (NGX_HTTP_MAIN_CONF => 'http', NGX_HTTP_SRV_CONF => 'server', NGX_HTTP_LOC_CONF => 'location');

subtest 'directives' => sub {
    my %table = $module =~ /\{ ngx_string\("(consent\w*)"\),\s+([A-Z0-9_|]*NGX_CONF_[A-Z0-9_|]*),/g;
    my %entry = entries($directives_part);

    cmp_ok(scalar keys %table, '>=', 3, 'the command table is found');
    is_deeply([sort keys %entry], [sort keys %table], 'each has an entry, and each entry is of one');

    for my $name (sort keys %entry) {
        my ($said) = $entry{$name} =~ /^- \*\*Context:\*\* (.+)$/m;

        is($said, join(', ', map { $context{$_} // () } split /\|/, $table{$name}), "$name: its contexts");
        like($entry{$name}, qr/^- \*\*Syntax:\*\* `\Q$name\E[ ;]/m, "$name: its syntax");
        like($entry{$name}, qr/^- \*\*Default:\*\* \S/m, "$name: its default");
        like($entry{$name}, qr/^```nginx\n.*\b\Q$name\E\b/ms, "$name: an example");
    }
};

subtest 'variables' => sub {
    my @table = map { /_$/ ? "\$${_}ID" : "\$$_" } $variables =~ /\{ ngx_string\("(consent\w*)"\), NULL,/g;
    my %entry = entries($variables_part);

    cmp_ok(scalar @table, '>=', 3, 'the table of variables is found');
    is_deeply([sort keys %entry], [sort @table], 'each has an entry, and each entry is of one');
};

subtest 'links' => sub {
    my @files = (glob('*.md'), glob('docs/*.md'), glob('t/*.md'), glob('t/sites/*.md'));

    for my $file (@files) {
        my @broken;

        # Links stand outside of what is shown as code.
        my $text = slurp($file) =~ s/^ *```.*?^ *```$//gmsr =~ s/`[^`\n]*`//gr;

        while ($text =~ /\]\(([^)\s]+)\)/g) {
            my $link = $1;
            my ($path, $anchor) = split /#/, $link, 2;

            next if $path =~ /^https?:/;

            my $target = length $path ? dirname_of($file) . $path : $file;

            push @broken, $link if !-e $target || (defined $anchor && !grep { $_ eq $anchor } anchors($target));
        }

        is_deeply(\@broken, [], $file);
    }
};

done_testing();


sub slurp {
    my ($file) = @_;

    open my $in, '<', $file or die "$file: $!\n";
    local $/;

    return <$in>;
}


# Name and text of each third-level heading.
sub entries {
    my ($part) = @_;

    return $part =~ /^### (\S+)\n(.*?)(?=^### |\z)/gms;
}


sub dirname_of {
    my ($file) = @_;

    return $file =~ m{^(.*/)} ? $1 : '';
}


# Headings as the sites that show Markdown name them: lower case, hyphens for blanks, punctuation gone.
sub anchors {
    my ($file) = @_;

    return map { my $h = lc; $h =~ s/[`*]//g; $h =~ s/[^\w\s\x80-\xff-]//g; $h =~ tr/ /-/; $h } slurp($file) =~ /^#+ (.+)$/mg;
}
