#!/usr/bin/perl

# Fonts that a theme's style sheets load from others.

use lib 't/lib';
use Gateway::Browser;

for my $consent ('on', 'off') {
    my $t = Gateway->new;

    $t->keys;
    $t->policy({
        site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['google-fonts', 'youtube'],
    });

    my $head = '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Ville</title>';
    my $body = '</head><body><h1>Montmirail</h1><p>Roboto</p></body></html>';

    $t->write_file('www/page.html', qq{$head<link rel="stylesheet" href="/theme/style.css"><link rel="stylesheet" href="/theme/print.css">$body});
    $t->write_file('www/chain.html', qq{$head<link rel="stylesheet" href="/theme/chain.css">$body});
    $t->write_file('www/inline.html', qq{$head<style>\@import "/theme/style.css";</style>$body});
    $t->write_file('www/preload.html', qq{$head<link rel="preload" as="style" href="/theme/style.css" onload="this.rel='stylesheet'">$body});
    $t->write_file('www/module.html', qq{$head$body<script type="module">import sheet from "/theme/face.css" with { type: "css" };}
        . 'document.adoptedStyleSheets = [sheet]; document.documentElement.dataset.own = "ran";</script>');
    $t->write_file('www/quirks.html', '<title>Quirks</title><link rel="stylesheet" href="/theme/style.txt"><h1>Montmirail</h1><p>Roboto</p>');

    my $fonts = '@import url("https://fonts.googleapis.com/css2?family=Roboto&display=swap");';
    my $face = '@font-face { font-family: Roboto; src: url(https://fonts.gstatic.com/own.woff2) }';
    my $own = 'h1 { color: rgb(1, 2, 3) } p { font-family: Roboto, serif }';

    $t->write_file('www/theme/style.css', "$fonts $own");
    $t->write_file('www/theme/style.txt', "$face $own");
    $t->write_file('www/theme/face.css', "$face $own");
    $t->write_file('www/theme/chain.css', '@import "style.css"; p { margin: 0 }');
    $t->write_file('www/theme/print.css', '@media print { h1 { color: black } }');

    $t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    log_format site escape=json '{"who":"site","host":"\$host","uri":"\$uri","status":"\$status"}';

    server {
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        listen 127.0.0.1:%%PORT_port%%;
        server_name ville.localhost;
        include consent.conf;
        access_log log/received.jsonl site;
        root www;
        types { text/html html; text/css css; text/plain txt; }
        location / { try_files \$uri \$uri.html =404; }
        location = /theme/print.css { expires 1h; add_header Cache-Control public; }
    }
EOC

    $t->write_file('consent.conf', "consent $consent;\n");

    stories('t/browser/stylesheets.mjs', gateway => $t) if $consent eq 'on';
    stories('t/browser/stylesheets-switched-on.mjs', gateway => $t) if $consent eq 'off';
}

done_testing();
