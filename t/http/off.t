#!/usr/bin/perl

# Loaded and off, it is not there: one broad configuration, the same requests, and every byte of the answers, of what upstreams were asked
# and of the log is that of an nginx without the module.

use lib 't/lib';
use Gateway;

use IO::Compress::Gzip qw(gzip);

my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><iframe src="https://www.youtube.com/embed/a"></iframe>'
    . '<p>text ' x 300 . '</body></html>';

# Minimal: no time of day in it.
gzip(\$page, \my $packed, Minimal => 1);

my %answers = (
    '/page'   => [200, ['Content-Type' => 'text/html', ETag => '"v1"', 'Last-Modified' => 'Wed, 21 Oct 2015 07:28:00 GMT',
        'Set-Cookie' => '_ga=1; Max-Age=63072000', 'Set-Cookie' => 'choices=x', Link => '<https://www.youtube.com/a.js>; rel=preload; as=script',
        Refresh => '5; url=https://www.youtube.com/', 'Cache-Control' => 'public, max-age=60'], $page],
    '/gzip'   => [200, ['Content-Type' => 'text/html', 'Content-Encoding' => 'gzip', ETag => '"v1"'], $packed],
    '/br'     => [200, ['Content-Type' => 'text/html', 'Content-Encoding' => 'br'], $packed],
    '/notype' => [200, [], $page],
    '/partial' => [206, ['Content-Type' => 'text/html', 'Content-Range' => 'bytes 0-9/100'], '0123456789'],
    '/chunks' => [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [$page]],
    '/none'   => [204, [], ''],
    '/moved'  => [302, [Location => 'https://www.youtube.com/'], ''],
    '/accel'  => [200, ['X-Accel-Redirect' => '/static/page.html', 'Set-Cookie' => '_ga=1'], ''],
    '/failed' => [500, ['Content-Type' => 'text/html'], '<p>failed'],
    '/auth'   => [200, ['Set-Cookie' => 'auth=1'], ''],
);

# SERVER, LOCATION, FILES, OTHER: where a mode puts its directives.
my $http = <<'EOC';
    log_format all '$remote_addr "$request" $status $body_bytes_sent "$http_cookie" "$http_accept_encoding" "$http_if_none_match" '
        '"$http_range" "$sent_http_etag" $uri "$count"';
    access_log %%PREFIX%%/all.log all;
    proxy_cache_path %%PREFIX%%/cache keys_zone=pages:1m;
    proxy_http_version 1.1;
    include /etc/nginx/koi-win;
    map $http_cookie $mapped { default "m$http_cookie"; }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        SERVER
        default_type text/plain;
        types { text/html html; image/png png; }
        root %%PREFIX%%/www;
        set $count "${count}x";
        if ($http_cookie) { set $count "${count}c"; }
        rewrite ^/renamed/(.*) /static/$1;
        add_header X-Count $count;
        error_page 404 /static/missing.html;
        error_page 500 = @named;

        location /proxy/ { LOCATION proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /failing/ { LOCATION proxy_intercept_errors on; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /unbuffered/ { LOCATION proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /gzipping/ { LOCATION gzip on; gzip_vary on; gzip_min_length 1; gzip_proxied any; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /gunzipping/ { LOCATION gunzip on; gzip_vary on; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /nested/ { LOCATION gunzip off; location /nested/gzip { LOCATION proxy_pass http://127.0.0.1:%%PORT_origin%%/gzip; } }
        location /subbed/ { LOCATION sub_filter youtube yt; sub_filter_once off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /cached/ { LOCATION proxy_cache pages; proxy_cache_valid 1h; proxy_ignore_headers Cache-Control Set-Cookie;
            add_header X-Cache $upstream_cache_status; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /headers/ { LOCATION proxy_set_header Cookie $http_cookie; proxy_set_header X-Mapped $mapped;
            proxy_set_header X-Real-IP $remote_addr; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /authed/ { LOCATION auth_request /authorize; auth_request_set $c $upstream_http_set_cookie; add_header Set-Cookie $c;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location = /authorize { LOCATION internal; proxy_pass http://127.0.0.1:%%PORT_origin%%/auth; }
        location /mirrored/ { LOCATION mirror /mirror; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location = /mirror { LOCATION internal; return 200; }
        location /static/ { LOCATION alias %%PREFIX%%/www/; }
        location /gzip_static/ { LOCATION gzip_static on; alias %%PREFIX%%/www/; }
        location /ssi/ { LOCATION ssi on; alias %%PREFIX%%/www/; }
        location /added/ { LOCATION add_before_body /static/part.html; add_after_body /static/part.html; alias %%PREFIX%%/www/; }
        location /latin/ { LOCATION charset koi8-r; source_charset windows-1251; alias %%PREFIX%%/www/; }
        location /expiring/ { LOCATION expires 1h; alias %%PREFIX%%/www/; }
        location /user/ { LOCATION userid log; alias %%PREFIX%%/www/; }
        location /index/ { LOCATION alias %%PREFIX%%/www/; index none.html page.html; }
        location /list/ { LOCATION alias %%PREFIX%%/www/directory/; autoindex on; }
        location /tried/ { LOCATION try_files $uri /static/none.html @named; }
        location /return { LOCATION default_type text/html; return 200 '<!DOCTYPE html><iframe src="https://www.youtube.com/embed/a"></iframe>'; }
        location /redirected { LOCATION return 301 /static/; }
        location /conditional { LOCATION set $where origin; if ($cookie__ga) { set $where ga; } return 200 $where-$count; }
        location /denied { LOCATION deny all; }
        location /sliced/ { LOCATION slice 100; proxy_set_header Range $slice_range; proxy_pass http://127.0.0.1:%%PORT_files%%/; }
        location /gif { LOCATION empty_gif; }
        location /upload { LOCATION client_max_body_size 10; proxy_pass http://127.0.0.1:%%PORT_origin%%/page; }
        location /limited { LOCATION limit_except GET { deny all; } return 200 ok; }
        location @named { LOCATION return 200 "named $count"; }
    }

    server {
        listen 127.0.0.1:%%PORT_files%%;
        FILES
        root %%PREFIX%%/www;
    }

    server {
        listen 127.0.0.1:%%PORT_other%%;
        OTHER
    }
EOC

my @cookies = (Cookie => 'a=1; _ga=GA1.1.1; choices=forged');
my @browser = (@cookies, Accept => 'text/html', 'Accept-Encoding' => 'gzip, deflate, br', 'Sec-GPC' => 1);

my @requests = (
    (map { my $where = $_; map { my $path = "/$where/$_"; ([GET => $path], [GET => $path, @browser], [HEAD => $path, @browser]) }
        qw(page gzip br notype) } qw(proxy unbuffered gzipping gunzipping subbed)),
    (map { my $path = "/proxy/$_"; ([GET => $path, @browser], [GET => $path, 'Accept-Encoding' => 'br', 'Sec-Fetch-Dest' => 'image']) }
        qw(partial chunks none moved accel failed)),
    (map { [GET => "/cached/$_", @browser] } qw(page page gzip gzip)),
    (map { my $path = $_; ([GET => $path], [GET => $path, @browser], [GET => $path, @browser, Range => 'bytes=5-20'],
        [GET => $path, @browser, 'If-None-Match' => '"v1"'], [GET => $path, 'If-Modified-Since' => 'Wed, 21 Oct 2037 07:28:00 GMT']) }
        qw(/proxy/page /cached/page /static/page.html /static/picture.png /gzip_static/page.html /ssi/ssi.html /added/page.html /latin/page.html
        /expiring/page.html /user/page.html /return /sliced/page.html)),
    (map { [GET => $_, @browser] } '/nested/gzip', '/failing/failed', '/headers/page', '/authed/page', '/mirrored/page', '/index/', '/list/',
        '/tried/x', '/renamed/page.html', '/redirected', '/conditional', '/denied', '/gif', '/limited', '/static/none', '/static/directory'),
    [GET => '/nested/gzip'], [POST => '/proxy/page', @browser, 'Content-Type' => 'text/plain'], [POST => '/upload', @browser],
    [PUT => '/limited', @browser], [PUT => '/proxy/page', 'If-None-Match' => '*'],
);

my $on = "consent_policy policy.json; consent_keys keys; consent_assets %%ASSETS%%;";

sub answers {
    my ($modules, $in_http, %directives) = @_;

    my $t = Gateway->new(modules => $modules);

    $t->keys;
    $t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
        services => ['youtube', 'google-analytics'] });

    $t->write_file("www/$_", $page) for qw(page.html directory/a.html);
    $t->write_file('www/page.html.gz', $packed);
    $t->write_file('www/picture.png', 'PNG' x 100);
    $t->write_file('www/part.html', '<p>part');
    $t->write_file('www/missing.html', '<p>missing');
    $t->write_file('www/ssi.html', '<p><!--#include virtual="/static/part.html" --><!--#echo var="count" --><!--#echo var="HTTP_COOKIE" -->');
    utime 1e9, 1e9, glob $t->file('www') . '/{*,directory/*,directory}';

    $t->upstream(origin => sub { $answers{$_[0]->uri} // [404, ['Content-Type' => 'text/html'], '<p>none'] });

    (my $text = $http) =~ s/\b(SERVER|LOCATION|FILES|OTHER)\b/$directives{$1} \/\/ ''/ge;
    $t->http("$in_http\n$text");
    $t->run;

    my %ports = map { $t->port($_) => $_ } 0, 'origin', 'files';

    # What differs from run to run whoever answers.
    my $same = sub {
        my ($bytes) = @_;

        $bytes =~ s/^(?:Date|Expires): .*//mg;
        $bytes =~ s/\b$_\b/PORT/g for CORE::keys(%ports);

        return $bytes;
    };

    my @answers = map {
        my ($method, $path, @headers) = @$_;
        $same->($t->request($method, $path, $method =~ /^P/ ? 'twelve bytes' : undef, Host => 'ville.example', @headers)->raw);
    } @requests;

    my @asked = map { $same->($_->{first} . "\n" . join "\n", @{ $_->{lines} }) } $t->requests('origin');

    $t->stop;

    return { answers => \@answers, asked => \@asked, log => $same->($t->read_file('all.log')) };
}

my $without = answers([], '');

# The comparison compares something.
like($without->{answers}[0], qr/youtube\.com/, 'pages are answered');
is(scalar(@requests), scalar(grep { /^HTTP/ } @{ $without->{answers} }), 'every request is');
cmp_ok(scalar @{ $without->{asked} }, '>', 50, 'upstreams are asked');

my @modes = (
    ['loaded, no directive', ''],
    ['consent off',          "$on consent off;"],
    ['off in the server, on in another', $on, SERVER => 'consent off;', FILES => 'consent off;', OTHER => 'consent on;'],
    ['off in each location, on around it', "$on consent on;", LOCATION => 'consent off;', FILES => 'consent off;'],
    ['consent monitor',      "$on consent monitor;"],
    ['consent monitor, with a zone', "$on consent_zone z:1m; consent monitor;"],
    ['monitor in each location, on around it', "$on consent on;", LOCATION => 'consent monitor;', FILES => 'consent off;'],
    ['a variable that says off', "$on map \$host \$off { default off; } consent \$off;"],
);

for my $mode (@modes) {
    my ($name, $in_http, %directives) = @$mode;

    subtest $name => sub {
        my $with = answers(['consent'], $in_http, %directives);
        my @wrong;

        for my $i (0 .. $#requests) {
            next if $with->{answers}[$i] eq $without->{answers}[$i];

            push @wrong, "@{ $requests[$i] }";
            diag("@{ $requests[$i] }:\n" . substr($without->{answers}[$i], 0, 500) . "\n---\n" . substr($with->{answers}[$i], 0, 500)) if @wrong < 4;
        }

        is(join("\n", @wrong), '', 'every answer is the same to the byte');
        is_deeply($with->{asked}, $without->{asked}, 'upstreams are asked the same');


        my @lines = map { [split /\n/, $_->{log}] } $with, $without;
        my @differ = grep { ($lines[0][$_] // '') ne ($lines[1][$_] // '') } 0 .. $#{ $lines[1] };

        is_deeply([@{ $lines[0] }[@differ]], [@{ $lines[1] }[@differ]], 'and the log says the same');
        is(scalar @{ $lines[0] }, scalar @{ $lines[1] }, 'as often');
    };
}

done_testing();
