#!/usr/bin/perl

# Whatever a page is packed in, it is read, or it does no harm.

use lib 't/lib';
use Gateway;

use IO::Compress::Gzip qw(gzip);
use IO::Uncompress::Gunzip qw(gunzip);

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
});

my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><iframe src="https://www.youtube.com/embed/a"></iframe>'
    . 'text ' x 200 . '</body></html>';
my $utf16 = join '', map { "$_\0" } split //, $page;

gzip(\$page, \my $packed);

my %answers = (
    '/plain'    => ['Content-Type' => 'text/html'],
    '/gzip'     => ['Content-Type' => 'text/html', 'Content-Encoding' => 'gzip', ETag => '"v1"'],
    '/identity' => ['Content-Type' => 'text/html', 'Content-Encoding' => 'identity'],
    '/br'       => ['Content-Type' => 'text/html', 'Content-Encoding' => 'br'],
    '/stacked'  => ['Content-Type' => 'text/html', 'Content-Encoding' => 'gzip, br'],
    '/twice'    => ['Content-Type' => 'text/html', 'Content-Encoding' => 'gzip', 'Content-Encoding' => 'br'],
    '/profile'  => ['Content-Type' => 'text/html; profile=x'],
    '/spaced'   => ['Content-Type' => 'TEXT/HTML ;charset="utf-8"'],
    '/missing'  => [],
    '/utf16'    => ['Content-Type' => 'text/html; charset=utf-16le'],
    '/bom'      => ['Content-Type' => 'text/html'],
    '/text'     => ['Content-Type' => 'text/plain'],
    '/partial'  => ['Content-Type' => 'text/html', 'Content-Range' => 'bytes 0-9/100'],
    '/css.gz'   => ['Content-Type' => 'text/css', 'Content-Encoding' => 'gzip'],
);

$t->upstream(origin => sub {
    my ($request) = @_;
    my ($path) = $request->uri =~ /^([^?]+)/;

    my $body = $path =~ /gz/ ? $packed : $path eq '/utf16' ? $utf16 : $path eq '/bom' ? "\xff\xfe$utf16" : $page;
    my $status = $path eq '/partial' ? 206 : 200;

    return [$status, $answers{$path}, $body];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    log_format asked '$uri "$http_accept_encoding" "$http_range" "$http_if_none_match"';
    access_log %%PREFIX%%/asked.log asked;

    server {
        listen 127.0.0.1:%%PORT%%;
        consent on;
        gzip on;
        gzip_min_length 1;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /error/ { consent_undecodable error; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
    }
EOC

$t->allow_log(qr/encoding that cannot be undone|a part of a page cannot be read/);
$t->run;

my @page = (Accept => 'text/html,*/*', 'Accept-Encoding' => 'gzip, deflate, br');

sub is_rewritten {
    my ($body, $name) = @_;

    like($body, qr/data-ngxc="youtube"/, "$name is neutralised");
    unlike($body, qr{<iframe[^>]* src="https://www\.youtube}, "$name loads nothing");
}

subtest 'a compressed page' => sub {
    my $r = $t->get('/gzip', @page);

    is($t->last_request('origin')->header('Accept-Encoding'), 'gzip', 'is asked for in gzip only');
    is($r->header('Content-Encoding'), 'gzip', 'and leaves in gzip again');

    my $body = $r->body;
    gunzip(\$body, \my $plain) or fail('what comes is gzip');
    is_rewritten($plain, 'what it holds');

    $r = $t->get('/gzip', Accept => 'text/html');
    is($t->last_request('origin')->header('Accept-Encoding') // 'none', 'none', 'or asked for as the client asks');
    is($r->header('Content-Encoding'), undef, 'for a client that takes none it leaves plain');
    is_rewritten($r->body, 'what it holds');
};

subtest 'the log' => sub {
    $t->get('/plain', @page, Range => 'bytes=5-', 'If-None-Match' => '"v1"');
    $t->get('/plain', Accept => 'text/html', 'Accept-Encoding' => 'br');

    my @lines = grep { m{^/plain} } split /\n/, $t->read_file('asked.log');
    is($lines[0], '/plain "gzip" "none" "\\x22-\\x22"', 'shows what the upstream was asked for, not what the client said');
    is($lines[1], '/plain "identity" "-" "-"', 'where it takes no gzip, as well');
};

subtest 'a download taken up again' => sub {
    my $rest = $t->get('/text', Range => 'bytes=5-', 'Sec-Fetch-Dest' => 'image');
    is($t->last_request('origin')->header('Range'), 'bytes=5-', 'passes where the browser says that it is no page');

    $t->get('/text', Range => 'bytes=5-');
    is($t->last_request('origin')->header('Range'), 'none', 'and begins anew where it says nothing');
};

subtest 'a plain page' => sub {
    is_rewritten($t->get($_, Accept => 'text/html')->body, $_) for '/plain', '/identity', '/profile', '/spaced', '/missing';
};

subtest 'a page that answers for an image' => sub {
    my $r = $t->get('/gzip', 'Sec-Fetch-Dest' => 'image', 'Accept-Encoding' => 'gzip');

    is($r->status, 200, 'is no error');
    gunzip(\(my $body = $r->body), \my $plain);
    is_rewritten($plain, 'it');

    $r = $t->get('/br', 'Sec-Fetch-Dest' => 'image', 'Accept-Encoding' => 'br');
    is($r->status, 200, 'neither is one that cannot be read');
    like($r->header('Content-Security-Policy'), qr/sandbox/, 'but a cache keeps it in quarantine');
};

subtest 'what is no page' => sub {
    is($t->get('/text')->body, $page, 'passes as it is');
    is($t->get('/css.gz', 'Accept-Encoding' => 'gzip')->body, $packed, 'compressed or not');
};

subtest 'a page that cannot be read' => sub {
    for my $path ('/br', '/stacked', '/twice', '/utf16', '/bom') {
        my $r = $t->get($path, @page);
        my @csp = $r->headers('Content-Security-Policy');

        is($r->status, 200, "$path: a navigation gets it");
        is(@csp, 1, "$path: in quarantine");
        like($csp[0] // '', qr/sandbox allow-forms/, "$path: where no script runs");
        is($r->header('X-DNS-Prefetch-Control'), 'off', "$path: nor a name is looked up");

        $r = $t->get($path, 'Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors');
        is($r->status, 502, "$path: a script gets an error");
        unlike($r->body, qr/iframe/, "$path: and nothing of the page");

        is($t->get("/error$path", @page)->status, 502, "$path: consent_undecodable error gives everybody one");
    }
};

subtest 'a part of a page' => sub {
    is($t->get('/partial', @page)->status, 502, 'is an error');
};

done_testing();
