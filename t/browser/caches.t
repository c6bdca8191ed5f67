#!/usr/bin/perl

# What a browser keeps of a page: its own cache, and the pages behind "back".

use lib 't/lib';
use Gateway::Browser;

for my $consent ('on', 'off') {
    my $t = Gateway->new;

    $t->keys;
    $t->policy({
        site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube', 'vimeo'],
    });
    $t->policy({
        site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube', 'vimeo', 'dailymotion'],
    }, 'next.json');

    $t->write_file('www/page.html', '<!DOCTYPE html><html><head><title>page</title></head><body><h1>Page</h1>'
        . '<script src="https://www.youtube.com/iframe_api"></script><a id="other" href="/other">other</a></body></html>');
    $t->write_file('www/other.html', '<!DOCTYPE html><html><head><title>other</title></head><body><h1>Other</h1></body></html>');

    $t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    log_format site escape=json '{"who":"site","host":"\$host","uri":"\$uri","status":"\$status","match":"\$http_if_none_match"}';

    server {
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        listen 127.0.0.1:%%PORT_port%%;
        server_name ville.localhost;
        include consent.conf;
        access_log log/received.jsonl site;
        root www;
        types { text/html html; }
        location / { expires 1h; add_header Cache-Control public; try_files \$uri \$uri.html =404; }
    }
EOC

    $t->write_file('consent.conf', "consent $consent;\n");

    stories('t/browser/caches.mjs', gateway => $t) if $consent eq 'on';
    stories('t/browser/switched-on.mjs', gateway => $t) if $consent eq 'off';
}

done_testing();
