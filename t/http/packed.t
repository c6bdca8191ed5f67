#!/usr/bin/perl

# Encodings and types as strangers write them: whatever a browser would show as a page is read, or does no harm; what is no page passes.

use lib 't/lib';
use Gateway;

use IO::Compress::Deflate qw(deflate);
use IO::Compress::Gzip qw(gzip);

my $brotli = -e '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so' && !$ENV{NGXC_NGINX};

my $policy = {
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
};

my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><iframe src="https://www.youtube.com/embed/a"></iframe>'
    . 'text ' x 100 . '</body></html>';
my $plain = 'No tag before the first: <iframe src="https://www.youtube.com/embed/a"></iframe>';

gzip(\$page, \my $packed);
deflate(\$page, \my $deflated);

# What the origin answers is what the request says.
my %bodies = (page => $page, gzip => $packed, deflate => $deflated, plain => $plain, bom8 => "\xef\xbb\xbf$page",
    utf16 => "\xff\xfe" . join('', map { "$_\0" } split //, $page), utf16be => "\xfe\xff" . join('', map { "\0$_" } split //, $page),
    twice => do { gzip(\$packed, \my $again); $again }, xml => '<?xml version="1.0"?><rss/>', empty => '');

sub gateway {
    my (%option) = @_;

    my $t = Gateway->new(modules => $option{modules} // ['consent']);

    $t->keys;
    $t->policy($policy);
    $t->upstream(origin => sub {
        my ($request) = @_;
        my @headers = map { split /=/, $_, 2 } split /\|/, $request->header('X-Answer') // '';

        return [200, \@headers, $bodies{$request->header('X-Body') // 'page'}];
    });

    $t->http(<<"EOC");
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;
    default_type application/octet-stream;

    server {
        listen 127.0.0.1:%%PORT%%;
        @{[ $option{server} // '' ]}
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /error/ { consent_undecodable error; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /added { add_header Content-Type text/html; return 200 '$page'; }
        location /added-plain { default_type text/plain; add_header Content-Type "text/html; charset=utf-8"; return 200 '$plain'; }
        location /hidden { proxy_hide_header Content-Type; add_header Content-Type text/html; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /encoded { default_type text/html; add_header Content-Encoding br; return 200 '$page'; }
        location /charset16 { default_type text/html; charset utf-16; return 200 '$page'; }
        location /charset-line { add_header Content-Type "text/html; charset=utf-16"; return 200 '$page'; }
        location /odd-type { default_type html; return 200 '$page'; }
        location /star-type { default_type "*/*"; return 200 '$page'; }
        location /no-type { default_type ""; return 200 '$page'; }
        location /unknown-type { default_type unknown/unknown; return 200 '$page'; }
        location /plain-type { default_type text/plain; return 200 '$page'; }
    }
EOC

    $t->allow_log(qr/encoding that cannot be undone/);
    $t->run;

    return $t;
}

my $t = gateway();
my @page = (Accept => 'text/html,*/*;q=0.8', 'Accept-Encoding' => 'gzip, deflate, br, zstd', 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate');
my @fetch = (Accept => '*/*', 'Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors');

sub asked {
    my ($answer, $body) = @_;

    return ('X-Answer' => $answer, 'X-Body' => $body // 'page');
}

sub is_read {
    my ($r, $name) = @_;

    like($r->text, qr/data-ngxc="youtube"/, "$name is read");
}

sub is_quarantined {
    my ($path, $name, @headers) = @_;

    my $r = $t->get($path, @page, @headers);
    is($r->status, 200, "$name: is answered");
    ok((grep { /^default-src 'self' .*sandbox allow-forms/ } $r->headers('Content-Security-Policy')), "$name: in quarantine");
    is($t->get($path, @fetch, @headers)->status, 502, "$name: a script gets nothing");
}

subtest 'an encoding that nginx does not undo' => sub {
    for my $encoding ('br', 'zstd', 'deflate', 'compress', 'gzip, br', 'br, gzip', 'gzip,gzip', 'gzip|Content-Encoding=gzip', 'gzip|Content-Encoding=br',
        'identity, br', 'BR', 'dcb', 'unheard-of', 'exi', 'x-compress', 'gzip ,identity') {
        is_quarantined('/', $encoding, asked("Content-Type=text/html|Content-Encoding=$encoding", 'gzip'));
    }

    is($t->get('/error/', @page, asked('Content-Type=text/html|Content-Encoding=br'))->status, 502, 'consent_undecodable error');
    is_quarantined('/encoded', 'add_header Content-Encoding');
};

subtest 'one that it does, or that is none' => sub {
    is_read($t->get('/', @page, asked("Content-Type=text/html|Content-Encoding=$_", 'gzip')), $_) for 'gzip', 'GZIP', 'x-gzip', 'X-Gzip';
    is_read($t->get('/', @page, asked("Content-Type=text/html|Content-Encoding=$_")), "'$_'") for 'identity', 'Identity', '', 'none', 'utf-8', 'UTF-8';
    is_read($t->get('/', @page, asked('Content-Encoding=gzip', 'gzip')), 'gzip without a type');
};

subtest 'gzip that the client refuses' => sub {
    my $r = $t->get('/', 'Accept-Encoding' => 'gzip;q=0, br', asked('Content-Type=application/json', 'plain'));
    is($t->last_request('origin')->header('Accept-Encoding'), 'identity', 'is not asked for');

    $t->get('/', 'Accept-Encoding' => 'deflate, gzip;q=0.1');
    is($t->last_request('origin')->header('Accept-Encoding'), 'gzip', 'what it takes is');
};

subtest 'a type that is HTML, or that a browser sniffs' => sub {
    for my $type ('text/html', 'TEXT/HTML', 'text/html;', 'text/html ; charset=utf-8', 'text/html;charset="utf-8";x', 'text/html; charset', 'text/html(x)',
        'text/html, text/html', 'text/plain, text/html', ' text/html', "text/html\t;x=y") {
        is_read($t->get('/', @page, asked("Content-Type=$type", 'plain')), "'$type'");
    }

    is_read($t->get('/', @page, asked("Content-Type=$_")), "'$_'") for '', 'html', '*/*', 'unknown/unknown', 'application/unknown', 'text', 'charset=utf-8', '; charset=utf-8';
    is_read($t->get('/', @page, asked('')), 'no type');
    is_read($t->get('/', @page, asked("X-Content-Type-Options=nosniff|Content-Type=$_")), "nosniff, '$_'") for 'text/html', '';

    # Of two lines nginx takes the last; since 1.23.0 the first, and sends no other.
    my @lines = map { "Content-Type=$_" } $t->version < 1023000 ? ('application/json', 'text/html') : ('text/html', 'application/json');
    is_read($t->get('/', @page, asked(join('|', @lines), 'plain')), 'the one of two lines that counts');

    is_read($t->get($_, @page), $_) for qw(/added /added-plain /odd-type /star-type /no-type /unknown-type);
    is_read($t->get('/hidden', @page, asked('Content-Type=text/plain', 'plain')), 'add_header in place of a hidden one');
};

subtest 'a type that is something else' => sub {
    for my $type ('text/plain', 'application/json', 'text/css', 'application/octet-stream', 'application/pdf', 'multipart/form-data; boundary=x', 'text/htmlx') {
        is($t->get('/', @page, asked("Content-Type=$type"))->body, $page, "$type passes");
    }

    is($t->get('/plain-type', @page)->body, $page, 'a default type');
    is($t->get('/', @page, asked('', 'plain'))->body, $plain, 'no type, and a body that no browser takes for HTML');
    is($t->get('/', @page, asked('Content-Type=text/html|Content-Disposition=attachment; filename=x.html'))->body, $page, 'a file that is saved');
    is_read($t->get('/', @page, asked('Content-Type=text/html|Content-Disposition=inline')), 'one that is shown');
};

subtest 'XML' => sub {
    is_quarantined_page('application/xhtml+xml');

    for my $type ('text/xml', 'application/xml', 'application/rss+xml', 'image/svg+xml') {
        my $r = $t->get('/', @page, asked("Content-Type=$type", 'xml'));

        is($r->body, $bodies{xml}, "$type passes");
        like($r->header('Content-Security-Policy') // '', qr/^default-src 'self' 'unsafe-inline'/, 'behind the second wall where it is shown');

        $r = $t->get('/', @fetch, asked("Content-Type=$type", 'xml'));
        is($r->body, $bodies{xml}, 'to a script');
        is($r->header('Content-Security-Policy'), undef, 'as it is');
    }

    is($t->get('/', @fetch, asked('Content-Type=application/xhtml+xml'))->body, $page, 'XHTML to a script, too');
};

sub is_quarantined_page {
    my ($type) = @_;

    my $r = $t->get('/', @page, asked("Content-Type=$type"));
    like($r->header('Content-Security-Policy') // '', qr/sandbox/, "$type is a page that nobody reads: in quarantine");
    is($t->get('/error/', @page, asked("Content-Type=$type"))->status, 502, 'or an error');
}

subtest 'a charset whose bytes are not ASCII' => sub {
    for my $charset ('utf-16', 'UTF-16LE', '"utf-16be"', 'utf-32', 'iso-2022-jp', 'utf-7', 'ucs-2', 'hz-gb-2312') {
        is_quarantined('/', $charset, asked("Content-Type=text/html; charset=$charset", 'utf16'));
    }

    is_quarantined('/', "byte order mark, $_", asked('Content-Type=text/html', $_)) for 'utf16', 'utf16be';
    is_quarantined('/', "byte order mark against the header, $_", asked('Content-Type=text/html; charset=utf-8', $_)) for 'utf16', 'utf16be';
    is_quarantined('/', 'byte order mark without a type', asked('', 'utf16'));
    is_quarantined($_, $_) for '/charset16', '/charset-line';
    is_read($t->get('/', @page, asked("Content-Type=text/html; charset=$_", 'bom8')), $_) for 'utf-8', 'iso-8859-15', 'windows-1251', 'shift_jis';
};

subtest 'compressors' => sub {
    plan(skip_all => 'no brotli module here') unless $brotli;

    my $with = gateway(modules => ['ngx_http_brotli_filter_module', 'consent'], server => 'brotli on; brotli_min_length 1; gzip on; gzip_min_length 1; gzip_proxied any; gzip_vary on;');

    my @plain = grep { !/Accept-Encoding|gzip, deflate/ } @page;
    my $r = $with->get('/', @page, asked('Content-Type=text/html|Content-Encoding=gzip', 'gzip'));
    is($r->header('Content-Encoding'), 'br', 'who takes brotli gets brotli of a page that came in gzip');

    $r = $with->get('/', @plain, 'Accept-Encoding' => 'gzip', asked('Content-Type=text/html|Content-Encoding=gzip', 'gzip'));
    is($r->header('Content-Encoding'), 'gzip', 'who takes gzip gets gzip');
    is_read($r, 'the page');
    like(join(',', $r->headers('Vary')), qr/Accept-Encoding/, 'and caches are told');

    $r = $with->get('/', @plain, asked('Content-Type=text/html|Content-Encoding=gzip', 'gzip'));
    is($r->header('Content-Encoding'), undef, 'who takes nothing gets nothing');
    is_read($r, 'the page');

    my $wrong = Gateway->new(modules => ['consent', 'ngx_http_brotli_filter_module']);
    $wrong->keys;
    $wrong->policy($policy);
    $wrong->http("consent_assets %%ASSETS%%; consent_keys keys; consent_policy policy.json; server { listen 127.0.0.1:%%PORT%%; consent on; }\n");
    ok(!($wrong->nginx_test)[1], 'a compressor that would run before is refused by nginx -t');
};

done_testing();
