#!/usr/bin/perl

# Wherever a page comes from and however it is led, it is read, and nothing else is held up.

use lib 't/lib';
use Gateway;

use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes ();

my $brotli = -e '/usr/lib/nginx/modules/ngx_http_brotli_static_module.so' && !$ENV{NGXC_NGINX};
my $t = Gateway->new(modules => [$brotli ? qw(ngx_http_brotli_filter_module ngx_http_brotli_static_module) : (), 'consent']);

$t->keys;
$t->certificate('localhost');
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'google-analytics'],
});

my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><p>text</p><iframe src="https://www.youtube.com/embed/a"></iframe>'
    . '<p>more text</p>' x 50 . '</body></html>';
my @html = ('Content-Type' => 'text/html', 'Set-Cookie' => '_ga=1', 'Set-Cookie' => 'site=1');

gzip(\$page, \my $packed);

my $events = "data: <script src=\"https://www.youtube.com/x.js\"></script>\n\n";

my %answers = (
    '/page'     => [200, [@html], $page],
    '/gzip'     => [200, [@html, 'Content-Encoding' => 'gzip'], $packed],
    '/http10'   => "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: _ga=1\r\n\r\n$page",
    '/late'     => [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [\0.2, $page]],
    '/utf16late' => [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [\0.2, "\xff\xfe" . join '', map { "$_\0" } split //, $page]],
    '/events'   => [200, ['Content-Type' => 'text/event-stream', 'Transfer-Encoding' => 'chunked'], [$events, \1, $events]],
    '/slow'     => [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], ['<!DOCTYPE html><p>first', \1, '<p>last']],
    '/bytes'    => [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [split //, $page]],
    '/none'     => [204, ['Set-Cookie' => '_ga=1', 'Set-Cookie' => 'site=1'], ''],
    '/hints'    => "HTTP/1.1 103 Early Hints\r\nLink: <https://www.youtube.com/a.js>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        . "Content-Length: " . length($page) . "\r\n\r\n$page",
    '/accel'    => [200, ['X-Accel-Redirect' => '/internal/page.html', 'Set-Cookie' => '_ga=1', 'Set-Cookie' => 'site=1'], ''],
    '/named'    => [200, ['X-Accel-Redirect' => '@named'], ''],
    '/failed'   => [500, [@html], $page],
    '/gone'     => undef,
    '/cut'      => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n<!DOCTYPE html><p>cut",
    '/empty'    => [200, [@html], ''],
    '/trailer'  => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" . sprintf("%x\r\n%s\r\n0\r\n\r\n", length $page, $page),
    '/go'       => [302, [Location => 'https://www.youtube.com/embed/b'], ''],
    '/auth'     => [204, ['Set-Cookie' => '_ga=1; auth=2'], ''],
    '/json'     => [200, ['Content-Type' => 'application/json'], '{"html": "<iframe src=https://www.youtube.com/embed/a>"}'],
);

$t->upstream(origin => sub { exists $answers{$_[0]->uri} ? $answers{$_[0]->uri} : [404, [@html], $page] });
$t->upstream(php => sub { [200, [@html], $page] }, protocol => 'fastcgi');
$t->upstream(websocket => sub {
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: _ga=1\r\nSet-Cookie: site=1\r\n\r\n"
        . '<iframe src="https://www.youtube.com/embed/a">';
});

# SCGI and uwsgi: one read holds such a request whole.
my $parent = $$;
my @children;

for my $name (qw(scgi uwsgi)) {
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $t->port($name), Listen => 16, ReuseAddr => 1) or die;
    my $child = fork // die;

    if ($child) {
        push @children, $child;
        next;
    }

    $SIG{TERM} = 'DEFAULT';
    $SIG{ALRM} = sub { POSIX::_exit(0) if getppid != $parent; alarm 2 };
    alarm 2;

    while (1) {
        my $socket = $listen->accept or next;
        sysread $socket, my $bytes, 65536;
        $t->write_file("$name.request", $bytes);
        syswrite $socket, "Status: 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: _ga=1\r\n\r\n$page";
        close $socket;
    }
}

END { kill TERM => @children if @children && $$ == $parent }

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;
    types { text/html html; }

    upstream kept { server 127.0.0.1:%%PORT_files%%; keepalive 4; }

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name localhost;
        root %%PREFIX%%/www;
        error_page 404 /missing.html;

        location /old/ { proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /new/ { proxy_http_version 1.1; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /unbuffered/ { proxy_http_version 1.1; proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /limited/ { proxy_http_version 1.1; proxy_buffering off; limit_rate 4k; limit_rate_after 100; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /kept/ { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept/; }
        location /spilled/ { proxy_buffers 2 1k; proxy_buffer_size 1k; proxy_busy_buffers_size 1k; proxy_max_temp_file_size 1m; proxy_pass http://127.0.0.1:%%PORT_files%%/; }
        location /stored/ { proxy_store %%PREFIX%%/stored$uri; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /php { include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:%%PORT_php%%; }
        location /phpbuffered { include /etc/nginx/fastcgi_params; fastcgi_buffering off; fastcgi_pass 127.0.0.1:%%PORT_php%%; }
        location /scgi { include /etc/nginx/scgi_params; scgi_pass 127.0.0.1:%%PORT_scgi%%; }
        location /uwsgi { include /etc/nginx/uwsgi_params; uwsgi_pass 127.0.0.1:%%PORT_uwsgi%%; }
        location /grpc/ { grpc_pass grpc://127.0.0.1:%%PORT_grpc%%; }
        location /ws { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:%%PORT_websocket%%; }

        location /static/ { alias %%PREFIX%%/www/; sendfile on; }
        location /threads/ { alias %%PREFIX%%/www/; aio threads; sendfile on; }
        location /direct/ { alias %%PREFIX%%/www/; directio 1; aio threads; }
        location /packed/ { alias %%PREFIX%%/www/; gzip_static on; }
        location /always/ { alias %%PREFIX%%/www/; gzip_static always; }
        location /compressed/ { alias %%PREFIX%%/www/; gzip on; gzip_min_length 1; }
        BROTLI
        location /return { default_type text/html; return 200 '<!DOCTYPE html><iframe src="https://www.youtube.com/embed/a"></iframe>'; }
        location /error { error_page 500 =200 /www.html; return 500; }
        location = /www.html { default_type text/html; return 200 '<!DOCTYPE html><iframe src="https://www.youtube.com/embed/a"></iframe>'; }
        location /return-500 { error_page 500 @named; return 500; }
        location /ssi/ { alias %%PREFIX%%/www/; ssi on; }
        location /wait/ { alias %%PREFIX%%/www/; ssi on; }
        location /added/ { alias %%PREFIX%%/www/; add_before_body /static/part.html; add_after_body /new/page; }
        location /subbed/ { sub_filter '<p>text</p>' '<img src="https://i.ytimg.com/a.png">'; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /authed/ { auth_request /authorize; auth_request_set $set $upstream_http_set_cookie; add_header Set-Cookie $set;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location = /authorize { internal; proxy_pass http://127.0.0.1:%%PORT_origin%%/auth; }
        location /mirrored/ { mirror /copy; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location = /copy { internal; proxy_pass http://127.0.0.1:%%PORT_origin%%/copied; }
        location /internal/ { internal; alias %%PREFIX%%/www/; }
        location /tried/ { try_files $uri @named; }
        location @named { rewrite ^ /page.html break; proxy_pass http://127.0.0.1:%%PORT_files%%; }
        location /intercepted/ { proxy_intercept_errors on; error_page 500 502 /static/page.html; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /index/ { alias %%PREFIX%%/www/; index page.html; }
        location /listed/ { alias %%PREFIX%%/www/list/; autoindex on; }
        location /chosen { if ($http_cookie ~ site) { proxy_pass http://127.0.0.1:%%PORT_origin%%; } return 403; }
        location /limited-except { limit_except GET { deny all; } default_type text/html; return 200 '<iframe src="https://www.youtube.com/embed/a">'; }
        location /switch/ { consent off; error_page 404 = /new/page; alias %%PREFIX%%/none/; }
    }

    server { listen 127.0.0.1:%%PORT_files%%; consent off; root %%PREFIX%%/www; default_type text/html; }
    server { listen 127.0.0.1:%%PORT_grpc%% http2; consent off; default_type text/html; location / { root %%PREFIX%%/www; add_header Set-Cookie "_ga=1; x=$http_cookie"; } }
EOC

my $conf = $t->read_file('nginx.conf');
my $text = $brotli ? "location /br/ { alias $t->{prefix}/www/; brotli on; brotli_min_length 1; } location /br-static/ { alias $t->{prefix}/www/; brotli_static on; }" : '';
$t->write_file('nginx.conf', $conf =~ s/BROTLI/$text/r);

$t->write_file('www/page.html', $page);
$t->write_file('www/grpc/page.html', $page);
$t->write_file('www/page.html.gz', $packed);
$t->write_file('www/page.html.br', 'not to be sent');
$t->write_file('www/list/a.html', $page);
$t->write_file('www/part.html', '<div>part <img src="https://i.ytimg.com/vi/x.jpg"></div>');
$t->write_file('www/missing.html', $page);
$t->write_file('www/ssi.html', '<!DOCTYPE html><body><!--#include virtual="/static/part.html" --><!--#include virtual="/new/page" -->'
    . '<!--#include virtual="/new/gzip" --><!--#include virtual="/_choices/table" --><p>end');
$t->write_file('www/wait.html', '<!DOCTYPE html><body><!--#include virtual="/new/late" wait="yes" --><!--#include virtual="/new/page" set="x" --><!--#echo var="x" encoding="none" -->');
$t->write_file('www/big.html', '<!DOCTYPE html><title>big</title><body>'
    . (('<p>some text of a page</p>' x 50 . '<img src="https://i.ytimg.com/x.png">') x 4_000));
$t->write_file('www/dense.html', '<!DOCTYPE html><title>big</title><body>' . ('<p>text</p><img src="https://i.ytimg.com/x.png">' x 100_000));

$t->allow_log(qr/encoding that cannot be undone|upstream answered 103/);
$t->run;

my @page = (Accept => 'text/html', Cookie => 'site=1; _ga=GA1');

sub is_read {
    my ($r, $name) = @_;

    my $body = $r->text =~ s/ data-ngxc-tag="[^"]*"//gr;

    like($body, qr/data-ngxc="youtube"/, "$name is neutralised");
    unlike($body, qr{<(?:img|iframe|script)[^>]* src=["']?https:}, "$name loads nothing");
    ok(!(grep { /^_ga=\d/ } $r->headers('Set-Cookie')), "$name sets no cookie of a refused service");
}

subtest 'an upstream' => sub {
    for my $path (qw(/old/page /old/http10 /old/gzip /new/page /new/http10 /new/late /new/bytes /new/gzip /new/trailer /unbuffered/page /unbuffered/http10
        /unbuffered/late /unbuffered/bytes /unbuffered/gzip /limited/bytes /kept/page.html /kept/page.html /spilled/page.html /stored/page /php
        /phpbuffered /scgi /uwsgi)) {
        my $r = $t->get($path, @page);

        is($r->status, 200, "$path is answered");
        ok($r->complete, "$path is whole");
        is_read($r, $path);
    }

    is($t->last_request('php')->params->{HTTP_COOKIE}, 'site=1', 'FastCGI sees no cookie of a refused service');
    unlike($t->read_file("$_.request"), qr/_ga/, "$_ neither") for qw(scgi uwsgi);
    is($t->read_file('stored/stored/page'), $page, 'proxy_store keeps what came');

    my $grpc = $t->curl('/grpc/page.html', '-port' => 'tls', '-H', 'Accept: text/html', '-H', 'Cookie: site=1; _ga=GA1');
    is_read($grpc, 'gRPC\'s way');
    unlike(join(' ', $grpc->headers('Set-Cookie')), qr/GA1/, 'whose upstream sees no cookie either');
};

subtest 'a file' => sub {
    for my $path (map({ "/$_/page.html" } qw(static threads direct packed always compressed index)), '/index/', '/return', '/none', '/limited-except') {
        my $r = $t->get($path, @page, 'Accept-Encoding' => 'gzip');
        is_read($r, $path);
        ok($r->complete, "$path is whole");
    }

    is($t->get('/listed/', @page)->status, 200, 'a list of files is answered');
};

subtest 'Debian\'s brotli' => sub {
    plan(skip_all => 'not here') unless $brotli;

    my $r = $t->get('/br/page.html', @page, 'Accept-Encoding' => 'br');
    is($r->header('Content-Encoding'), 'br', 'compresses behind the filter');
    cmp_ok(length $r->body, '<', length($t->get('/br/page.html', @page)->body) / 2, 'as it does');

    for my $accept ('br', 'gzip, br') {
        $r = $t->get('/br-static/page.html', @page, 'Accept-Encoding' => $accept);
        is($r->header('Content-Encoding'), undef, "brotli_static is not asked ($accept)");
        is_read($r, 'the page');
    }

    $r = $t->get('/br-static/page.html', 'Sec-Fetch-Dest' => 'image', 'Accept-Encoding' => 'br');
    is($r->header('Content-Encoding'), 'br', 'but for what is no page');
    like($r->header('Content-Security-Policy'), qr/sandbox/, 'which a cache keeps in quarantine');
};

subtest 'streams side by side' => sub {
    my @paths = qw(/static/big.html /unbuffered/slow /new/bytes /old/gzip /static/dense.html /php /events/x /ssi/ssi.html);
    my $said = Gateway::run_command('curl', '-sSk', '--http2', '--parallel', '-H', 'Accept: text/html', '-w', '%{http_version} %{num_connects} %{http_code}\\n',
        map { ('-o', $t->file("stream-$_"), $t->url($paths[$_], 'tls') =~ s/^http:/https:/r) } 0 .. $#paths);

    is((() = $said =~ /^2 1 /mg), 1, 'share one connection of HTTP/2');
    is((() = $said =~ /^2 \d 200$/mg), @paths - 1, 'are answered');

    for my $n (grep { $paths[$_] ne '/events/x' && $paths[$_] ne '/unbuffered/slow' } 0 .. $#paths) {
        my $body = $t->read_file("stream-$n") =~ s/ data-ngxc-tag="[^"]*"//gr;

        like($body, qr/data-ngxc="youtube"/, "$paths[$n] is neutralised");
        unlike($body, qr{<(?:img|iframe|script)[^>]* src=["']?https:}, "$paths[$n] loads nothing");
    }

    is((() = $t->read_file('stream-0') =~ /<p>some text/g), 200_000, 'and each is whole');
    is((() = $t->read_file('stream-4') =~ /<p>text/g), 100_000, 'however long');
    like($t->read_file('stream-1'), qr/<p>first.*<p>last/s, 'and however slow');
};

subtest 'what is composed' => sub {
    is_read($t->get($_, @page), $_) for qw(/ssi/ssi.html /wait/wait.html /added/page.html /subbed/page);

    my $body = $t->get('/ssi/ssi.html', @page)->body;
    like($body, qr/youtube.*<table|<table.*youtube/s, 'SSI includes the cookie table');
    is(() = $body =~ /<p>more text/g, 100, 'and two pages, one of them compressed');

    my @asked = grep { $_->uri =~ m{^/(?:page|gzip|late)$} } $t->requests('origin');
    ok(!(grep { ($_->header('Cookie') // '') =~ /_ga/ } @asked), 'subrequests carry no cookie of a refused service');
};

subtest 'where a request is led' => sub {
    for my $path ('/old/accel', '/old/named', '/error', '/return-500', '/tried/x', '/intercepted/failed', '/intercepted/gone', '/switch/x', '/mirrored/page') {
        is_read($t->get($path, @page), $path);
    }

    is_deeply([grep { !/Max-Age=0/ } $t->get('/old/accel', @page)->headers('Set-Cookie')], ['site=1'], 'X-Accel-Redirect keeps the site\'s cookie only');
    is($t->get('/internal/page.html', @page)->status, 404, 'internal locations stay so');
    is_read($t->get('/authed/page', @page), 'behind auth_request');
    is_deeply([grep { !/Max-Age=0/ } $t->get('/authed/page', @page)->headers('Set-Cookie')], ['site=1'], 'whose cookie that add_header passed on is judged, too');

    wait_until(sub { grep { $_->uri eq '/copied' } $t->requests('origin') }, 2);
    my ($copied) = grep { $_->uri eq '/copied' } $t->requests('origin');
    is($copied->header('Cookie'), 'site=1', 'a mirror sees what the upstream sees');
};

subtest 'a redirect of what a page loads' => sub {
    my $r = $t->get('/old/go', 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate', Accept => 'text/html');
    is($r->header('Location'), 'https://www.youtube.com/embed/b', 'leads a visitor wherever he goes');

    for my $dest (qw(script image style font empty)) {
        $r = $t->get('/old/go', 'Sec-Fetch-Dest' => $dest);
        is($r->status, 204, "but no $dest to a refused service");
        is($r->header('Location'), undef, 'in any way');
    }

    is($t->get('/old/go', Accept => 'image/*')->status, 204, 'where a browser says less, neither');

    $r = $t->get('/old/go', 'Sec-Fetch-Dest' => 'iframe', 'Sec-Fetch-Mode' => 'navigate', Accept => 'text/html');
    is($r->header('Location'), '/_choices/embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fb', 'and a frame to its placeholder');

    my ($choice) = $t->post('/_choices/', [decision => 'accept-all'], 'Sec-Fetch-Site' => 'same-origin')->header('Set-Cookie') =~ /^([^;]+)/;
    is($t->get('/old/go', 'Sec-Fetch-Dest' => 'script', Cookie => $choice)->status, 302, 'an accepted one may be led to');
};

subtest 'answers that are no page' => sub {
    my $r = $t->get('/old/none', @page);
    is($r->status, 204, '204 stays');
    is_deeply([grep { !/Max-Age=0/ } $r->headers('Set-Cookie')], ['site=1'], 'with the site\'s cookie only');

    is($t->get('/old/json', @page)->body, $answers{'/json'}[2], 'JSON passes');
    is($t->get('/old/empty', @page)->body, '', 'an empty page is empty');
    is($t->head('/old/page', @page)->status, 200, 'HEAD is answered');

    # Where nginx is too old to tell a 103 apart, the answer proper would be the body of it. early-hints.t has the others.
    $r = $t->get('/new/hints', @page);
    is($r->status, $t->version < 1029000 ? 502 : 200, 'a page behind early hints does not slip through as their body');
    unlike($r->raw, qr{youtube\.com/a\.js}, 'nor what they name');
};

subtest 'a page that breaks off' => sub {
    my $r = $t->get('/new/cut', @page);

    ok(!$r->complete, 'is seen to');
    like($r->body, qr/<p>cut/, 'and what came has gone on');
};

subtest 'a client of HTTP/1.0' => sub {
    my $r = $t->send("GET /new/page HTTP/1.0\r\nAccept: text/html\r\n\r\n");

    is_read($r, 'the page');
    is($r->header('Transfer-Encoding'), undef, 'without chunks');
    is_read(scalar $t->send("GET /new/gzip HTTP/1.0\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n"), 'a compressed one');
};

subtest 'UTF-16 whose header comes first' => sub {
    for my $where ('new', 'unbuffered', 'limited') {
        my $r = $t->get("/$where/utf16late", @page);
        like($r->header('Content-Security-Policy') // '', qr/sandbox/, "is in quarantine, $where");
    }
};

subtest 'a websocket' => sub {
    my $c = $t->connect;

    $c->write("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: site=1; _ga=GA1\r\n\r\n");

    my $bytes = $c->read_until(qr/embed\/a">/);
    like($bytes, qr{^HTTP/1\.1 101 }, 'is opened');
    like($bytes, qr{<iframe src="https://www\.youtube\.com/embed/a">$}, 'and nothing of it is touched');
    unlike($bytes, qr/Set-Cookie: _ga/, 'but its cookie');
    like($bytes, qr/Set-Cookie: site=1/, 'of the refused service');
    is($t->last_request('websocket')->header('Cookie'), 'site=1', 'in either direction');
};

subtest 'a stream' => sub {
    my $events = $t->connect;
    my $begun = Time::HiRes::time();

    $events->write("GET /unbuffered/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n");
    like($events->read_until(qr/<\/script>/), qr/src="https:\/\/www\.youtube/, 'of events passes untouched');
    cmp_ok(Time::HiRes::time() - $begun, '<', 0.8, 'and at once');
    $events->read_all;

    my $c = $t->connect;
    my $start = Time::HiRes::time();

    $c->write("GET /unbuffered/slow HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    like($c->read_until(qr/<p>first/), qr/<p>first/, 'of HTML begins');
    cmp_ok(Time::HiRes::time() - $start, '<', 0.8, 'when it does');
};

subtest 'bytes held back by a limit of the rate' => sub {
    (my $limited = $t->get('/limited/bytes', @page, -timeout => 15)->body) =~ s/limited/new/g;

    is($limited, $t->get('/new/bytes', @page)->body, 'are neither lost nor sent twice');
};

# The kernel's buffers are made small, so that nginx has to wait.
sub slow {
    my ($path, @headers) = @_;

    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die;
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
    connect $socket, Socket::pack_sockaddr_in($t->port, Socket::inet_aton('127.0.0.1')) or die;
    syswrite $socket, Gateway::HTTP::request('GET', $path, undef, @page, @headers);

    return $socket;
}

sub size {
    my ($worker) = map { /^\s*(\d+)/ ? $1 : () } grep { /worker process/ } `ps -o pid=,args= --ppid \$(cat ${\ $t->file('nginx.pid')})`;

    return $worker ? (slurp("/proc/$worker/status") =~ /VmRSS:\s+(\d+)/)[0] : 0;
}

subtest 'a slow client' => sub {
    for my $case (['/static/big.html'], ['/compressed/big.html', 'Accept-Encoding' => 'gzip'], ['/spilled/big.html']) {
        my ($path, @headers) = @$case;
        my $socket = slow($path, @headers);
        my $bytes = '';

        Time::HiRes::sleep(0.3);

        while (1) {
            my $ready = IO::Select->new($socket)->can_read(5);
            ok(0, "$path stalls after " . length $bytes), last unless $ready;
            sysread $socket, $bytes, 65536, length $bytes or last;
        }

        my ($r) = Gateway::HTTP::parse($bytes, 'GET');
        ok($r->complete, "$path arrives whole");
        is(() = $r->text =~ /<p>some text/g, 200_000, "$path with all that is in it");
    }
};

subtest 'two hundred slow clients of 5 MB each' => sub {
    plan(skip_all => 'measured on nginx itself') if $ENV{NGXC_VALGRIND} || $ENV{NGXC_NGINX};

    for my $case (['big', 192], ['dense', 768]) {
        my ($name, $limit) = @$case;
        my $before = size();
        my @sockets = map { slow("/static/$name.html") } 1 .. 200;

        for (1 .. 3) {
            for my $socket (@sockets) {
                sysread $socket, my $bytes, 4096;
            }

            Time::HiRes::sleep(0.1);
        }

        my $grown = (size() - $before) / 200;
        cmp_ok($grown, '<', $limit, sprintf '%s: take %d KB each', $name, $grown);
    }
};

done_testing();
