#!/usr/bin/perl

# A style sheet of the site loads nothing of a service that is not accepted; one that names none is as public as the site made it.

use lib 't/lib';
use Gateway;

use IO::Compress::Gzip qw(gzip);
use IO::Uncompress::Gunzip qw(gunzip);

my $t = Gateway->new;

my %policy = (site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr', 'en'],
    hosts => ['ville.example']);
my %own = (purpose => 'content', provider => { name => 'P', privacy_policy => 'https://p.example/' }, description => { fr => 'x', en => 'x' });

my @services = (
    'google-fonts',
    { use => 'matomo', paths => ['/stats/'] },
    { id => 'socle', name => 'Socle', %own, purpose => 'necessary', basis => 'necessary', match => { urls => ['socle.example'] } },
    { id => 'meteo', name => 'Météo', %own, match => { urls => ['meteo.example'] } },
);

$t->keys;
$t->policy({ %policy, services => \@services });
$t->policy({ %policy, services => [@services, 'youtube'] }, 'other.json');
$t->policy({ %policy, services => \@services, unknown => { hosts => 'block' } }, 'closed.json');
$t->policy({ %policy, services => \@services, unknown => { services => 'report' } }, 'open.json');

my $fonts = '@import url("https://fonts.googleapis.com/css2?family=Roboto&display=swap");';
my $theme = qq{\@charset "utf-8";\n$fonts\nbody{font-family:Roboto;background:url(../img/fond.png)}\n}
    . "\@font-face{font-family:I;src:url(//fonts.gstatic.com/i.woff2)}\n";
my $without = $theme =~ s/https:\S+swap|\/\/fonts\.gstatic\.com\/i\.woff2/about:invalid#ngxc-google-fonts/gr;
my $plain = "body{color:#222;background:url(/img/fond.png)}\n/* $fonts */\n" . "p{margin:0}\n" x 200;

my $modified = 'Wed, 21 Oct 2015 07:28:00 GMT';
my @validators = (ETag => '"v1"', 'Last-Modified' => $modified);
my @public = ('Cache-Control' => 'public, max-age=31536000', Expires => 'Wed, 21 Oct 2037 07:28:00 GMT', 'Accept-Ranges' => 'bytes');
my @css = ('Content-Type' => 'text/css');

sub zip { my ($bytes) = @_; gzip(\$bytes => \my $out, -Time => 0); return $out }

my $zeros = 'a{color:red}' x 2_000_000;

my %sheet = (
    '/theme.css'   => [[@css, @validators, @public], $theme],
    '/plain.css'   => [[@css, @validators, @public], $plain],
    '/dated.css'   => [[@css, 'Last-Modified' => $modified], $plain],
    '/dated-theme.css' => [[@css, 'Last-Modified' => $modified], $theme],
    '/weak.css'    => [[@css, ETag => 'W/"v1"'], $plain],
    '/bare.css'    => [[@css], $plain],
    '/empty.css'   => [[@css], ''],
    '/charset.css' => [['Content-Type' => 'Text/CSS; charset="UTF-8"'], $theme],
    '/bom.css'     => [[@css], "\xef\xbb\xbf$theme"],
    '/untyped'     => [[@validators, @public], $theme],
    '/untyped-plain' => [[@validators, @public], $plain],
    '/text.css'    => [['Content-Type' => 'text/plain', @validators, @public], $theme],
    '/style.php'   => [['Content-Type' => 'text/html', @validators, @public], $theme],
    '/page.css'    => [['Content-Type' => 'text/html', @validators, @public], '<!DOCTYPE html><iframe src="https://www.youtube.com/embed/a"></iframe>'],
    '/script.js'   => [['Content-Type' => 'text/javascript', @validators, @public], $theme],
    '/missing.css' => [[@css], $theme, 404],
    '/error.html'  => [['Content-Type' => 'text/html'], '<!DOCTYPE html><title>404</title><p>Pas de page', 404],
    '/own.css'     => [[@css], 'a{b:url(stats/matomo.js)}b{c:url(/other/fond.png)}c{d:url("https://ville.example/stats/p.gif")}'],
    '/socle.css'   => [[@css, @validators, @public], '@import "https://socle.example/base.css";'],
    '/unknown.css' => [[@css, @validators, @public], 'a{b:url(https://elsewhere.example/x.png)}b{c:url(/own.png)}'],
    '/unlisted.css' => [[@css, @validators, @public], 'a{b:url(https://www.youtube.com/x.png)}'],
    '/utf16'       => [[@css], "\xff\xfe" . join '', map { "$_\0" } split //, $theme],
    '/utf16-named' => [['Content-Type' => 'text/css; charset=utf-16'], join '', map { "$_\0" } split //, $theme],
    '/jis'         => [[@css], qq{\@charset "iso-2022-jp";\n$theme}],
    '/gzip-plain'  => [[@css, @validators, @public, 'Content-Encoding' => 'gzip'], zip($plain)],
    '/gzip'        => [[@css, @validators, @public, 'Content-Encoding' => 'gzip', Vary => 'Accept-Encoding'], zip($theme)],
    '/x-gzip'      => [[@css, 'Content-Encoding' => 'X-GZip'], zip($theme)],
    '/members'     => [[@css, 'Content-Encoding' => 'gzip'], zip($plain) . zip($theme)],
    '/padded'      => [[@css, 'Content-Encoding' => 'gzip'], zip($plain) . "\0" x 20],
    '/cut'         => [[@css, 'Content-Encoding' => 'gzip'], substr zip($plain), 0, 60],
    '/no-gzip'     => [[@css, 'Content-Encoding' => 'gzip'], $plain],
    '/bomb'        => [[@css, 'Content-Encoding' => 'gzip'], zip($zeros)],
    '/br'          => [[@css, 'Content-Encoding' => 'br'], 'brotli'],
    '/twice'       => [[@css, 'Content-Encoding' => 'gzip', 'Content-Encoding' => 'gzip'], zip(zip($theme))],
    '/long'        => [[@css, @validators, @public], $plain x 300],
    '/long-theme'  => [[@css, @validators, @public], ($plain x 300) . $theme],
    '/accel'       => [['X-Accel-Redirect' => '/files/theme.css'], ''],
);

$t->upstream(origin => sub {
    my ($request) = @_;
    my $uri = $request->uri;
    my $cut = $uri =~ s{^/pieces/(\d+)}{} ? $1 : 0;
    my $late = $uri =~ s{^/late}{};
    my $chunked = $uri =~ s{^/chunked}{};
    my ($headers, $body, $status) = @{ $sheet{$uri} // [[], '', 404] };
    my %headers = @$headers;
    my $match = $request->header('If-None-Match');

    return [206, [@$headers, 'Content-Range' => 'bytes 0-9/' . length $body], substr $body, 0, 10]
        if ($request->header('Range') // '') =~ /^bytes=/ || $uri eq '/partial';

    return [304, $headers] if $request->method =~ /GET|HEAD/ && !$status && (defined $match ? $match eq ($headers{ETag} // '')
        : ($request->header('If-Modified-Since') // '') eq ($headers{'Last-Modified'} // '-'));

    return [200, [@$headers, 'Transfer-Encoding' => 'chunked'], [unpack "(a$cut)*", $body]] if $cut;
    return [200, [@$headers, 'Transfer-Encoding' => 'chunked'], [substr($body, 0, 5), \0.3, substr($body, 5)]] if $late;
    return [200, [@$headers, 'Transfer-Encoding' => 'chunked'], [unpack '(a16000)*', $body]] if $chunked;
    return [$status // 200, $headers, $body];
});

my $locations = <<'EOC';
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /unbuffered/ { proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /compressed/ { gzip on; gzip_types text/css; gzip_min_length 1; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /gunzip/ { gunzip on; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /sub/ { sub_filter_types text/css; sub_filter '#222' '#333'; sub_filter_once off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /cached/ { proxy_cache sheets; proxy_cache_key $uri; proxy_cache_valid 200 1h; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /static/ { alias %%PREFIX%%/static/; expires 1y; }
        location /sendfile/ { alias %%PREFIX%%/static/; sendfile on; }
        location /zipped/ { alias %%PREFIX%%/static/; sendfile on; gzip on; gzip_types text/css; }
        location /threads/ { alias %%PREFIX%%/static/; sendfile on; aio threads; output_buffers 1 512; }
        location /precompressed/ { alias %%PREFIX%%/static/; gzip_static on; sendfile on; }
        location /ssi/ { alias %%PREFIX%%/static/; ssi on; ssi_types text/css; }
        location /files/ { internal; alias %%PREFIX%%/static/; }
        location = /returned.css { default_type text/css; return 200 'a{b:url(//fonts.gstatic.com/x)}'; }
        location /absent/ { root %%PREFIX%%; error_page 404 /error.html; }
EOC

$t->http(<<"EOC");
    types { text/css css; text/html html; }
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_zone counters:1m;
    proxy_http_version 1.1;
    proxy_cache_path %%PREFIX%%/cache keys_zone=sheets:1m;

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name ville.example;
        consent on;
        consent_policy policy.json;
$locations
        location /open/ { consent off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
    }
    server { listen 127.0.0.1:%%PORT_off%%; server_name ville.example;
$locations
    }
    server { listen 127.0.0.1:%%PORT_monitor%%; server_name ville.example; consent monitor; consent_policy policy.json;
$locations
    }
    server { listen 127.0.0.1:%%PORT_other%%; server_name ville.example; consent on; consent_policy other.json;
$locations
    }
    server { listen 127.0.0.1:%%PORT_closed%%; server_name ville.example; consent on; consent_policy closed.json;
$locations
    }
    server { listen 127.0.0.1:%%PORT_open%%; server_name ville.example; consent on; consent_policy open.json;
$locations
    }
    server { listen 127.0.0.1:%%PORT_status%%; location / { consent_status; } }
EOC

$t->certificate('ville.example');
mkdir $t->file('static');
$t->write_file('static/theme.css', $theme);
$t->write_file('static/plain.css', $plain);
$t->write_file('static/large.css', $plain x 60);
$t->write_file('static/part.css', $fonts);
$t->write_file('static/composed.css', 'a{color:red}<!--#include virtual="/static/part.css" -->');
$t->write_file('static/small.css', 'a{b:c}' x 500);
$t->write_file('static/small.css.gz', zip('a{b:c}' x 500));
$t->write_file('static/strange.css', $theme x 50);
$t->write_file('static/strange.css.gz', zip($theme x 50));
$t->run;

my @host = (Host => 'ville.example', 'Sec-Fetch-Dest' => 'style', 'Sec-Fetch-Mode' => 'no-cors');

sub choice {
    my $r = $t->post('/_choices/', [@_], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');

    return (Cookie => ($r->header('Set-Cookie') =~ /^([^;]+)/)[0]);
}

my %state = (
    'no choice' => [],
    'all'       => [choice(decision => 'accept-all')],
    'none'      => [choice(decision => 'refuse-all')],
    'fonts'     => [choice(decision => 'save', 'service.google-fonts' => 'accept', 'service.meteo' => 'refuse')],
    'GPC'       => ['Sec-GPC' => 1],
);
my @all = @{ $state{all} };

# Header and body, in chunks or not, but for what is another at another time.
sub told {
    my ($r, @but) = @_;
    my $but = join '|', 'Date', @but;
    my ($header) = $r->raw =~ /^(.*?\r\n\r\n)/s;

    return ($header =~ s/^(?:$but): .*\r\n//mgr) . $r->body;
}

sub is_private {
    my ($r, $name) = @_;

    is(join(', ', $r->headers('Cache-Control')), 'private, no-cache', "$name is private");
    like(join(', ', $r->headers('Vary')), qr/\bCookie$/, 'depends on the cookie');
    is($r->header($_), undef, "has no $_") for 'Expires', 'Last-Modified', 'Accept-Ranges';
}

# What the visitor may come to refuse. Browsers keep style sheets in memory, whence "back" takes them without asking.
sub is_kept_nowhere {
    my ($r, $name) = @_;

    is(join(', ', $r->headers('Cache-Control')), 'private, no-cache, no-store', "$name is kept nowhere");
    is($r->header($_), undef, "has no $_") for 'ETag', 'Expires', 'Last-Modified', 'Accept-Ranges';
}

sub is_public {
    my ($path, @headers) = @_;

    my ($on, $off) = map { $t->get($path, @host, @headers, -port => $_) } 0, 'off';

    is(told($on, 'ETag', 'Accept-Ranges'), told($off, 'ETag', 'Accept-Ranges'), "$path is what it would be without the gateway");
    is($on->header('Vary'), $off->header('Vary'), 'for everybody');
}

subtest 'a sheet that names a service' => sub {
    for my $path ('/theme.css', '/static/theme.css', '/sendfile/theme.css', '/cached/theme.css', '/charset.css', '/unbuffered/theme.css') {
        for my $state (sort keys %state) {
            my $r = $t->get($path, @host, @{ $state{$state} });

            if ($state =~ /all|fonts/) {
                is($r->body, $theme, "$path, $state: is sent whole");
                is_kept_nowhere($r, 'it');
            } else {
                is($r->body, $without, "$path, $state: loads nothing");
                is_private($r, 'it');
            }
        }
    }
};

subtest 'a sheet that names none' => sub {
    is_public($_), is_public($_, @all) for '/plain.css', '/dated.css', '/weak.css', '/bare.css', '/empty.css', '/static/plain.css',
        '/sendfile/large.css', '/threads/large.css', '/zipped/large.css', '/cached/plain.css', '/socle.css', '/unknown.css', '/sub/plain.css';

    is($t->get('/plain.css', @host)->header('ETag') =~ /^"ngxc-\w+-\d+-sv1"$/, 1, 'its validator is as strong as the site made it');
    is($t->get('/weak.css', @host)->header('ETag') =~ m{^W/"ngxc-\w+--wv1"$}, 1, 'or as weak');
    is($t->get('/bare.css', @host)->header('ETag'), undef, 'or absent');
    is($t->get('/plain.css', @host, @all)->header('ETag'), $t->get('/plain.css', @host)->header('ETag'), 'and the same for everybody');
    like($t->get('/zipped/large.css', @host, 'Accept-Encoding' => 'gzip')->header('Content-Encoding'), qr/gzip/, 'is compressed as before');
};

for my $path ('/theme.css', '/dated-theme.css', '/cached/theme.css', '/cached/dated-theme.css', '/static/theme.css') {
    subtest "$path: every state before, every state after" => sub {
        for my $before ('no choice', 'none', 'GPC') {
            my $r = $t->get($path, @host, @{ $state{$before} });

            for my $after (sort keys %state) {
                my $again = $t->get($path, @host, @{ $state{$after} }, 'If-None-Match' => $r->header('ETag'));

                is($again->status, $before eq $after ? 304 : 200, "$before, then $after");
                is_private($again, 'a 304') if $again->status == 304;
                is($again->header('ETag'), $r->header('ETag'), 'a 304 says the same') if $again->status == 304;
            }
        }
    };
}

subtest 'a sheet that names no service is confirmed to everybody' => sub {
    for my $path ('/plain.css', '/dated.css', '/weak.css', '/cached/plain.css', '/cached/dated.css', '/static/plain.css', '/sendfile/large.css') {
        my $r = $t->get($path, @host);
        my @date = $r->header('Last-Modified') ? ('If-Modified-Since' => $r->header('Last-Modified')) : ();
        my @tag = ('If-None-Match' => $r->header('ETag'));

        for my $headers ([@tag], [@tag, @date], [@date, @tag]) {
            my $again = $t->get($path, @host, @all, @$headers);

            is($again->status, 304, "$path: " . join ' ', grep { /^If/ } @$headers);
            is($again->header($_), $r->header($_), "says the same $_") for 'ETag', 'Cache-Control', 'Expires', 'Vary';
        }

        is($t->get($path, @host, @tag, -port => 'other')->status, 200, 'but not under another policy');
        is($t->get($path, Host => 'ville.example', Accept => '*/*', @tag)->status, 304, 'whatever it is asked for');
    }
};

subtest 'what was kept before there was a gateway' => sub {
    for my $path ('/theme.css', '/plain.css', '/static/theme.css', '/cached/theme.css') {
        my $kept = $t->get($path, @host, -port => 'off');

        for my $ask (\@host, [Host => 'ville.example', Accept => 'text/css,*/*;q=0.1']) {
            is($t->get($path, @$ask, 'If-None-Match' => $kept->header('ETag'))->status, 200, "$path: is not confirmed by its tag");
            is($t->get($path, @$ask, 'If-Modified-Since' => $kept->header('Last-Modified'))->status, 200, 'nor by its date');
            is($t->get($path, @$ask, 'If-None-Match' => $kept->header('ETag'), 'If-Modified-Since' => $kept->header('Last-Modified'))->status,
                200, 'nor by both');
        }
    }
};

subtest 'what a browser takes for a style sheet' => sub {
    my @http = (Host => 'ville.example', Accept => 'text/css,*/*;q=0.1');

    is($t->get('/theme.css', Host => 'ville.example', Accept => '*/*')->body, $without, 'text/css, whoever asks for it');
    is($t->get('/theme.css', Host => 'ville.example', 'Sec-Fetch-Dest' => 'document', Accept => 'text/html')->body, $without, 'even shown as text');
    is($t->get('/bom.css', @host)->body, "\xef\xbb\xbf$without", 'behind a byte order mark');

    for my $ask (\@host, \@http) {
        for my $path ('/untyped', '/text.css', '/style.php') {
            my $r = $t->get($path, @$ask);

            is($r->body, $without, "$path, where one was asked for: a page in quirks mode takes it");
            is_private($r, 'what may be shown as a page, too,');
            is($r->header('ETag'), undef, 'and never confirmed');
            is($t->get($path, @$ask, @all)->body, $theme, 'accepted: whole');
        }
    }

    is_private($t->get('/untyped-plain', @host), 'even without a service');

    my $page = $t->get('/page.css', Host => 'ville.example', Accept => 'text/html');
    like($page->body, qr/data-ngxc="" .*ngxc-banner|<iframe/s, 'a page stays a page to who asks for one');
    is($t->get('/text.css', Host => 'ville.example', Accept => '*/*')->body, $theme, 'text is text to everybody else');
    is($t->get('/script.js', Host => 'ville.example', 'Sec-Fetch-Dest' => 'script')->body, $theme, 'a script is none');
    is($t->get('/missing.css', @host)->body, $without, 'an error of type text/css');
    like($t->get('/absent/x.css', @host)->body, qr/Pas de page/, 'an error that is a page is none');
};

subtest 'whose it is' => sub {
    my $r = $t->get('/own.css', @host);

    is($r->body, 'a{b:url(about:invalid#ngxc-matomo)}b{c:url(/other/fond.png)}c{d:url("about:invalid#ngxc-matomo")}',
        'a service under a path of the site itself, relative to the sheet');
    is($t->get('/own.css', @host, @all)->body, $sheet{'/own.css'}[1], 'accepted');

    is($t->get('/unknown.css', @host, -port => 'closed')->body, 'a{b:url(about:invalid#ngxc-)}b{c:url(/own.png)}', 'of nobody, where that is closed');
    is_private($t->get('/unknown.css', @host, -port => 'closed'), 'such a sheet');
    is($t->get('/unlisted.css', @host)->body, 'a{b:url(about:invalid#ngxc-youtube)}', 'of a service that the policy does not list');
    is_private($t->get('/unlisted.css', @host), 'such a sheet');
    is($t->get('/unlisted.css', @host, -port => 'open')->body, $sheet{'/unlisted.css'}[1], 'or that it lets through');
    is_private($t->get('/unlisted.css', @host, -port => 'open'), 'but may come to list, so that it');
};

subtest 'compressed by the site' => sub {
    my @zip = ('Accept-Encoding' => 'gzip, br');

    is_public('/gzip-plain', @zip);
    is_public('/padded', @zip);
    is($t->get('/gzip-plain', @host, @zip)->body, zip($plain), 'without a service: the very bytes');
    is($t->last_request('origin')->header('Accept-Encoding'), 'gzip', 'what can be undone is asked for');

    for my $path ('/gzip', '/x-gzip', '/unbuffered/gzip', '/pieces/1/gzip', '/pieces/7/gzip') {
        my $r = $t->get($path, @host, @zip);

        is($r->body, $without, "$path: undone and read");
        is($r->header('Content-Encoding'), undef, 'says so');
        is($t->get($path, @host, @zip, @all)->body, $theme, 'accepted');
    }

    is(join(', ', $t->get('/gzip', @host, @zip)->headers('Vary')), 'Accept-Encoding, Cookie', 'depends on both');
    is($t->get('/members', @host, @zip)->body, $plain . $without, 'in several members');
    is($t->get('/gunzip/gzip', @host)->body, $without, 'undone by gunzip');

    my $r = $t->get('/compressed/gzip', @host, @zip);
    gunzip(\($r->body) => \my $body);
    is($r->header('Content-Encoding'), 'gzip', 'compressed again where nginx does so');
    is($body, $without, 'and read');

    is($t->get('/precompressed/small.css', @host, @zip)->body, zip('a{b:c}' x 500), 'gzip_static goes on');
    is($t->get('/precompressed/small.css', @host, @zip)->header('Content-Encoding'), 'gzip', 'compressed');
    is($t->get('/precompressed/strange.css', @host, @zip)->body, $without x 50, 'but for a service');
    is($t->get('/precompressed/strange.css', @host)->body, $without x 50, 'with a client that takes none, too');
};

subtest 'what cannot be read' => sub {
    for my $path ('/br', '/twice', '/no-gzip', '/cut', '/bomb', '/utf16', '/utf16-named', '/jis', '/partial', '/pieces/1/utf16', '/pieces/3/jis') {
        my $r = $t->get($path, @host, 'Accept-Encoding' => 'gzip');

        is($r->status, 502, "$path is not sent");
        unlike($r->body, qr/fonts\./, 'no part of it');
        is($r->header('Content-Encoding'), undef, 'nor said to be compressed');
    }

    like($t->log, qr/a style sheet that cannot be read/, 'the log says so');
};

subtest 'parts' => sub {
    for my $path ('/plain.css', '/static/plain.css', '/cached/plain.css', '/sendfile/large.css', '/theme.css') {
        is($t->get($path, @host, Range => 'bytes=0-9')->status, 200, "$path is sent whole");
        is($t->get($path, Host => 'ville.example', 'Sec-Fetch-Dest' => 'style', Range => 'bytes=0-9', 'If-Range' => '"v1"')->status, 200, 'always');
    }

    my $image = $t->get('/static/plain.css', Host => 'ville.example', 'Sec-Fetch-Dest' => 'image', Range => 'bytes=5-9');
    is($image->status, 200, 'even as a picture');
    is($image->body, $plain, 'and complete');
};

subtest 'HEAD' => sub {
    for my $path ('/theme.css', '/plain.css', '/static/plain.css', '/returned.css', '/gzip') {
        my $r = $t->head($path, @host);

        is_private($r, "$path: what was not read");
        is($r->header($_), undef, "has no $_") for 'Content-Length', 'Content-Encoding';
    }
};

subtest 'however it is cut' => sub {
    is($t->get("/pieces/$_/theme.css", @host)->body, $without, "in pieces of $_") for 1, 2, 3, 5, 64;
    is($t->get("/unbuffered/pieces/$_/theme.css", @host)->body, $without, "in pieces of $_, unbuffered") for 1, 7;
    is($t->get("/pieces/$_/plain.css", @host)->body, $plain, "without a service, in pieces of $_") for 7, 64;
    is($t->get('/late/theme.css', @host)->body, $without, 'with a pause');
    is($t->get('/unbuffered/late/plain.css', @host)->body, $plain, 'with a pause, without a service');

    my $r = $t->send("GET /theme.css HTTP/1.0\r\nHost: ville.example\r\nSec-Fetch-Dest: style\r\n\r\n");
    is($r->body, $without, 'to a client of HTTP/1.0');
};

subtest 'more than is kept' => sub {
    for my $path ('/long', '/chunked/long') {
        my $r = $t->get($path, @host);

        is($r->body, $plain x 300, "$path is sent whole");
        is_private($r, 'and so that nobody needs to know');
        is($t->get($path, @host, 'If-None-Match' => $r->header('ETag'))->status, 304, 'it is confirmed');
    }

    is($t->get($_, @host)->body, ($plain x 300) . $without, "$_ is read to its end") for '/long-theme', '/chunked/long-theme';
    is($t->get($_, @host, @all)->body, ($plain x 300) . $theme, "$_, accepted") for '/long-theme', '/chunked/long-theme';
};

subtest 'composed by others' => sub {
    is($t->get('/ssi/composed.css', @host)->body, 'a{color:red}@import url("about:invalid#ngxc-google-fonts");', 'SSI');
    is($t->get('/accel', @host)->body, $without, 'X-Accel-Redirect');
    is($t->get('/returned.css', @host)->body, 'a{b:url(about:invalid#ngxc-google-fonts)}', 'return');
    is($t->get('/sub/plain.css', @host)->body, $plain =~ s/#222/#333/r, 'sub_filter');
};

subtest 'off' => sub {
    is(told($t->get('/open/theme.css', @host)), told($t->get('/theme.css', @host, -port => 'off')), 'nothing is touched');
};

subtest 'monitor' => sub {
    for my $path ('/theme.css', '/plain.css', '/gzip', '/br', '/cut', '/utf16', '/untyped', '/static/theme.css', '/returned.css') {
        for my $way ([], ['If-None-Match' => '"v1"'], [Range => 'bytes=0-9'], ['Accept-Encoding' => 'br']) {
            my ($on, $off) = map { told($t->get($path, @host, @$way, -port => $_)) } 'monitor', 'off';

            is($on, $off, "$path @$way: to the byte");
        }
    }

    my $sheets = [map { "$_->{name} " . ($_->{service} // '-') } grep { $_->{kind} eq 'stylesheet' }
        @{ JSON::PP::decode_json($t->get('/', -port => 'status', Accept => 'application/json')->body)->{hosts}{'ville.example'}{found} }];

    is(scalar(grep { $_ eq 'fonts.googleapis.com google-fonts' } @$sheets), 1, 'the inventory knows what they load');
    is(scalar(grep { $_ eq 'elsewhere.example -' } @$sheets), 1, 'of nobody, too');
};

subtest 'counted' => sub {
    my $neutral = sub {
        return $t->get('/', -port => 'status', Accept => 'text/plain')->body =~ /^ngx_consent_elements_neutralised_total\{host="ville.example"\} (\d+)/m
            ? $1 : 'nothing';
    };

    my $before = $neutral->();
    $t->get('/theme.css', @host);
    is($neutral->() - $before, 2, 'every reference, once');
    $t->get('/theme.css', @host, @all);
    is($neutral->() - $before, 2, 'none that is accepted');
};

subtest 'over HTTP/2' => sub {
    my @ask = (-port => 'tls', '--http2', '-H', 'Host: ville.example', '-H', 'Sec-Fetch-Dest: style');

    for my $path ('/plain.css', '/theme.css', '/gzip', '/static/plain.css', '/sendfile/large.css', '/late/theme.css', '/long') {
        my $r = $t->curl($path, @ask);

        is($r->status, 200, $path);
        is($r->body, $t->get($path, @host)->body, 'is the same');
    }
};

subtest 'one connection' => sub {
    my $c = $t->connect;

    for my $path ('/plain.css', '/theme.css', '/static/plain.css', '/sendfile/large.css', '/gzip', '/theme.css') {
        $c->write("GET $path HTTP/1.1\r\nHost: ville.example\r\nSec-Fetch-Dest: style\r\n\r\n");
        is($c->response->status, 200, "$path, on one connection");
    }
};

done_testing();
