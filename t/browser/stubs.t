#!/usr/bin/perl

# A page in Chromium whose own script files call, before anything was accepted, every service that has a stub: see t/data/stub-calls.json.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

my $calls = document('t/data/stub-calls.json');
my %tag;

for my $file (glob 't/data/tags/*.json') {
    $tag{ $_->{service} } //= $_->{url} for grep { ($_->{url} // '') =~ /\.js(?:$|\?)/ } entries(document($file));
}

# Where no source has a script's address: one that the service claims, since what is tested here is what takes its place.
for my $id (keys %$calls) {
    my ($url) = grep { !m{^//\*/.*/} } @{ document("assets/catalogue/$id.json")->{match}{urls} };

    $tag{$id} //= 'https://' . ($url =~ s{^//\*/}{example.org/}r =~ s/\*/a/gr) . ($url =~ m{/.} ? '' : '/a.js');
}

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => [sort keys %$calls] });

my $body = '';

for my $id (sort keys %$calls) {
    $body .= "<script src=\"" . $tag{$id} =~ s/&/&amp;/gr . "\"></script>\n";
    $body .= "<script src=\"/own/calls-$id.js\"></script>\n";
    $t->write_file("www/own/calls-$id.js", join "\n", "called.push('$id');", map { "$_;" } @{ $calls->{$id} });
}

$t->write_file('www/index.html', "<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Ville</title>\n"
    . "<script>var before = Object.keys(window), called = [];</script></head><body><h1>Ville</h1>\n$body</body></html>\n");

$t->http(<<'EOC');
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    types { text/html html; text/javascript js; }

    server {
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        server_name ville.localhost;
        consent on;
        root www;
    }
EOC

stories('t/browser/stubs.mjs', gateway => $t);
done_testing();


sub document {
    my ($file) = @_;

    open my $in, '<:raw', $file or die "$file: $!\n";

    return JSON::PP->new->utf8->decode(do { local $/; <$in> });
}


# A source's file is a list, or says where the list is from.
sub entries {
    my ($document) = @_;

    return ref $document eq 'ARRAY' ? @$document : @{ $document->{tags} };
}
