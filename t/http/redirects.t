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

done_testing();
