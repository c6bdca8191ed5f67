#!/usr/bin/perl

# Ten thousand sites: what nginx -t and a reload take, what a worker weighs and what a request costs, with a policy for each site, by
# one "consent_policies" and by a server block each; beside the same without the gateway. FLEET_SITES=1000 for a smaller fleet.

use strict;
use warnings;

use Gateway;
use Time::HiRes ();

my $sites = $ENV{FLEET_SITES} // 10_000;
my $milliseconds = $ENV{BENCH_MILLISECONDS} // 400;

my @common = (
    controller => { name => 'Ville', contact => 'dpo@example.fr', privacy_policy => '/donnees' },
    languages => ['fr', 'en'],
);

my $http = "    default_type text/html;\n    keepalive_requests 1000000;\n    access_log off;\n    root www;\n"
    . "    server_names_hash_max_size 65536;\n    server_names_hash_bucket_size 128;\n"
    . "    consent_assets %%ASSETS%%;\n    consent_keys keys;\n";

my @ways = (
    ['one server, no gateway', sub { $http . "    server { listen 127.0.0.1:%%PORT%%; }\n" }],
    ['one policy, one server', sub { "${http}    server { listen 127.0.0.1:%%PORT%%; consent on; consent_policy policies/1.json; }\n" }],
    ["$sites policies, one server", sub { "${http}    consent_policies policies;\n    server { listen 127.0.0.1:%%PORT%%; consent on; }\n" }],
    ["the same, and consent_zone", sub { "${http}    consent_policies policies;\n    consent_zone z:64m;\n"
        . "    server { listen 127.0.0.1:%%PORT%%; consent on; }\n" }],
    ["$sites servers, no gateway", sub { $http . servers(sub { '' }) }],
    ["$sites servers, a policy each", sub { $http . servers(sub { "consent on; consent_policy policies/$_[0].json;" }) }],
);

my $t = Gateway->new;

$t->keys;
fleet();
$t->write_file('www/index.html', '<!DOCTYPE html><html><head><title>x</title></head><body><p>' . 'Bonjour ' x 1200 . '</body></html>');

printf "%-32s %14s %10s %12s %14s\n", '', 'nginx -t cpu s', 'reload s', 'worker MB', 'microseconds';

for my $way (@ways) {
    my ($name, $conf) = @$way;

    printf "%-32s %14.2f %10.2f %12.1f %14.1f\n", $name, measure($conf->());
}


sub measure {
    my ($conf) = @_;

    $t->http($conf);

    # Processor time: what else the machine does shall not count.
    my @before = times;
    my ($said, $content) = $t->nginx_test;
    my @after = times;
    my $test = $after[2] + $after[3] - $before[2] - $before[3];
    $content or die substr $said, -500;

    $t->run;
    wait_until(sub { workers() == 1 && $t->get('/') }, 60);

    my $begin = Time::HiRes::time();
    my $before = worker();
    kill HUP => $t->{pid};
    wait_until(sub { my $now = worker(); $now && $now != $before }, 60) or die "no reload\n";
    my $reload = Time::HiRes::time() - $begin;
    wait_until(sub { workers() == 1 }, 60);

    my $cost = cost();
    my $memory = memory();

    $t->stop;

    return ($test, $reload, $memory, $cost);
}


# A policy for each site, by the catalogue; two in ten have something of their own.
sub fleet {
    $t->policy({ site => 'Default', @common, services => [] }, 'policies/_default.json');

    for my $n (1 .. $sites) {
        $t->policy({
            site => "Ville $n", hosts => ["ville$n.example", "www.ville$n.example"], @common,
            services => ['youtube', 'google-analytics', 'facebook', 'google-maps',
                $n % 5 ? 'matomo' : { use => 'matomo', paths => ['/matomo/'], hosts => ["stats$n.example"], basis => 'exempt' }],
        }, "policies/$n.json");
    }
}


sub servers {
    my ($inside) = @_;

    return join '', map { "    server { listen 127.0.0.1:%%PORT%%; server_name ville$_.example www.ville$_.example; " . $inside->($_) . " }\n" }
        1 .. $sites;
}


sub workers {
    return split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children");
}


sub worker {
    return (workers())[-1];
}


# What the worker keeps in memory, shared with the master or not.
sub memory {
    return (slurp('/proc/' . worker() . '/smaps_rollup') =~ /^Rss:\s+(\d+)/m)[0] / 1024;
}


# CPU of a request, to sites all over the fleet: the median of five rounds.
sub cost {
    my $connection = $t->connect;
    my @costs;

    for my $round (1 .. 5) {
        my $before = cpu();
        my $end = Time::HiRes::time() + $milliseconds / 1000;
        my $requests = 0;

        while (Time::HiRes::time() < $end) {
            my $n = 1 + $requests * 7919 % $sites;

            $connection->write(Gateway::HTTP::request('GET', '/', undef, Connection => 'keep-alive', Host => "ville$n.example"));
            $connection->response->status == 200 or die "not answered\n";
            $requests++;
        }

        push @costs, (cpu() - $before) / $requests;
    }

    return (sort { $a <=> $b } @costs)[2];
}


# schedstat counts nanoseconds.
sub cpu {
    return (split ' ', slurp('/proc/' . worker() . '/schedstat'))[0] / 1000;
}
