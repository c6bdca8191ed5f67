#!/usr/bin/perl

# A page of 50 MB, through a plain proxy and through the gateway: how long until the first byte, and by how much the worker grows.

use strict;
use warnings;

use Gateway;
use Time::HiRes ();

my $size = 50 * 1024 * 1024;
my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Bench', languages => ['fr'], controller => { name => 'Bench', privacy_policy => '/donnees' },
    services => ['youtube', 'google-analytics'],
});

open my $file, '>', $t->file('big.html') or die "big.html: $!\n";
my $piece = ('<p>Some text of a long page, <b>with markup</b> and <img src=/a.png></p>' x 20)
    . '<iframe src="https://www.youtube.com/embed/x"></iframe>';
print $file '<!DOCTYPE html><title>big</title><body>', $piece x ($size / length $piece);
close $file;

$t->http(<<'EOC');
    default_type text/html;
    consent_assets %%ASSETS%%;
    consent_keys keys;

    server { listen 127.0.0.1:%%PORT_origin%%; root %%PREFIX%%; }
    server { listen 127.0.0.1:%%PORT_proxy%%; location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; } }
    server {
        listen 127.0.0.1:%%PORT_gateway%%;
        consent on;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->run;

printf "%-12s %22s %22s %18s\n", 'a 50 MB page', 'first byte (ms)', 'worker before (KB)', 'at most (KB)';

for my $way ('proxy', 'gateway') {
    my $connection = $t->connect(-port => $way);
    my $before = resident();
    my $start = Time::HiRes::time();
    my ($first, $peak) = (0, $before);

    $connection->write("GET /big.html HTTP/1.0\r\nAccept: text/html\r\n\r\n");

    while (sysread $connection->{socket}, my $chunk, 262144) {
        $first ||= Time::HiRes::time() - $start;

        my $now = resident();
        $peak = $now if $now > $peak;
    }

    printf "%-12s %22.2f %22d %18d\n", $way, $first * 1000, $before, $peak;
}

$t->stop;


sub resident {
    my $worker = (split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children"))[0];

    return (slurp("/proc/$worker/status") =~ /VmRSS:\s+(\d+)/)[0];
}
