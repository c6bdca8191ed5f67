#!/usr/bin/perl

# What an address costs a worker: microseconds of CPU for each request, the median of some rounds, where it goes on as it is, is masked
# (with no header, and with the seven that a CDN and a proxy add), is masked in the log alone, and has a pseudonym. The answer is nginx's
# own 204, so that nothing hides it.

use strict;
use warnings;

use Gateway;
use Time::HiRes ();

my $rounds = $ENV{BENCH_ROUNDS} // 7;
my $milliseconds = $ENV{BENCH_MILLISECONDS} // 400;

my $t = Gateway->new;

$t->keys;
$t->http(<<'EOC');
    keepalive_requests 100000000;
    consent_keys keys;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;
    access_log off;

    server {
        listen 127.0.0.1:%%PORT%%;
        root empty;

        location /plain { try_files /none =204; add_header X-A $remote_addr; }
        location /masked { consent_mask_ip 16 48; try_files /none =204; add_header X-A $remote_addr; }
        location /log { consent_mask_log 16 48; try_files /none =204; add_header X-A $remote_addr; }
        location /pseudonym { consent_pseudonym on; try_files /none =204; add_header X-A $consent_pseudonym; }
        location /salted { consent_pseudonym on salt=$arg_ballot; try_files /none =204; add_header X-A $consent_pseudonym; }
    }
EOC

$t->run;

my @few = ('X-Test-Address' => '203.0.113.77', 'User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    Accept => 'text/html,application/xhtml+xml', 'Accept-Language' => 'fr', Cookie => 'a=1; b=2; session=0123456789abcdef');
my @many = (@few, 'X-Forwarded-For' => '203.0.113.77, 198.51.100.5', 'X-Real-IP' => '203.0.113.77', 'CF-Connecting-IP' => '203.0.113.77',
    'True-Client-IP' => '203.0.113.77', Forwarded => 'for=203.0.113.77;proto=https', 'X-Forwarded-Proto' => 'https',
    'X-Client-IP' => '203.0.113.77');

my @ways = (
    ['as it is', '/plain'],
    ['masked', '/masked'],
    ['masked in the log alone', '/log'],
    ['pseudonym', '/pseudonym'],
    ['pseudonym with a salt', '/salted?ballot=budget-2025'],
);

printf "%-32s %14s %14s\n", 'microseconds of CPU a request', '1 header', '8 headers';

for my $way (@ways) {
    printf "%-32s %14.2f %14.2f\n", $way->[0], map { cost($way->[1], @$_) } \@few, \@many;
}

$t->stop;


# Sixteen requests at a time, so that system calls count for less.
sub cost {
    my ($path, @headers) = @_;

    my $connection = $t->connect;
    my $requests = Gateway::HTTP::request('GET', $path, undef, Connection => 'keep-alive', @headers) x 16;
    my @costs;

    for my $round (1 .. $rounds) {
        my $before = cpu();
        my $end = Time::HiRes::time() + $milliseconds / 1000;
        my $n = 0;

        while (Time::HiRes::time() < $end) {
            syswrite $connection->socket, $requests;
            read_answers($connection->socket, 16, \$n);
        }

        push @costs, (cpu() - $before) / $n;
    }

    $connection->close;

    return (sort { $a <=> $b } @costs)[$rounds / 2];
}


sub read_answers {
    my ($socket, $expected, $n) = @_;

    my ($bytes, $seen) = ('', 0);

    while ($seen < $expected) {
        sysread $socket, $bytes, 65536, length $bytes or die "nginx closed the connection\n";
        $seen = () = $bytes =~ /\r\n\r\n/g;
    }

    $bytes =~ m{^HTTP/1\.1 204} or die $bytes;
    $$n += $seen;
}


# Nanoseconds that the only worker ran, in microseconds.
sub cpu {
    my $worker = (split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children"))[0];

    return (split ' ', slurp("/proc/$worker/schedstat"))[0] / 1000;
}
