#!/usr/bin/perl

# A page is confirmed only to whom it is still right for; its validators name the choice it was made for.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr', 'en'],
    services => ['youtube', 'vimeo'],
});

my $modified = 'Wed, 21 Oct 2015 07:28:00 GMT';

my %answers = (
    '/tagged'   => [ETag => '"v1"', 'Last-Modified' => $modified],
    '/weak'     => [ETag => 'W/"v1"'],
    '/dated'    => ['Last-Modified' => $modified],
    '/bare'     => [],
    '/long'     => [ETag => '"' . 'x' x 300 . '"'],
    '/headers'  => [ETag => '"v1"', 'Cache-Control' => 'public, max-age=600', Expires => 'Wed, 21 Oct 2037 07:28:00 GMT', Pragma => 'x',
        'CDN-Cache-Control' => 'max-age=600', 'Surrogate-Control' => 'max-age=600', 'Content-MD5' => 'x', 'Accept-Ranges' => 'bytes'],
    '/secret'   => ['Cache-Control' => 'no-store', Vary => 'Accept, Cookie'],
);

$t->upstream(origin => sub {
    my ($request) = @_;
    my $headers = $answers{$request->uri} // [];
    my %headers = @$headers;

    my $fresh = defined $headers{ETag} ? ($request->header('If-None-Match') // '') eq $headers{ETag}
        : ($request->header('If-Modified-Since') // '') eq ($headers{'Last-Modified'} // '-');

    return [304, $headers] if $fresh;
    return [200, ['Content-Type' => 'text/html', @$headers], '<!DOCTYPE html><title>x</title><p>' . $request->uri];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    proxy_cache_path %%PREFIX%%/cache keys_zone=pages:1m;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /cached/ {
            proxy_pass http://127.0.0.1:%%PORT_origin%%/;
            proxy_cache pages;
            proxy_cache_valid 200 1h;
            proxy_ignore_headers Cache-Control Expires Vary;
        }
        location /static/ { alias %%PREFIX%%/static/; }
    }
EOC

mkdir $t->file('static');
$t->write_file('static/page.html', '<!DOCTYPE html><title>x</title><p>static');
$t->write_file('static/picture.png', 'PNG' x 100);
$t->run;

my @host = (Host => 'ville.example', Accept => 'text/html');

sub choice {
    my (@fields) = @_;

    my $r = $t->post('/_choices/', [@fields], @host, 'Sec-Fetch-Site' => 'same-origin');

    return ($r->header('Set-Cookie') =~ /^([^;]+)/)[0];
}

my %state = (
    'no choice' => [],
    'all'       => [Cookie => choice(decision => 'accept-all')],
    'none'      => [Cookie => choice(decision => 'refuse-all')],
    'one'       => [Cookie => choice(decision => 'save', 'service.youtube' => 'accept', 'service.vimeo' => 'refuse')],
    'the other' => [Cookie => choice(decision => 'save', 'service.youtube' => 'refuse', 'service.vimeo' => 'accept')],
    'GPC'       => ['Sec-GPC' => 1],
    'English'   => ['Accept-Language' => 'en'],
);

for my $path ('/tagged', '/weak', '/dated', '/cached/tagged', '/cached/dated', '/static/page.html') {
    subtest "$path: every state before, every state after" => sub {
        for my $before (sort keys %state) {
            my $r = $t->get($path, @host, @{ $state{$before} });
            my $etag = $r->header('ETag');

            like($etag // '', qr{^W/"[\x21\x23-\x7e]+"$}, "$before: has a valid weak validator");
            is($r->header('Last-Modified'), undef, "$before: and no other");

            for my $after (sort keys %state) {
                my $again = $t->get($path, @host, @{ $state{$after} }, 'If-None-Match' => $etag);

                is($again->status, $before eq $after ? 304 : 200, "$before, then $after");
                is($again->header('ETag'), $etag, 'a 304 says the same') if $before eq $after;
            }
        }
    };
}

subtest 'a page without validators' => sub {
    is($t->get('/bare', @host)->header('ETag'), undef, 'gets none');
    is($t->get('/long', @host)->header('ETag'), undef, 'nor does one whose validator is too long');
};

subtest 'validators from before the gateway' => sub {
    is($t->get('/tagged', @host, 'If-None-Match' => '"v1"')->status, 200, 'confirm nothing');
    is($t->get('/dated', @host, 'If-Modified-Since' => $modified)->status, 200, 'neither does a date');
    is($t->get('/static/page.html', @host, 'If-Modified-Since' => 'Wed, 21 Oct 2037 07:28:00 GMT')->status, 200, 'nor for a file');
    is($t->get('/cached/tagged', @host, 'If-None-Match' => '"v1"')->status, 200, 'nor from the cache');
};

subtest 'what is no page' => sub {
    my @image = (Host => 'ville.example', 'Sec-Fetch-Dest' => 'image');
    my $etag = $t->get('/static/picture.png', @image)->header('ETag');

    is($t->get('/static/picture.png', @image, 'If-None-Match' => $etag)->status, 304, 'keeps its validators');
    is($t->get('/static/picture.png', @image, Range => 'bytes=0-2')->status, 206, 'and its ranges');
    is($t->get('/static/page.html', @host, Range => 'bytes=0-2')->status, 200, 'a page has none');
};

subtest 'caches on the way' => sub {
    my $r = $t->get('/headers', @host);

    is(join(', ', $r->headers('Cache-Control')), 'private, no-cache', 'are told that the page is private');
    is(join(', ', $r->headers('Vary')), 'Cookie', 'and what it depends on');
    is($r->header($_), undef, "$_ is gone") for 'Expires', 'Pragma', 'CDN-Cache-Control', 'Surrogate-Control', 'Content-MD5', 'Accept-Ranges';

    $r = $t->get('/secret', @host);
    like($r->header('Cache-Control'), qr/no-store/, 'no-store is kept');
    is(join(', ', $r->headers('Vary')), 'Accept, Cookie', 'and what is there already is not said twice');
};

subtest 'HEAD' => sub {
    my $get = $t->get('/tagged', @host);
    my $head = $t->head('/tagged', @host);

    is($head->header($_), $get->header($_), "has the $_ of the page") for 'ETag', 'Cache-Control', 'Vary', 'Content-Type';
    is($head->header('Content-Length'), undef, 'and no length of another one');
};

done_testing();
