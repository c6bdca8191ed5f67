#!/usr/bin/perl

# What a page costs a worker, and what a style sheet: microseconds of CPU for each request on a connection that is kept, the median of
# some rounds, for three sizes; through a plain proxy, with sub_filter looking for one host and for fifty, with subs_filter (where it
# is installed) for fifty, and with the gateway, for a visitor who has accepted everything, refused everything, not chosen. Then what
# each adds to the plain proxy, and that as a ratio to what sub_filter adds for one host. CPU time is compared, not requests a second:
# it hardly depends on what else the machine does. The ways take turns, so that what the machine does meanwhile falls on all.
#
# BENCH_ROUNDS, BENCH_MILLISECONDS: of each way in a round. BENCH_PAGE: a file to be served instead of the page below.

use strict;
use warnings;

use Gateway;
use Time::HiRes ();

my $rounds = $ENV{BENCH_ROUNDS} // 5;
my $milliseconds = $ENV{BENCH_MILLISECONDS} // 200;

my $subs_filter = -e '/usr/lib/nginx/modules/ngx_http_subs_filter_module.so';
my $t = Gateway->new(modules => ['consent', $subs_filter ? 'ngx_http_subs_filter_module' : ()]);

$t->keys;
$t->policy({
    site => 'Bench', hosts => ['localhost'], languages => ['fr'],
    controller => { name => 'Bench', contact => 'dpo@example.fr', privacy_policy => '/donnees' },
    services => ['youtube', 'google-analytics', 'facebook'],
});

my @sizes = $ENV{BENCH_PAGE} ? (-s $ENV{BENCH_PAGE}) / 1024 : (10, 100, 1000);

$t->write_file("www/$_.html", $ENV{BENCH_PAGE} ? slurp($ENV{BENCH_PAGE}) : page($_ * 1024)) for @sizes;
$t->write_file('www/10.bin', 'x' x 10240);
$t->write_file("www/plain-$_.css", sheet($_ * 1024)) for 10, 100, 400;
$t->write_file("www/theme-$_.css", '@import "https://fonts.googleapis.com/css?family=Lato";' . sheet($_ * 1024)) for 10, 100, 400;

my @hosts = map { "tracker$_.example.com" } 1 .. 50;
my $fifty = join '', map { "sub_filter '$_' 'nothing.invalid';\n" } @hosts;
my $fifty_subs = join '', map { "subs_filter $_ nothing.invalid;\n" } @hosts;

$t->http(<<"EOC");
    default_type text/html;
    types { application/octet-stream bin; text/css css; }
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
    server {
        listen 127.0.0.1:%%PORT_one%%;
        location / { proxy_pass http://origin; sub_filter_once off; sub_filter '$hosts[0]' 'nothing.invalid'; }
    }
    server { listen 127.0.0.1:%%PORT_fifty%%; location / { proxy_pass http://origin; sub_filter_once off;\n$fifty } }
    @{[ $subs_filter ? "server { listen 127.0.0.1:%%PORT_subs%%; location / { proxy_pass http://origin;\n$fifty_subs } }" : '' ]}
    server {
        listen 127.0.0.1:%%PORT_gateway%%;
        server_name localhost;
        consent on;
        consent_policy policy.json;
        location / { proxy_pass http://origin; }
    }
EOC

$t->run;

my ($all) = choice('accept-all');
my ($none) = choice('refuse-all');

my @ways = (
    ['plain proxy', 'proxy'],
    ['sub_filter, one host', 'one'],
    ['sub_filter, 50 hosts', 'fifty'],
    $subs_filter ? ['subs_filter, 50 hosts', 'subs'] : (),
    ['gateway, all accepted', 'gateway', Cookie => $all],
    ['gateway, all refused', 'gateway', Cookie => $none],
    ['gateway, no choice', 'gateway'],
);

my %added;

printf "%-28s %s   (added, times sub_filter of one)\n", 'microseconds of CPU', join ' ', map { sprintf '%22s', int($_) . ' KB' } @sizes;
print_rows(map { ["/$_.html", 1] } @sizes);

for my $sheet ('plain', 'theme') {
    printf "\na style sheet of 10, 100, 400 KB%s\n", $sheet eq 'theme' ? ' that imports fonts' : '';
    print_rows(map { ["/$sheet-$_.css", 1, 'Sec-Fetch-Dest' => 'style'] } 10, 100, 400);
}

print "\n10 KB that are no page\n";
print_rows(['/10.bin', 0]);

$t->stop;


sub choice {
    my ($decision) = @_;

    return $t->post('/_choices/', [decision => $decision], -port => 'gateway', 'Sec-Fetch-Site' => 'same-origin')
        ->cookies->{choices} =~ /^([^;]+)/;
}


# A row a way, a column a page.
sub print_rows {
    my @pages = @_;
    my %cost;

    for my $page (@pages) {
        my %costs;

        for my $round (1 .. $rounds) {
            push @{ $costs{$_->[0]} }, cost($_->[1], $page->[0], @$_[2 .. $#$_], @$page[2 .. $#$page]) for @ways;
        }

        $cost{$page->[0]}{$_} = (sort { $a <=> $b } @{ $costs{$_} })[$rounds / 2] for keys %costs;
    }

    for my $way (map { $_->[0] } @ways) {
        printf "%-28s %s\n", $way, join ' ', map { cell($cost{$_->[0]}, $way, $_->[1]) } @pages;
    }
}


sub cell {
    my ($cost, $way, $compare) = @_;

    my $added = $cost->{$way} - $cost->{'plain proxy'};
    my $one = $cost->{'sub_filter, one host'} - $cost->{'plain proxy'};

    return sprintf '%8.0f %+6.0f %6s', $cost->{$way}, $added, $compare && $added && $one > 0 ? sprintf '%.2f', $added / $one : '';
}


# The worker's user and system time by requests; the origin is served by the same worker, so it is in every row.
sub cost {
    my ($port, $path, @headers) = @_;

    my $connection = $t->connect(-port => $port);
    my $request = Gateway::HTTP::request('GET', $path, undef, Connection => 'keep-alive', @headers);
    my $end = Time::HiRes::time() + $milliseconds / 1000;
    my ($before, $requests);

    for ($requests = -3; $requests < 1 || Time::HiRes::time() < $end; $requests++) {
        $before = cpu() if $requests == 0;
        $connection->write($request);
        $connection->response->status == 200 or die "$path: not answered\n";
    }

    return (cpu() - $before) / $requests;
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
