#!/usr/bin/perl

# Redirects in real browsers, over plain http: they do not say what they ask for there.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
});

$t->http(<<'EOC');
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    log_format site escape=json '{"who":"site","host":"$host","uri":"$uri","dest":"$http_sec_fetch_dest"}';
    default_type text/html;

    server {
        listen 127.0.0.1:%%PORT_port%%;
        server_name ville.plain.test;
        access_log log/received.jsonl site;
        consent on;
        location = /out { return 301 http://www.youtube.com/embed/a; }
        location = /framing { return 200 '<!DOCTYPE html><title>framing</title><iframe src="/out"></iframe><img src="/out"><a id="out" href="/out">out</a>'; }
    }
EOC

stories('t/browser/redirects.mjs', gateway => $t);
done_testing();
