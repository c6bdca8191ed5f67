#!/usr/bin/perl

# Early hints (103) hold no more of a refused service than the page that follows them. nginx passes them on since 1.29.0, past its header
# filters.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

plan(skip_all => 'this nginx passes no early hints on') if $t->version < 1029000;

$t->keys;
$t->certificate('localhost');
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'google-analytics'],
});

my $hints = "HTTP/1.1 103 Early Hints\r\n"
    . "Link: </site.css>; rel=preload; as=style, <https://www.youtube.com/a.js>; rel=preload; as=script\r\n"
    . "Link: <https://www.youtube.com>; rel=preconnect\r\n"
    . "Set-Cookie: _ga=1\r\nSet-Cookie: site=1\r\nRefresh: 0; url=https://www.youtube.com/\r\n\r\n";
my $page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    . '<!DOCTYPE html><title>x</title><body><iframe src="https://www.youtube.com/embed/a"></iframe>';

$t->upstream(origin => sub {
    my ($request) = @_;

    return [$hints, \0.05, $hints, $page] if $request->uri eq '/twice';
    return [$hints, \0.05, $page];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl;
        http2 on;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name localhost;
        consent on;
        early_hints 1;
        proxy_http_version 1.1;

        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /off/ { consent off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /monitor/ { consent monitor; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /unasked/ { early_hints 0; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /cached/ { proxy_cache pages; proxy_cache_valid 1h; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
    }

    proxy_cache_path %%PREFIX%%/cache keys_zone=pages:1m;
EOC

$t->run;

my @page = (Host => 'localhost', Accept => 'text/html');

sub hints {
    my ($path, @headers) = @_;

    my $r = $t->get($path, @page, @headers);
    is($r->status, 200, "$path is answered");

    return $r->interim;
}

subtest 'before a choice' => sub {
    for my $path ('/page', '/cached/page') {
        my ($hint) = hints($path);

        is($hint && $hint->status, 103, 'early hints are passed on');
        is(join(', ', $hint->headers('Link')), '</site.css>; rel=preload; as=style', 'of what the site itself loads');
        is_deeply([$hint->headers('Set-Cookie')], ['site=1'], 'with the site\'s own cookie');
        is($hint->header('Refresh'), undef, 'and no way to a refused service');
    }

    is(scalar(hints('/cached/page')), 0, 'a cache has none');

    my @hints = hints('/twice');
    is(@hints, 2, 'two of them are two');
    is((grep { /youtube|_ga/ } map { $_->raw } @hints), 0, 'and both are read');
};

subtest 'the page behind them' => sub {
    my $r = $t->get('/page', @page);

    like($r->body, qr/data-ngxc="youtube"/, 'is rewritten as ever');
    is($r->header('Link'), undef, 'and has nothing of theirs');
};

subtest 'an accepted service' => sub {
    my ($choice) = $t->post('/_choices/', [decision => 'accept-all'], Host => 'localhost', 'Sec-Fetch-Site' => 'same-origin')
        ->header('Set-Cookie') =~ /^([^;]+)/;
    my ($hint) = hints('/page', Cookie => $choice);

    like(join(', ', $hint->headers('Link')), qr{</site.css>.*youtube\.com/a\.js.*preconnect}, 'may be hinted at');
    is_deeply([sort map { /^(\w+)/ } $hint->headers('Set-Cookie')], ['_ga', 'site'], 'and set its cookies');
};

subtest 'where the gateway is off, or only looks on' => sub {
    for my $path ('/off/page', '/monitor/page') {
        my ($hint) = hints($path);
        is($hint->raw, $hints =~ s/\r\n\r\n\z/\r\n/r, 'they pass as they are');
    }
};

subtest 'where nginx is not to pass them on' => sub {
    is(scalar(hints('/unasked/page')), 0, 'there are none');
};

subtest 'over HTTP/2' => sub {
    my $bytes = Gateway::run_command('curl', '-sSik', '--http2', $t->url('/page', 'tls') =~ s/^http:/https:/r);
    my ($hint, $head) = split /\r\n\r\n/, $bytes;

    like($hint, qr{^HTTP/2 103.*link: </site\.css>; rel=preload; as=style(?:\r\n|$)}s, 'they are passed on');
    unlike($hint, qr/youtube|_ga/, 'of what the site itself loads');
    like($head, qr{^HTTP/2 200}, 'and the page follows');
};

done_testing();
