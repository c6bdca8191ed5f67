#!/usr/bin/perl

# A page that cannot be read, in a real browser. What it is packed in is made here, by whoever can.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'google-analytics'],
});

my $page = <<'EOC';
<!DOCTYPE html>
<html>
<head>
<title>A page</title>
<meta http-equiv="refresh" content="1; url=/refreshed">
<link rel="preconnect" href="https://www.youtube.com">
<link rel="stylesheet" href="https://fonts.example/a.css">
<script>document.cookie = '_ga=inline; Path=/'; document.documentElement.dataset.inline = 'ran';</script>
<script src="/stats.js"></script>
<script src="https://www.google-analytics.com/analytics.js"></script>
</head>
<body onload="document.documentElement.dataset.onload = 'ran'">
<h1 style="color: red">Written</h1>
<img src="https://www.google-analytics.com/collect?v=1"><iframe src="https://www.youtube.com/embed/a"></iframe>
<img id="own" src="/own.svg" alt="">
<iframe id="frame" src="/inner"></iframe>
<iframe srcdoc="<script>document.cookie = '_ga=srcdoc'</script>"></iframe>
<object data="https://www.youtube.com/v/a"></object>
<form action="/sent"><input name="a" value="b"><button id="send">send</button></form>
<a id="link" href="/linked">on</a>
<a id="script" href="javascript:document.cookie='_ga=link'">script</a>
</body>
</html>
EOC

my $pack = <<'EOC';
const zlib = require('node:zlib'), fs = require('node:fs');
const page = fs.readFileSync(0);
const packed = { br: zlib.brotliCompressSync, deflate: zlib.deflateSync, gzipped: zlib.gzipSync, zstd: zlib.zstdCompressSync };
for (const name of Object.keys(packed)) if (packed[name]) fs.writeFileSync(`${process.argv[1]}/${name}.html`, packed[name](page));
EOC

$t->write_file('www/page.html', $page);
open my $node, '|-', 'node', '-e', $pack, $t->file('www') or die "node: $!\n";
print $node $page;
close $node or die "node cannot pack\n";

$t->write_file('www/utf16.html', "\xff\xfe" . join '', map { "$_\0" } split //, $page);
$t->write_file('www/own.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>');
$t->write_file('www/xhtml.html', '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>A page</title></head><body><h1>Written</h1>'
    . '<script>document.cookie = "_ga=xhtml";</script><script src="https://www.google-analytics.com/analytics.js"></script><a id="link" href="/linked">on</a></body></html>');
$t->write_file('www/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.documentElement.setAttribute("data-own", "ran")</script>'
    . '<script href="https://www.google-analytics.com/analytics.js"/><image href="https://www.google-analytics.com/collect"/></svg>');

$t->http(<<'EOC');
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    proxy_http_version 1.1;

    log_format site escape=json '{"who":"site","host":"$host","method":"$request_method","uri":"$request_uri","cookie":"$http_cookie"}';

    server {
        listen 127.0.0.1:%%PORT_port%%;
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        server_name ville.localhost;
        consent on;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_origin%%;
        root www;
        access_log log/received.jsonl site;
        types { text/html html; image/svg+xml svg; }
        default_type text/html;
        location = /stats.js { default_type text/javascript;
            return 200 'document.documentElement.dataset.stats = "ran"; document.cookie = "_ga=own"; fetch("/hit");'; }
        location ~ ^/(refreshed|linked|sent|hit|inner)$ { return 200 '<!DOCTYPE html><title>$1</title><p>$1<script>document.cookie="_ga=$1"</script>'; }
        location = /br { add_header Content-Encoding br; try_files /br.html =404; }
        location = /deflate { add_header Content-Encoding deflate; try_files /deflate.html =404; }
        location = /zstd { add_header Content-Encoding zstd; try_files /zstd.html =404; }
        location = /gzipped { add_header Content-Encoding gzip; try_files /gzipped.html =404; }
        location = /utf16 { try_files /utf16.html =404; }
        location = /charset { types { } default_type "text/html; charset=utf-16le"; try_files /utf16.html =404; }
        location = /xhtml { types { } default_type application/xhtml+xml; try_files /xhtml.html =404; }
        location = /frame { return 200 '<!DOCTYPE html><title>frame</title><iframe src="/br"></iframe>'; }
    }
EOC

$t->allow_log(qr/encoding that cannot be undone/);

stories('t/browser/quarantine.mjs', gateway => $t);
done_testing();
