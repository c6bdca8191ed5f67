#!/usr/bin/perl

# What a page costs a worker, and what a style sheet: microseconds of CPU for each request, the median of some rounds, for three sizes;
# through a plain proxy, with sub_filter looking for fifty hosts, with the gateway for a visitor who has not chosen and for one who accepted all.
# CPU time is compared, not requests a second: it hardly depends on what else the machine does.

use strict;
use warnings;

use Gateway;
use Time::HiRes ();

my $rounds = $ENV{BENCH_ROUNDS} // 5;
my $milliseconds = $ENV{BENCH_MILLISECONDS} // 400;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Bench', hosts => ['localhost'], languages => ['fr'],
    controller => { name => 'Bench', contact => 'dpo@example.fr', privacy_policy => '/donnees' },
    services => ['youtube', 'google-analytics', 'facebook'],
});
$t->write_file("www/$_.html", page($_ * 1024)) for 10, 100, 1000;
$t->write_file("www/plain-$_.css", sheet($_ * 1024)) for 10, 100, 400;
$t->write_file("www/theme-$_.css", '@import "https://fonts.googleapis.com/css?family=Lato";' . sheet($_ * 1024)) for 10, 100, 400;

my $subs = join '', map { "sub_filter 'tracker$_.example.com' 'nothing.invalid';\n" } 1 .. 50;

$t->http(<<"EOC");
    default_type text/html;
    types { text/css css; }
    sub_filter_types text/css;
    keepalive_requests 1000000;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    upstream origin { server 127.0.0.1:%%PORT_origin%%; keepalive 8; }
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    access_log off;

    server { listen 127.0.0.1:%%PORT_origin%%; root www; }
    server { listen 127.0.0.1:%%PORT_proxy%%; location / { proxy_pass http://origin; } }
    server { listen 127.0.0.1:%%PORT_sub_filter%%; location / { proxy_pass http://origin; sub_filter_once off;\n$subs } }
    server {
        listen 127.0.0.1:%%PORT_gateway%%;
        server_name localhost;
        consent on;
        consent_policy policy.json;
        location / { proxy_pass http://origin; }
    }
EOC

$t->run;

my ($cookie) = $t->post('/_choices/', [decision => 'accept-all'], -port => 'gateway', 'Sec-Fetch-Site' => 'same-origin')
    ->cookies->{choices} =~ /^([^;]+)/;

my @ways = (
    ['origin alone', 'origin'],
    ['proxy', 'proxy'],
    ['proxy, sub_filter of 50 hosts', 'sub_filter'],
    ['gateway, no choice', 'gateway'],
    ['gateway, all accepted', 'gateway', Cookie => $cookie],
);

printf "%-32s %12s %12s %12s\n", 'microseconds of CPU a request', '10 KB', '100 KB', '1000 KB';

for my $way (@ways) {
    my ($name, $port, @headers) = @$way;

    printf "%-32s %12.0f %12.0f %12.0f\n", $name, map { cost($port, "/$_.html", @headers) } 10, 100, 1000;
}

printf "\n%-32s %12s %12s %12s\n", 'a style sheet', '10 KB', '100 KB', '400 KB';

for my $way (@ways) {
    my ($name, $port, @headers) = @$way;

    for my $kind ('plain', $name =~ /^gateway/ ? 'theme' : ()) {
        printf "%-32s %12.0f %12.0f %12.0f\n", $kind eq 'theme' ? "  that imports fonts" : $name,
            map { cost($port, "/$kind-$_.css", @headers, 'Sec-Fetch-Dest' => 'style') } 10, 100, 400;
    }
}

$t->stop;


# The worker's user and system time by requests; the origin is served by the same worker, so it is in every row.
sub cost {
    my ($port, $path, @headers) = @_;

    my $connection = $t->connect(-port => $port);
    my $request = Gateway::HTTP::request('GET', $path, undef, Connection => 'keep-alive', @headers);
    my @costs;

    for my $round (1 .. $rounds) {
        my $before = cpu();
        my $end = Time::HiRes::time() + $milliseconds / 1000;
        my $requests = 0;

        while (Time::HiRes::time() < $end) {
            $connection->write($request);
            $connection->response->status == 200 or die "$path: not answered\n";
            $requests++;
        }

        push @costs, (cpu() - $before) / $requests;
    }

    return (sort { $a <=> $b } @costs)[$rounds / 2];
}


# schedstat counts nanoseconds; stat's ticks of 10 ms would be too coarse.
sub cpu {
    my $worker = (split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children"))[0];

    return (split ' ', slurp("/proc/$worker/schedstat"))[0] / 1000;
}


# A sheet like a theme's.
sub sheet {
    my ($size) = @_;

    my $css = "/*! theme */\n";

    for (my $i = 0; length $css < $size; $i++) {
        $css .= ".actualite-$i > h2:not(.seule)::before { margin: 0 0 ${i}px; color: #1a2b3c; background: url(\"/img/$i.svg\") no-repeat }\n"
            . "\@media (min-width: ${i}px) { .grille-$i { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem } }\n";
        $css .= ".icone-$i { content: \"\\f1${i}0\"; mask: url(data:image/svg+xml;base64," . 'PHN2Zy8+' x 20 . ") }\n" if $i % 8 == 3;
    }

    return $css;
}


# A page like a town's: text, links, a few images, and now and then something of a third party.
sub page {
    my ($size) = @_;

    my $html = "<!DOCTYPE html>\n<html lang=\"fr\">\n<head><meta charset=\"utf-8\"><title>Page</title>\n"
        . "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n";

    for (my $i = 0; length $html < $size; $i++) {
        $html .= "<article class=\"actualite\"><h2><a href=\"/actualites/$i\">Conseil municipal du mardi $i</a></h2>\n"
            . "<p>Le conseil municipal se r\xc3\xa9unit mardi \xc3\xa0 20 h en mairie. L'ordre du jour est affich\xc3\xa9"
            . " &agrave; l'accueil et publi\xc3\xa9 <a href=\"/deliberations/$i.pdf\" rel=\"nofollow\">en ligne</a>.</p>\n"
            . "<img src=\"/images/$i.jpg\" alt=\"\" width=\"320\" height=\"180\"></article>\n";

        $html .= "<script>var n = $i; document.getElementById('menu').className = 'ouvert';</script>\n" if $i % 16 == 5;
        $html .= "<iframe src=\"https://www.youtube.com/embed/v$i\" width=\"560\" height=\"315\"></iframe>\n" if $i % 64 == 9;
        $html .= "<script async src=\"https://www.google-analytics.com/analytics.js\"></script>\n" if $i % 64 == 40;
    }

    return "$html</body>\n</html>\n";
}
