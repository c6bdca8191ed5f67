#!/usr/bin/perl

# TLS that ends here, in front, or nowhere: one name of the cookie for each, and none that lets plain http decide for https.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->certificate('ville.example');
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
});
$t->upstream(origin => sub { [200, ['Content-Type' => 'text/html'], '<!DOCTYPE html><title>x</title><script src="http://www.youtube.com/a.js"></script>'] });

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;

    map $http_x_forwarded_proto $front { https https; default http; }

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name ville.example;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; add_header X-State $consent_state; }
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name front.example;
        consent_scheme $front;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; add_header X-State $consent_state; }
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name always.example;
        consent_scheme https;
        consent_cookie choix domain=always.example;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; add_header X-State $consent_state; }
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name domain.example www.domain.example;
        consent_scheme $front;
        consent_cookie __Secure-choices domain=domain.example;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; add_header X-State $consent_state; }
    }
EOC

$t->run;

my @https = ('X-Forwarded-Proto' => 'https');

# The Set-Cookie that a choice gives, and the state that its cookie leads to, on a host and with headers.
sub choose {
    my ($host, $decision, @headers) = @_;

    return $t->post('/_choices/', [decision => $decision], Host => $host, 'Sec-Fetch-Site' => 'same-origin', @headers)->header('Set-Cookie');
}

sub state {
    my ($host, $cookie, @headers) = @_;

    $cookie =~ s/;.*//;

    return $t->get('/', Host => $host, Cookie => $cookie, @headers)->header('X-State');
}

my $plain = choose('ville.example', 'accept-all');
my $front = choose('front.example', 'accept-all', @https);

subtest 'plain http' => sub {
    like($plain, qr/^choices=[\w.~-]+; Max-Age=15724800; Path=\/; HttpOnly; SameSite=Lax$/, 'has the plain name, without Secure');
    is(state('ville.example', $plain), 'all', 'which is read');
    like(choose('ville.example', 'accept-all', @https), qr/^choices=/, 'a client\'s own header is not believed');
};

subtest 'TLS in front' => sub {
    like($front, qr/^__Host-choices=.*; Secure$/, 'has the name that only https may set');
    is(state('front.example', $front, @https), 'all', 'which is read');
    is(state('front.example', $front), 'unset', 'but not on http');
    is(state('front.example', choose('front.example', 'accept-all'), @https), 'unset', 'nor the plain one on https');
    is(state('front.example', choose('front.example', 'accept-all')), 'all', 'where http has its own');
    is(state('front.example', "choices=" . ($front =~ /^[^=]+=([^;]+)/)[0], @https), 'unset', 'nor under another name');
};

subtest 'TLS here' => sub {
    my @resolve = ('--resolve', 'ville.example:' . $t->port('tls') . ':127.0.0.1');
    my $ask = sub {
        my ($path, @arguments) = @_;
        my $url = 'https://ville.example:' . $t->port('tls') . $path;
        my $bytes = `curl -sSki @{[ map { "'$_'" } @resolve, @arguments ]} '$url'`;
        return (Gateway::HTTP::parse($bytes, 'GET'))[-1];
    };

    for my $version ('--http1.1', '--http2') {
        my $cookie = $ask->('/_choices/', $version, '-d', 'decision=accept-all', '-H', 'Sec-Fetch-Site: same-origin')->header('Set-Cookie');

        like($cookie, qr/^__Host-choices=.*; Secure$/, "$version has the name that only https may set");
        is($ask->('/', $version, '-H', 'Cookie: ' . ($cookie =~ /^([^;]+)/)[0])->header('X-State'), 'all', 'which is read');
        is(state('ville.example', $cookie), 'unset', 'but not on http');
    }

    is($ask->('/', '-H', 'Cookie: ' . ($plain =~ /^([^;]+)/)[0])->header('X-State'), 'unset', 'nor the plain one on https');
    like($ask->('/', '-H', 'Accept: text/html')->body, qr/data-ngxc="youtube"/, 'http addresses of a service are known on https');
};

subtest 'a name of one\'s own' => sub {
    my $cookie = choose('always.example', 'accept-all');

    like($cookie, qr/^choix=.*; Secure; Domain=always\.example$/, 'with its domain');
    is(state('always.example', $cookie), 'all', 'is read');

    $t->get('/', Host => 'always.example', Cookie => 'a=1; choix=x; choices=y; __Host-choices=z');
    is($t->last_request('origin')->header('Cookie'), 'a=1', 'and never forwarded, by any name');
};

subtest 'a domain' => sub {
    my $cookie = choose('www.domain.example', 'accept-all', @https);

    like($cookie, qr/^__Secure-choices=.*; Secure; Domain=domain\.example$/, 'is in the cookie');
    is(state('domain.example', $cookie, @https), 'all', 'for all its hosts');
    is(state('ville.example', $cookie =~ s/__Secure-//r), 'unset', 'and for no other site');
};

subtest 'a choice of http and one of https' => sub {
    my $refused = choose('front.example', 'refuse-all');
    my $both = join '; ', map { /^([^;]+)/ } $front, $refused;

    is($t->get('/', Host => 'front.example', Cookie => $both, @https)->header('X-State'), 'all', 'each counts where it was made: https');
    is($t->get('/', Host => 'front.example', Cookie => $both)->header('X-State'), 'none', 'and http');
};

done_testing();
