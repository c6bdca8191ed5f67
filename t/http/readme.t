#!/usr/bin/perl

# What README.md and README.fr.md tell a reader to type, typed: the key, the policy and the configuration are their fenced blocks, with
# no more changed than where files and ports are.

use lib 't/lib';
use Gateway;

my $page = '<!DOCTYPE html><title>Agenda</title><p>Bonjour<iframe src="https://www.youtube.com/embed/x"></iframe><p>Au revoir';

my %blocks = map { $_ => blocks($_) } qw(README.md README.fr.md);

for my $readme (sort keys %blocks) {
    subtest $readme => sub {
        my ($sh, $json, $nginx) = @{ $blocks{$readme} }[0 .. 2];

        is_deeply([map { $_->[0] } $sh, $json, $nginx], [qw(sh json nginx)], 'begins with a command, a policy and a configuration');

        my $t = Gateway->new;
        my $etc = $t->file('etc');

        system('sh', '-e', '-c', $sh->[1] =~ s{/etc/nginx}{$etc}gr);
        is($?, 0, 'the command makes a key');
        is((stat "$etc/consent/keys")[2] & 0077, 0, 'that nobody else may read');

        $t->write_file('etc/consent/policy.json', $json->[1]);
        $t->upstream(origin => sub { [200, ['Content-Type' => 'text/html; charset=utf-8'], $page] });

        my $conf = $nginx->[1];

        replace(\$conf, qr{load_module modules/ngx_http_consent_module\.so;\n}, '%%GLOBALS%%');
        replace(\$conf, qr{http \{\n}, "http {\n%%GLOBALS_HTTP%%    consent_assets %%ASSETS%%;\n");
        replace(\$conf, qr{listen 80;}, 'listen 127.0.0.1:%%PORT%%;');
        replace(\$conf, qr{127\.0\.0\.1:8000}, '127.0.0.1:%%PORT_origin%%');
        $conf =~ s{/etc/nginx}{$etc}g;

        $t->conf($conf);
        like(scalar $t->nginx_test, qr/test is successful/, 'nginx -t is content');
        $t->run;

        my @host = (Host => 'www.montmirail.example', Accept => 'text/html');
        my $before = $t->get('/', @host);

        like($before->body, qr/<div id="ngxc-banner"/, 'the banner appears');
        like($before->body, qr{<iframe data-ngxc="youtube" [^>]* src="/_choices/embed/youtube\?}, 'YouTube is replaced by its placeholder');
        unlike($before->body, qr{ src="https://www\.youtube\.com}, 'and is not asked');
        like($before->body, qr{<p>Bonjour.*<p>Au revoir}s, 'the page is there');

        my ($choice) = $t->post('/_choices/', [decision => 'accept-all'], @host, 'Sec-Fetch-Site' => 'same-origin')
            ->header('Set-Cookie') =~ /^([^;]+)/;
        my $after = $t->get('/', @host, Cookie => $choice)->body;

        unlike($after, qr/ngxc-banner/, 'who has accepted is not asked again');
        like($after, qr{<iframe src="https://www\.youtube\.com/embed/x">}, 'and sees the video');
    };
}

is_deeply([map { $_->[1] } @{ $blocks{'README.fr.md'} }], [map { $_->[1] } @{ $blocks{'README.md'} }], 'both say the same');

done_testing();


# The fenced blocks of a file: pairs of language and text.
sub blocks {
    my ($file) = @_;

    my @blocks;
    my $text = slurp($file);

    push @blocks, [$1, $2] while $text =~ /^```(\w+)\n(.*?)^```$/gms;

    return \@blocks;
}


# A line that is no longer there must not go unnoticed.
sub replace {
    my ($text, $pattern, $by) = @_;

    is($$text =~ s/$pattern/$by/, 1, "the configuration has $pattern once") or diag($$text);
}
