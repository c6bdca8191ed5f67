#!/usr/bin/perl

# A thousand clients that read a page of 5 MB slowly, all at once: by how much the worker grows, through a plain proxy and through the
# gateway. Nothing is put aside in files, so that what is held is held in memory.

use strict;
use warnings;

use Gateway;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes qw(sleep time);

my $clients = $ENV{BENCH_CLIENTS} // 1000;
my $seconds = $ENV{BENCH_SECONDS} // 3;

# Of another process: what it costs to serve the file is not counted.
my $origin = gateway('server { listen 127.0.0.1:%%PORT%%; root %%PREFIX%%; }');

my $piece = ('<p>Some text of a long page, <b>with markup</b> and <img src=/a.png></p>' x 20)
    . '<iframe src="https://www.youtube.com/embed/x"></iframe>';
$origin->write_file('page.html', '<!DOCTYPE html><title>long</title><body>' . $piece x (5 * 1024 * 1024 / length $piece));
$origin->run;

my $from = '127.0.0.1:' . $origin->port;

my @ways = (
    ['proxy', 'off', "proxy_pass http://$from;"],
    ['gateway', 'on', "proxy_pass http://$from;"],
    ['proxy, unbuffered', 'off', "proxy_pass http://$from; proxy_buffering off;"],
    ['gateway, unbuffered', 'on', "proxy_pass http://$from; proxy_buffering off;"],
    ['file', 'off', 'root ' . $origin->file('') . ';'],
    ['gateway, file', 'on', 'root ' . $origin->file('') . ';'],
);

printf "%-32s %20s %20s %16s\n", "$clients slow clients, 5 MB each", 'worker before (KB)', 'at most (KB)', 'for each (KB)';

for my $way (@ways) {
    my ($name, $consent, $location) = @$way;
    my $t = gateway("server { listen 127.0.0.1:%%PORT%%; consent $consent; location / { $location } }");

    $t->run;
    $t->get('/page.html', Range => 'bytes=0-0');

    my $before = resident($t);
    my @sockets = map { slow($t) } 1 .. $clients;
    my $peak = $before;
    my $read = 0;

    for (my $end = time + $seconds; time < $end; sleep 0.1) {
        for my $socket (@sockets) {
            $read += sysread($socket, my $bytes, 4096) // 0;
        }

        my $now = resident($t);
        $peak = $now if $now > $peak;
    }

    $read > $clients * 4096 or die "$name: clients are not served\n";
    printf "%-32s %20d %20d %16.1f\n", $name, $before, $peak, ($peak - $before) / $clients;

    close $_ for @sockets;
    $t->stop;
}

$origin->stop;


sub gateway {
    my ($server) = @_;

    my $t = Gateway->new;

    $t->keys;
    $t->policy({
        site => 'Bench', languages => ['fr'], controller => { name => 'Bench', privacy_policy => '/donnees' },
        services => ['youtube', 'google-analytics'],
    });

    my $connections = 3 * $clients + 100;

    $t->conf(<<"EOC");
%%GLOBALS%%
worker_rlimit_nofile $connections;
events { worker_connections $connections; }

http {
%%GLOBALS_HTTP%%
    default_type text/html;
    sendfile on;
    proxy_max_temp_file_size 0;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    $server
}
EOC

    return $t;
}


# The kernel's buffer is made small, so that nginx has to wait.
sub slow {
    my ($t) = @_;

    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!\n";

    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
    connect $socket, Socket::pack_sockaddr_in($t->port, Socket::inet_aton('127.0.0.1')) or die "connect: $!\n";
    syswrite $socket, "GET /page.html HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    $socket->blocking(0);

    return $socket;
}


sub resident {
    my ($t) = @_;

    my $worker = (split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children"))[0];

    return (slurp("/proc/$worker/status") =~ /VmRSS:\s+(\d+)/)[0];
}
