#!/usr/bin/perl

# Cookies of services not allowed travel in neither direction; every other cookie does, as it was sent.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
    services   => ['google-analytics', { use => 'matomo', paths => ['/matomo/'] },
        { id => 'cms', name => 'CMS', purpose => 'necessary', basis => 'necessary',
          provider => { name => 'Ville', privacy_policy => '/p' }, description => { fr => 'Le site.' },
          cookies => [{ name => 'session', lifetime => 'session' }] }],
});

# What the origin sets is what the request says.
$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html', map { ('Set-Cookie' => $_) } split /\|/, $request->header('X-Set') // ''], '<p>ok'];
});
$t->upstream(php => sub { [200, ['Content-Type' => 'text/html'], '<p>ok'] }, protocol => 'fastcgi');

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    map $http_cookie $mapped { default $http_cookie; }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;

        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /php { include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:%%PORT_php%%; }
        location /if {
            if ($http_cookie ~ "session=(\w+)") { set $found $1; }
            set $copy "x; $http_cookie";
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
            proxy_set_header Cookie $http_cookie;
            proxy_set_header X-Copy $copy;
            proxy_set_header X-Mapped $mapped;
            proxy_set_header X-Ga $cookie__ga;
            proxy_set_header X-Found $found;
        }
        location ~ ^/regex { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /off { consent off; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /monitor { consent monitor; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /variable {
            set $mode off;
            consent $mode;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
    }
EOC

$t->run;

my @host = (Host => 'ville.example');

sub upstream_cookie {
    my ($path, @headers) = @_;

    $t->get($path, @host, @headers);

    return $t->last_request('origin')->header('Cookie');
}

subtest 'on the way in' => sub {
    is(upstream_cookie('/', Cookie => 'session=1; _ga=GA1.1.1; lang=fr'), 'session=1; lang=fr', 'a cookie of a service not allowed is removed');
    is(upstream_cookie('/', Cookie => 'a=1;b=2; c="x, y"'), 'a=1;b=2; c="x, y"', 'what is allowed stays byte for byte');
    is(upstream_cookie('/', Cookie => '_GA=1'), '_GA=1', 'names are compared with their case');
    is(upstream_cookie('/', Cookie => 'choices=forged; a=1; __Host-choices=x; __Secure-choices=y'), 'a=1', 'ours is never forwarded, by any name');
    is(upstream_cookie('/', Cookie => '_ga=1; _ga=2; _ga_ABC=3; a=1'), 'a=1', 'nor are several of one name');
    is(upstream_cookie('/', Cookie => '_ga=1; a=2', Cookie => 'b=3; _gid=4'), 'a=2', 'in several lines');
    is($t->last_request('origin')->headers('Cookie'), 2, 'which stay several');

    $t->get('/php', @host, Cookie => 'session=1; _ga=2');
    is($t->last_request('php')->params->{HTTP_COOKIE}, 'session=1', 'for FastCGI, too');
};

subtest 'what was evaluated before' => sub {
    is(upstream_cookie('/if', Cookie => 'session=abc; _ga=GA1'), 'session=abc', 'a cached $http_cookie');

    my $request = $t->last_request('origin');
    is($request->header('X-Copy'), 'x; session=abc', 'a copy of it');
    is($request->header('X-Mapped'), 'session=abc', 'a map of it');
    is($request->header('X-Ga') // '', '', 'a single cookie');
    is($request->header('X-Found'), 'abc', 'what was made of allowed ones stays');
    is(upstream_cookie('/regex', Cookie => 'session=abc; _ga=GA1'), 'session=abc', 'in a location of a regex without groups, too');
};

subtest 'on the way out' => sub {
    my @set = (@host, 'X-Set' => join '|', '_ga=GA1.1.1; Max-Age=63072000; Path=/', ' _gid = 5', 'session=1; HttpOnly; Path=/', '__Host-choices=stolen; Secure; Path=/',
        'choices=forged; Path=/', '_ga_X=1;expires=Wed, 01 Jan 2053 00:00:00 GMT');

    is_deeply([$t->get('/', @set)->headers('Set-Cookie')], ['session=1; HttpOnly; Path=/'],
        'only cookies that are allowed pass');

    my ($choice) = $t->post('/_choices/', [decision => 'accept-all'], @host, 'Sec-Fetch-Site' => 'same-origin')->header('Set-Cookie')
        =~ /^([^;]+)/;
    my @passed = $t->get('/', @set, Cookie => $choice)->headers('Set-Cookie');

    is($passed[0], '_ga=GA1.1.1; Path=/; Max-Age=34128000', 'an accepted one lives thirteen months at most');
    is((grep { /^session=1; HttpOnly/ } @passed), 1, 'others as the site says');
    ok(!(grep { /^choices=/ } @passed), 'our own is never the site\'s to set');
};

subtest 'in the browser already' => sub {
    my @page = (@host, Accept => 'text/html');
    my $r = $t->get('/', @page, Cookie => '_ga=1; session=2');
    my @gone = $r->headers('Set-Cookie');

    ok(@gone > 0, 'a cookie of a refused service is expired');
    ok(!(grep { !/^_ga=; / || !/Max-Age=0/ } @gone), 'that one and no other');
    ok((grep { /Domain=ville\.example/ } @gone), 'on the domain');
    ok((grep { !/Domain=/ } @gone), 'and on the host alone');

    is_deeply([$t->get('/', @host, 'Sec-Fetch-Dest' => 'image', Cookie => '_ga=1')->headers('Set-Cookie')], [], 'with pages only');

    my $many = join '; ', map { "_ga_$_=1" } 1 .. 100;
    my $bytes = 0;
    $bytes += length "Set-Cookie: $_" for $t->get('/', @page, Cookie => $many)->headers('Set-Cookie');
    cmp_ok($bytes, '<', 4096, 'a few at a time');
    cmp_ok($bytes, '>', 500, 'but some each time');
};

subtest 'consent off' => sub {
    for my $path ('/off', '/monitor', '/variable') {
        is(upstream_cookie($path, Cookie => '_ga=1; choices=x'), '_ga=1; choices=x', "$path: nothing is removed");
        is_deeply([$t->get($path, @host, 'X-Set' => '_ga=1')->headers('Set-Cookie')], ['_ga=1'], "$path: in neither direction");
    }
};

done_testing();
