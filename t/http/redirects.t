#!/usr/bin/perl

# A redirect cannot do what the page may not: an image of the site that leads to a service is not followed there.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube', 'facebook'],
    hosts => ['ville.example', 'www.ville.example'], unknown => { hosts => 'block' },
});

$t->upstream(origin => sub {
    my ($request) = @_;
    my ($to) = $request->uri =~ /\?to=(.*)/;
    my ($status) = $request->uri =~ m{^/(\d+)};

    return [$status, [Location => $to, 'Content-Type' => 'text/plain', 'Cache-Control' => 'max-age=600'], ''] if $status;

    return [302, [Location => $to, 'Content-Type' => 'text/html'], '<a href="#">elsewhere</a>'] if defined $to;
    return [200, ['Content-Type' => 'text/plain'], 'ok'];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /nginx { return 302 https://www.youtube.com/embed/a; }
    }
EOC

$t->run;

my @host = (Host => 'ville.example');
my @image = (@host, 'Sec-Fetch-Dest' => 'image', 'Sec-Fetch-Mode' => 'no-cors');
my @frame = (@host, 'Sec-Fetch-Dest' => 'iframe', 'Sec-Fetch-Mode' => 'navigate', Accept => 'text/html');
my @page = (@host, 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate', Accept => 'text/html');

my $away = '/x?to=https://www.youtube.com/embed/a';

for my $who (['an image', @image], ['a script\'s fetch', @host, 'Sec-Fetch-Dest' => 'empty'],
    ['an image of an older browser', @host, Accept => 'image/webp,*/*'])
{
    my ($name, @headers) = @$who;

    for my $path ($away, '/x?to=//WWW.YouTube.com/', '/x?to=https://nobody.example/', '/nginx') {
        my $r = $t->get($path, @headers);

        is($r->status, 204, "$name, $path: is not sent there");
        is($r->header('Location'), undef, "$name, $path: nor told where it would have gone");
        is($r->body, '', "$name, $path: nor what was said of it");
    }

    is($t->get($_, @headers)->status, 302, "$name is led about the site as ever, $_")
        for '/x?to=/other', '/x?to=https://www.ville.example/';
}

like($t->get($away, @frame)->header('Location'), qr{^(?:https?://[^/]+)?/_choices/embed/youtube\?u=https%3A%2F%2Fwww\.youtube\.com%2Fembed%2Fa$},
    'a frame is led to the placeholder');

is($t->get($away, @page)->header('Location'), 'https://www.youtube.com/embed/a', 'a visitor who follows a link goes where it leads');

my ($choice) = $t->post('/_choices/', [decision => 'save', 'service.youtube' => 'accept'], @host, 'Sec-Fetch-Site' => 'same-origin')
    ->header('Set-Cookie') =~ /^([^;]+)/;

is($t->get($away, @frame, Cookie => $choice)->status, 302, 'what was accepted is followed');

# No more is said over plain http, nor by browsers of before 2023: a page of its own and a frame ask alike.
subtest 'a browser that does not say what it asks for' => sub {
    my @silent = (@host, Accept => 'text/html,*/*;q=0.8');

    for my $path ($away, '/nginx', '/302?to=https://www.youtube.com/embed/a', '/x?to=https://nobody.example/') {
        my $r = $t->get($path, @silent);

        is($r->status, 200, "$path: is not led by a redirect");
        is($r->header('Location'), undef, "$path: which frames would follow");
        like($r->header('Refresh'), qr{^0; url=https://(?:www\.youtube\.com/embed/a|nobody\.example/)$}, "$path: but by the page");
        is($r->header('X-Frame-Options'), 'DENY', "$path: which no frame shows");
        like(join(', ', $r->headers('Content-Security-Policy')), qr/frame-ancestors 'none'/, "$path: whatever the site says of frames");
        like($r->header('Content-Type'), qr{^text/}, "$path: and which is one");
    }

    is($t->get($away, @silent, Cookie => $choice)->status, 302, 'what was accepted is followed');
    is($t->get('/x?to=/other', @silent)->status, 302, 'so is what stays on the site');
    is($t->post($away, 'x', @silent)->status, 302, 'and a form is answered as it was sent');
};

subtest 'a redirect that a browser may keep' => sub {
    for my $state ([], [Cookie => $choice]) {
        for my $headers (\@image, \@frame, \@page) {
            my $r = $t->get('/301?to=https://www.youtube.com/embed/a', @$headers, @$state);
            is(join(', ', $r->headers('Cache-Control')), 'private, no-cache', 'is asked for again after a choice');
            is($r->header('Vary'), 'Cookie', 'and is its visitor\'s');
        }
    }

    is($t->get('/301?to=/other', @image)->header('Cache-Control'), 'max-age=600', 'one about the site is kept as ever');
};

subtest 'Location without a redirect' => sub {
    my $r = $t->get('/201?to=https://www.youtube.com/embed/a', @host, 'Sec-Fetch-Dest' => 'empty');
    is($r->status, 201, 'leads nobody anywhere');
    is($r->header('Location'), 'https://www.youtube.com/embed/a', 'and stays');
};

done_testing();
