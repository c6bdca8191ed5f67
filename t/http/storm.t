#!/usr/bin/perl

# Reloads and killed workers while visitors ask and choose: no wrong page, no failed request but those of a killed worker, no accepted
# choice without its evidence. NGXC_RELOADS=100 and NGXC_KILLS=20 for the whole storm.

use lib 't/lib';
use Gateway;

use IO::Select;
use IO::Socket::INET;
use POSIX ();

my $reloads = $ENV{NGXC_RELOADS} // 20;
my $kills = $ENV{NGXC_KILLS} // 5;
my $connections = 200;

my $t = Gateway->new(workers => 2);

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
$t->write_file('www/page.html', '<!DOCTYPE html><html><head><title>x</title></head><body>' . '<p>Bonjour</p>' x 3000
    . '<iframe src="https://www.youtube.com/embed/abc"></iframe></body></html>');
$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_zone z:1m;
    types { text/html html; }
    server {
        listen 127.0.0.1:%%PORT%% backlog=1024;
        server_name ville.example;
        root www;
        consent on;
        consent_keys keys;
        consent_policy policy.json;
        consent_endpoint on rate=1000000r/s;
        consent_evidence evidence.jsonl;
        location = /status { consent_status; }
    }
EOC
$t->allow_log(qr/exited on signal 9|worker process \d+ exited on signal|open socket #\d+ left in connection/);
$t->run;

my $port = $t->port;
my $get = "GET /page.html HTTP/1.1\r\nHost: ville.example\r\nConnection: close\r\n\r\n";
my $form = 'decision=accept-all';
my $post = "POST /_choices/ HTTP/1.1\r\nHost: ville.example\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($form) . "\r\n\r\n$form";

# Two hundred connections at a time, each with one request, until told to stop.
sub visitors {
    my ($stop, $result) = @_;

    my $test = $$;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;

    my ($select, %open, %count, @wrong, @ids) = (IO::Select->new);
    my $sent = 0;

    while (1) {
        while (keys %open < $connections && !-e $stop && getppid == $test) {
            my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or $count{'not connected'}++, next;
            my $chooses = $sent++ % 10 == 0;

            syswrite $socket, $chooses ? $post : $get;
            $open{ fileno $socket } = { socket => $socket, chooses => $chooses, bytes => '' };
            $select->add($socket);
        }

        last if !%open;

        for my $socket ($select->can_read(5)) {
            my $one = $open{ fileno $socket };
            next if sysread $socket, $one->{bytes}, 65536, length $one->{bytes};

            delete $open{ fileno $socket };
            $select->remove($socket);
            close $socket;

            my ($status) = $one->{bytes} =~ m{^HTTP/1\.1 (\d+)};
            my ($id) = $one->{bytes} =~ m{saved=(\w{32})};
            my $whole = $one->{chooses} ? defined $id : $one->{bytes} =~ /\r\n0\r\n\r\n\z/;

            push @ids, $id if $id;

            if (!$whole) {
                $count{cut}++;
            } elsif ($status == ($one->{chooses} ? 303 : 200)
                && ($one->{chooses} || $one->{bytes} =~ /data-ngxc="youtube"/ && $one->{bytes} !~ /<iframe[^>]*\ssrc="https:/))
            {
                $count{good}++;
            } else {
                push @wrong, substr $one->{bytes}, 0, 300;
            }
        }
    }

    $t->write_file($result, json({ count => \%count, wrong => [@wrong[0 .. ($#wrong > 4 ? 4 : $#wrong)]], ids => \@ids }));
    POSIX::_exit(0);
}

sub storm {
    my ($name, $weather) = @_;

    my $pid = visitors($t->file("$name.stop"), "$name.json");

    $weather->();
    $t->write_file("$name.stop", '');
    waitpid $pid, 0;

    return JSON::PP::decode_json($t->read_file("$name.json"));
}

sub workers {
    return split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children");
}

sub kept {
    my %kept = map { /"id":"(\w{32})"/ ? ($1 => 1) : () } split /\n/, $t->read_file('evidence.jsonl');

    return \%kept;
}

subtest 'reloads' => sub {
    my $seen = storm(reloads => sub {
        for (1 .. $reloads) {
            my %before = map { $_ => 1 } workers();
            kill HUP => $t->{pid};
            wait_until(sub { 2 == grep { !$before{$_} } workers() }, 60) or fail('no new workers');
        }
    });

    cmp_ok($seen->{count}{good}, '>', 500, "$seen->{count}{good} answers through $reloads reloads");
    is_deeply($seen->{wrong}, [], 'none is wrong');
    is($seen->{count}{cut}, undef, 'none is cut off');
    is($seen->{count}{'not connected'}, undef, 'nobody is turned away');

    my $kept = kept();
    is_deeply([grep { !$kept->{$_} } @{ $seen->{ids} }], [], 'every choice that was taken has its evidence');
};

subtest 'killed workers' => sub {
    my $seen = storm(kills => sub {
        for (1 .. $kills) {
            my ($one) = (workers())[0];
            kill KILL => $one;
            wait_until(sub { my @now = workers(); @now >= 2 && !grep { $_ == $one } @now }, 20) or fail('no new worker');
            select undef, undef, undef, 0.05;
        }
    });

    cmp_ok($seen->{count}{good}, '>', 200, "$seen->{count}{good} answers through $kills killed workers");
    is_deeply($seen->{wrong}, [], 'none is wrong');
    cmp_ok($seen->{count}{cut} // 0, '<=', $kills * $connections, 'none is lost but those of a killed worker');

    my $kept = kept();
    is_deeply([grep { !$kept->{$_} } @{ $seen->{ids} }], [], 'every choice that was taken has its evidence');
};

subtest 'after it' => sub {
    my $said = Gateway::run_command($^X, 'scripts/consent-evidence', 'verify', $t->file('evidence.jsonl'));
    is($? >> 8, 0, 'the chains hold') or diag($said);

    my $hosts = JSON::PP::decode_json($t->get('/status', Host => 'ville.example', Accept => 'application/json')->body)->{hosts};
    cmp_ok($hosts->{'ville.example'}{decisions}{'accept-all'}, '>', 0, 'and the counters went on');
};

done_testing();
