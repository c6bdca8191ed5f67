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
    '/events' => [200, ['Content-Type' => 'text/event-stream', 'Transfer-Encoding' => 'chunked'], ["data: a\n\n", \0.1, "data: b\n\n"]],
    '/cut'    => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n$page",
    '/old'    => "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n$page",
    '/bare'   => $page,
    '/gone'   => undef,
    '/trailer' => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        . sprintf("%x\r\n%s\r\n0\r\nX-End: 1\r\n\r\n", length $page, $page),
    '/upgrade' => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: _ga=1\r\n\r\nframes",
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
    limit_req_zone $binary_remote_addr zone=often:1m rate=1r/m;
    upstream kept { server 127.0.0.1:%%PORT_files%%; keepalive 4; }
    log_subrequest on;

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name ville.example;
        set_real_ip_from 127.0.0.0/8;
        real_ip_header X-Test-Address;
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
        location /fastcgi { LOCATION include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:%%PORT_fastcgi%%; }
        location /uwsgi { LOCATION include /etc/nginx/uwsgi_params; uwsgi_pass 127.0.0.1:%%PORT_uwsgi%%; }
        location /scgi { LOCATION include /etc/nginx/scgi_params; scgi_pass 127.0.0.1:%%PORT_scgi%%; }
        location /kept/ { LOCATION proxy_set_header Connection ""; proxy_pass http://kept/; }
        location /often { LOCATION limit_req zone=often; return 200 ok; }
        location /upgraded { LOCATION proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/upgrade; }
        location /real/ { LOCATION allow 203.0.113.77; deny all; include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /either/ { LOCATION satisfy any; allow 203.0.113.77; deny all; auth_basic x; auth_basic_user_file none; alias %%PREFIX%%/www/; }
        location /rewritten/ { LOCATION proxy_cookie_path / /x; proxy_cookie_flags _ga secure; proxy_redirect https://www.youtube.com/ /y; proxy_hide_header ETag;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /stored/ { LOCATION proxy_store %%PREFIX%%/stored$uri; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /whole/ { LOCATION max_ranges 0; etag off; if_modified_since off; chunked_transfer_encoding off; alias %%PREFIX%%/www/; }
        location /streamed/ { LOCATION proxy_request_buffering off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /spilled/ { LOCATION client_body_buffer_size 4; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /told/ { LOCATION post_action /tell; alias %%PREFIX%%/www/; }
        location = /tell { LOCATION internal; proxy_pass http://127.0.0.1:%%PORT_origin%%/told; }
        location /dav/ { LOCATION dav_methods PUT DELETE; alias %%PREFIX%%/dav/; }
        location /closed { LOCATION return 444; }
        location /waiting/ { LOCATION ssi on; alias %%PREFIX%%/www/; }
        location /threads/ { LOCATION aio threads; sendfile on; output_buffers 1 512; alias %%PREFIX%%/www/; }
        location /trailers { LOCATION add_trailer X-Trailer $count; default_type text/html; return 200 '<p>x'; }
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
    (map { my $path = $_; ([GET => $path], [GET => $path, @browser], [HEAD => $path, @browser], [POST => $path, @browser]) }
        qw(/fastcgi /uwsgi /scgi /kept/page.html /rewritten/page /rewritten/moved /stored/page /streamed/page /spilled/page)),
    (map { [GET => "/proxy/$_", @browser] } qw(events cut old bare gone trailer)),
    (map { [GET => $_, @browser, 'X-Test-Address' => '203.0.113.77'] } '/real/page', '/either/page.html', '/proxy/page'),
    (map { [GET => $_, @browser] } '/often', '/often', '/real/page', '/either/page.html', '/waiting/wait.html', '/told/page.html', '/closed',
        '/threads/page.html', '/trailers', '/whole/page.html', '/upgraded', '//static//page.html', '/static/../static/page.html'),
    [GET => '/whole/page.html', Range => 'bytes=1-2'], [GET => '/static/page.html', Range => 'bytes=1-2,5-6'], [GET => '/static/page.html', Range => 'bytes=-3', 'If-Range' => '"x"'],
    [PUT => '/dav/new.html', @browser], [DELETE => '/dav/new.html'], [OPTIONS => '/static/page.html'],
    [GET => '/upgraded', @cookies, Upgrade => 'websocket', Connection => 'Upgrade'],

    # By the byte.
    "GET /proxy/page\r\n", "GET /static/page.html HTTP/1.0\r\n\r\n", "GET /gzipping/gzip HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET http://ville.example/static/page.html HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n",
    "POST /spilled/page HTTP/1.1\r\nHost: ville.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
    "POST /proxy/page HTTP/1.1\r\nHost: ville.example\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nabc",
    join('', map { "GET /$_ HTTP/1.1\r\nHost: ville.example\r\nCookie: _ga=1\r\nAccept-Encoding: gzip\r\n\r\n" } 'static/page.html', 'proxy/page', 'conditional', 'gzipping/gzip')
        . "GET /gif HTTP/1.1\r\nHost: ville.example\r\nConnection: close\r\n\r\n",

    # By curl, over TLS.
    (map { my $version = $_; map { ["--$version", '-H', 'Host: ville.example', '-H', 'Cookie: _ga=1', '-H', 'Accept-Encoding: gzip', $_] }
        '/static/page.html', '/proxy/gzip', '/ssi/ssi.html', '/fastcgi', '/conditional' } 'http1.1', 'http2'),
);

# Where no location says anything: the server's own mode decides, and whether there is an endpoint.
my @elsewhere = (
    [GET => '/_choices/', @browser], [GET => '/_choices/ui.js'], [POST => '/_choices/', @browser], [TRACE => '/'],
    "GET / HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 'GET /' . 'x' x 40_000 . " HTTP/1.1\r\n\r\n",
);

my $on = "consent_policy policy.json; consent_keys keys; consent_assets %%ASSETS%%;";

sub answers {
    my ($requests, $modules, $in_http, %directives) = @_;

    my $t = Gateway->new(modules => $modules);

    $t->keys;
    $t->certificate('localhost');
    $t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
        services => ['youtube', 'google-analytics'] });

    $t->write_file("www/$_", $page) for qw(page.html directory/a.html);
    $t->write_file('www/page.html.gz', $packed);
    $t->write_file('www/picture.png', 'PNG' x 100);
    $t->write_file('www/part.html', '<p>part');
    $t->write_file('www/missing.html', '<p>missing');
    $t->write_file('www/ssi.html', '<p><!--#include virtual="/static/part.html" --><!--#echo var="count" --><!--#echo var="HTTP_COOKIE" -->');
    utime 1e9, 1e9, glob $t->file('www') . '/{*,directory/*,directory}';

    $t->write_file('www/wait.html', '<p><!--#include virtual="/proxy/page" wait="yes" --><!--#include virtual="/proxy/gzip" set="x" --><!--#include virtual="/static/part.html" -->');
    mkdir $t->file('dav');

    for my $protocol (qw(fastcgi uwsgi scgi)) {
        $t->upstream($protocol => sub { [200, ['Content-Type' => 'text/html', 'Set-Cookie' => '_ga=1'], $page . ($_[0]->params->{HTTP_COOKIE} // '')] }, protocol => $protocol);
    }

    $t->upstream(origin => sub { $answers{$_[0]->uri} // [404, ['Content-Type' => 'text/html'], '<p>none'] });

    (my $text = $http) =~ s/\b(SERVER|LOCATION|FILES|OTHER)\b/$directives{$1} \/\/ ''/ge;
    $t->http("$in_http\n$text");
    $t->run;

    my %ports = map { $t->port($_) => $_ } 0, 'origin', 'files', 'tls';

    # What differs from run to run whoever answers.
    my $same = sub {
        my ($bytes) = @_;

        $bytes =~ s/^(?:Date|Expires): .*//mgi;
        $bytes =~ s/\b$_\b/PORT/g for CORE::keys(%ports);

        # Of a frame the date is a part, and packed by its digits.
        $bytes =~ s/(HTTP\/2\.0" \d+) \d+/$1 BYTES/g;

        return $bytes;
    };

    my @answers = map {
        my ($method, $path, @headers) = ref $_ ? @$_ : ();

        $same->(!ref $_ ? join("", map { $_->raw } $t->send($_))
            : $method =~ /^--/ ? $t->curl($_->[-1], -port => 'tls', @$_[0 .. $#$_ - 1])->raw
            : $t->request($method, $path, $method =~ /^P/ ? 'twelve bytes' : undef, Host => 'ville.example', @headers)->raw);
    } @$requests;

    my @asked = map { $same->($_->{first} . "\n" . join "\n", @{ $_->{lines} }) } $t->requests('origin');

    $t->stop;

    return { answers => \@answers, asked => \@asked, log => $same->($t->read_file('all.log')) };
}

my $without = answers([@requests, @elsewhere], [], '');

# The comparison compares something.
like($without->{answers}[0], qr/youtube\.com/, 'pages are answered');
is(scalar(grep { /^HTTP|^<!DOCTYPE/ } @{ $without->{answers} }), @requests + @elsewhere - 1, 'every request is, but one that nginx closes');
cmp_ok(scalar @{ $without->{asked} }, '>', 50, 'upstreams are asked');

# Whether the server is off, too, and has no endpoint.
my @modes = (
    ['loaded, no directive', 1, ''],
    ['consent off',          1, "$on consent off;"],
    ['off in the server, on in another', 1, $on, SERVER => 'consent off;', FILES => 'consent off;', OTHER => 'consent on;'],
    ['off in each location, on around it', 0, "$on consent on;", LOCATION => 'consent off;', FILES => 'consent off;'],
    ['consent monitor',      0, "$on consent monitor;"],
    ['consent monitor, with a zone', 0, "$on consent_zone z:1m; consent monitor;"],
    ['monitor in each location, on around it', 0, "$on consent on;", LOCATION => 'consent monitor;', FILES => 'consent off;'],
    ['a variable that says off', 0, "$on map \$host \$off { default off; } consent \$off;"],
);

for my $mode (@modes) {
    my ($name, $off, $in_http, %directives) = @$mode;

    subtest $name => sub {
        my @same = (@requests, $off ? @elsewhere : ());
        my $with = answers(\@same, ['consent'], $in_http, %directives);
        my @wrong;

        for my $i (0 .. $#same) {
            next if $with->{answers}[$i] eq $without->{answers}[$i];

            my $request = ref $same[$i] ? "@{ $same[$i] }" : substr $same[$i], 0, 100;
            push @wrong, $request;
            diag("$request:\n" . substr($without->{answers}[$i], 0, 500) . "\n---\n" . substr($with->{answers}[$i], 0, 500)) if @wrong < 4;
        }

        is(join("\n", @wrong), '', 'every answer is the same to the byte');
        is_deeply($with->{asked}, [@{ $without->{asked} }[0 .. $#{ $with->{asked} }]], 'upstreams are asked the same');

        my @lines = map { [split /\n/, $_->{log}] } $with, $without;
        splice @{ $lines[1] }, -@elsewhere unless $off;

        my @differ = grep { ($lines[0][$_] // '') ne ($lines[1][$_] // '') } 0 .. $#{ $lines[1] };

        is_deeply([@{ $lines[0] }[@differ]], [@{ $lines[1] }[@differ]], 'and the log says the same');
        is(scalar @{ $lines[0] }, scalar @{ $lines[1] }, 'as often');
        is(scalar @{ $with->{asked} }, scalar @{ $without->{asked} }, 'and so do they');
    };
}

done_testing();
