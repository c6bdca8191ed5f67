#!/usr/bin/perl

# A page goes through as it comes: however it is cut, at once, and in little memory.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
});

my $page = join '', '<!DOCTYPE html><html lang="fr"><head><title>Ville</title></head><body class="x">',
    (map { "<p>paragraph $_ &amp; text</p><iframe width=3 src='https://www.youtube.com/embed/$_'></iframe><!-- comment $_ -->" } 1 .. 30),
    '</body></html>';

my $big = 50 * 1024 * 1024;

$t->upstream(origin => sub {
    my ($request) = @_;
    my $uri = $request->uri;

    return [200, ['Content-Type' => 'text/html'], $page] if $uri eq '/whole';
    return [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [split //, $page]] if $uri =~ m{/bytes};
    return [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'], [unpack '(a' . ($1 || 7) . ')*', $page]]
        if $uri =~ m{/pieces/(\d+)};
    return [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'],
        ['<!DOCTYPE html><title>x</title><body><p>first', \2, '<p>last']] if $uri =~ m{/slow};
    return;
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    server {
        listen 127.0.0.1:%%PORT%%;
        consent on;
        proxy_http_version 1.1;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /unbuffered/ { proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /tiny/ { proxy_buffer_size 1k; proxy_buffers 2 1k; proxy_busy_buffers_size 1k; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /file/ { alias %%PREFIX%%/; sendfile on; output_buffers 1 512; }
        location /sendfile/ { alias %%PREFIX%%/; sendfile on; }
        location /untyped/ { alias %%PREFIX%%/; sendfile on; types { } default_type ""; }
        location /ssi/ { alias %%PREFIX%%/; ssi on; }
        location /sub/ { alias %%PREFIX%%/; sub_filter "paragraph" "alinea"; sub_filter_once off; }
        location /addition/ { alias %%PREFIX%%/; add_before_body /part.html; add_after_body /part.html; }
        location = /part.html { root %%PREFIX%%; }
        location /return { default_type text/html; return 200 '<!DOCTYPE html><title>x</title><img src="https://www.youtube.com/a.png">'; }
        error_page 404 /missing.html;
        location = /missing.html { root %%PREFIX%%; }
    }
EOC

$t->write_file('page.html', $page);
$t->write_file('part.html', '<div>part <img src="https://i.ytimg.com/vi/x.jpg"></div>');
$t->write_file('ssi.html', '<!DOCTYPE html><title>x</title><body><!--#include virtual="/part.html" --><img src="https://i.ytimg.com/<!--#echo var="uri" default="x" -->">');
$t->write_file('data', join '', map { sprintf '%07d,', $_ } 1 .. 10_000);
$t->write_file('missing.html', '<!DOCTYPE html><title>missing</title><iframe src="https://www.youtube.com/embed/a"></iframe>');

open my $file, '>', $t->file('big.html') or die;
print $file '<!DOCTYPE html><title>big</title><body>';
my $piece = ('<p>some text of a long page, <b>with markup</b> and <img src=/a.png></p>' x 20) . '<img src="https://i.ytimg.com/x.png">';
print $file $piece x ($big / length $piece);
close $file;

$t->run;

my @page = (Accept => 'text/html');

# The banner and the permanent link lead back to the page they are on.
sub page {
    my ($path) = @_;

    (my $body = $t->get($path, @page)->body) =~ s{name="return" value="\Q$path\E"}{name="return" value="/"}g;

    return $body;
}

my $whole = page('/whole');

like($whole, qr/ngxc-banner/, 'the page is rewritten');
is(() = $whole =~ /<iframe[^>]*data-ngxc="youtube"/g, 30, 'every embed of it');

subtest 'however it is cut' => sub {
    is(page($_), $whole, $_) for '/bytes', '/unbuffered/bytes', map { "/pieces/$_" } 2, 3, 5, 64, 1000;
    is(page('/tiny/whole'), $whole, 'in tiny buffers');
    is(page($_), $whole, "from a file, $_") for '/file/page.html', '/sendfile/page.html';
};

subtest 'a file that no type says to be a page, and that is none' => sub {
    is($t->get('/untyped/data')->body, $t->read_file('data'), 'arrives whole and once');
};

subtest 'what other filters compose' => sub {
    for my $path ('/ssi/ssi.html', '/addition/page.html', '/return', '/file/none') {
        (my $body = $t->get($path, @page)->body) =~ s/ data-ngxc-tag="[^"]*"//g;

        unlike($body, qr{<(?:img|iframe)[^>]* src=["']https:}, "$path loads nothing");
        like($body, qr/data-ngxc="youtube"/, "$path is neutralised");
    }

    like($t->get('/sub/page.html', @page)->body, qr/alinea 30/, 'sub_filter goes on working');
};

subtest 'at once' => sub {
    my $c = $t->connect;

    $c->write("GET /unbuffered/slow HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n");

    my $start = Time::HiRes::time();
    like($c->read_until(qr/<p>first/), qr/<p>first/, 'the beginning arrives');
    cmp_ok(Time::HiRes::time() - $start, '<', 1.5, 'before the end was sent');
};

subtest 'a page of 50 MB' => sub {
    my ($worker) = grep { /worker process/ } `ps -o pid=,args= --ppid \$(cat ${\ $t->file('nginx.pid')})`;
    my ($pid) = ($worker // '') =~ /(\d+)/;

    SKIP: {
        skip 'no worker of its own to measure', 1 unless $pid && !$ENV{NGXC_VALGRIND};

        my $size = sub { my ($rss) = slurp("/proc/$pid/status") =~ /VmRSS:\s+(\d+)/; $rss };
        my $before = $size->();
        my $c = $t->connect;

        $c->write("GET /file/big.html HTTP/1.0\r\nAccept: text/html\r\n\r\n");

        my ($bytes, $peak) = (0, $before);
        while (1) {
            my $n = sysread($c->{socket}, my $chunk, 262144) or last;
            $bytes += $n;
            my $now = $size->();
            $peak = $now if $now > $peak;
        }

        cmp_ok($bytes, '>', $big, 'arrives whole');
        cmp_ok($peak - $before, '<', 4096, "and the worker grows by less than 4 MB (was $before, at most $peak)");
    }
};

done_testing();
