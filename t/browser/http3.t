#!/usr/bin/perl

# The same over HTTP/3, where nginx has it.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

plan(skip_all => 'this nginx has no HTTP/3') unless $t->built =~ /http_v3_module/;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
});

my $page = '<!DOCTYPE html><title>page</title><link rel="stylesheet" href="/site.css"><script src="https://www.youtube.com/iframe_api"></script>'
    . '<p>text</p>' x 50_000 . '<h1>End</h1>';

$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/css'], 'h1 { color: rgb(1, 2, 3) }'] if $request->uri eq '/site.css';
    return [200, ['Content-Type' => 'text/plain'], $request->header('X-Real-IP')] if $request->uri =~ /address/;
    return ["HTTP/1.1 103 Early Hints\r\nLink: </site.css>; rel=preload; as=style, <https://www.youtube.com/a.js>; rel=preload; as=script\r\n"
        . "Link: <https://www.youtube.com>; rel=preconnect\r\n\r\n", \0.3,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: YSC=1\r\nConnection: close\r\n\r\n$page"];
});

my $hints = $t->version < 1029000 ? '' : 'early_hints 1;';

$t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    include /etc/nginx/proxy_params;
    proxy_http_version 1.1;
    log_format site escape=json '{"who":"site","host":"\$host","uri":"\$uri","protocol":"\$server_protocol"}';

    server {
        listen 127.0.0.1:%%PORT_tls_port%% quic reuseport;
        listen 127.0.0.1:%%PORT_tls_port%% ssl;
        listen 127.0.0.1:%%PORT_port%%;
        server_name ville.localhost;
        consent on;
        $hints
        access_log log/received.jsonl site;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /masked/ { consent_mask_ip 8 32; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

stories('t/browser/http3.mjs', gateway => $t);
done_testing();
