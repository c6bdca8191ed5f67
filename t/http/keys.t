#!/usr/bin/perl

# Keys rotate over a fleet, node after node, while visitors choose and come back to any node: no choice is lost on the way, and what a
# retired key signed is no choice. HAProxy stands in front where it is installed; without it the visitors take nodes by turns.

use lib 't/lib';
use Gateway;
use Gateway::Peer;

use MIME::Base64 qw(encode_base64);
use POSIX ();

my $owner = $$;
my @nodes = map { Gateway->new(workers => 2) } 1 .. 3;

my ($old, $new) = map { my $n = $_; encode_base64(join('', map { chr 33 + ($_ * 7 + $n * 13) % 90 } 1 .. 32), '') } 1, 2;

sub keys_of {
    my ($node, @lines) = @_;

    chmod 0600, $node->write_file('keys', join '', map { "$_\n" } @lines);
}

for my $node (@nodes) {
    keys_of($node, "sign $old");
    $node->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
    $node->http("    consent_assets %%ASSETS%%;\n    keepalive_timeout 0;\n"
        . "    server { listen 127.0.0.1:%%PORT%%; server_name ville.example; consent on; consent_keys keys; consent_policy policy.json;\n"
        . "        consent_endpoint on rate=1000000r/s; }\n");
    $node->run;
}

my @host = (Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');
my @haproxy = peer('sbin/haproxy');
my ($front, $balancer) = balance() if @haproxy;

sub balance {
    my $port = $nodes[0]->port('front');
    my $config = $nodes[0]->write_file('haproxy.cfg', "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
        . "  retries 3\n  option redispatch\nlisten front\n  bind 127.0.0.1:$port\n  balance roundrobin\n"
        . join '', map { "  server node$_ 127.0.0.1:" . $nodes[$_]->port . "\n" } 0 .. 2);

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $nodes[0]->file('haproxy.log');
        open STDERR, '>&', \*STDOUT;
        exec @haproxy, '-db', '-f', $config or POSIX::_exit(127);
    }

    wait_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }, 10) or die "haproxy did not start\n";

    return ($port, $pid);
}


# Through the balancer, or to the nodes by turns.
my $turn = 0;

sub ask {
    my ($method, $path, $body, @headers) = @_;

    my $node = $front ? $nodes[0] : $nodes[$turn++ % 3];

    return $node->request($method, $path, $body, -port => $front ? 'front' : 0, @headers);
}

sub choose {
    my $r = ask(POST => '/_choices/', 'decision=accept-all', @host, 'Content-Type' => 'application/x-www-form-urlencoded');
    my ($cookie) = ($r->cookies->{choices} // '') =~ /^([^;]+)/;

    return $cookie;
}

sub state_of {
    my ($cookie, $node) = @_;

    my $r = $node ? $node->get('/_choices/state', @host, Cookie => $cookie) : ask(GET => '/_choices/state', undef, @host, Cookie => $cookie);

    return JSON::PP::decode_json($r->body)->{state};
}


# Visitors who choose, and come back again and again, until told to stop; what they saw goes to a file.
sub visitors {
    my ($n) = @_;

    my $stop = $nodes[0]->file('stop');
    my @pids;

    for my $visitor (1 .. $n) {
        my $test = $$;
        my $pid = fork // die "fork: $!\n";
        push @pids, $pid;
        next if $pid;

        $turn = $visitor;
        my ($chosen, $seen, @lost, @cookies) = (0, 0);

        until (-e $stop || getppid != $test) {
            my $cookie = eval { choose() };
            $cookie ? $chosen++ : push @lost, 'not taken';
            push @cookies, $cookie if $cookie && !($chosen % 10);

            for my $come_back (1 .. 3) {
                my $one = $come_back == 3 && @cookies ? $cookies[rand @cookies] : $cookie or next;
                my $state = eval { state_of($one) } // 'no answer';
                $state eq 'all' ? $seen++ : push @lost, $state;
            }
        }

        $nodes[0]->write_file("visitor.$visitor", json({ chosen => $chosen, seen => $seen, lost => \@lost }));
        POSIX::_exit(0);
    }

    return sub {
        $nodes[0]->write_file('stop', '');
        waitpid $_, 0 for @pids;
        unlink $stop;

        return map { JSON::PP::decode_json($nodes[0]->read_file("visitor.$_")) } 1 .. $n;
    };
}

sub rotate {
    my (@lines) = @_;

    for my $node (@nodes) {
        keys_of($node, @lines);
        $node->reload or die "a key file was not taken\n";
    }
}

my $first = choose();

subtest 'a rotation under load' => sub {
    my $end = visitors(4);

    rotate("sign $old", "verify $new");
    rotate("sign $new", "verify $old");
    rotate("sign $new", "verify $old");

    my @seen = $end->();
    my ($chosen, $seen) = (0, 0);
    $chosen += $_->{chosen}, $seen += $_->{seen} for @seen;

    cmp_ok($chosen, '>', 50, "choices were made ($chosen)" . ($front ? ', through HAProxy' : ''));
    cmp_ok($seen, '>', 150, "and came back ($seen times)");
    is_deeply([map { @{ $_->{lost} } } @seen], [], 'none was lost');
    is_deeply([map { state_of($first, $_) } @nodes], ['all', 'all', 'all'], 'nor one that the old key signed');
};

subtest 'the same rotation in the wrong order' => sub {
    keys_of($nodes[0], "sign $old");
    keys_of($_, "sign $new") for @nodes[1, 2];
    $_->reload for @nodes;

    my $r = $nodes[1]->post('/_choices/', [decision => 'accept-all'], @host);
    my ($cookie) = $r->cookies->{choices} =~ /^([^;]+)/;

    is_deeply([map { state_of($cookie, $_) } @nodes], ['unset', 'all', 'all'], 'loses choices: this test can fail');
};

subtest 'a retired key' => sub {
    my $last = do { rotate("sign $old", "verify $new"); choose() };

    rotate("sign $new", "verify $old");
    is_deeply([map { state_of($last, $_) } @nodes], ['all', 'all', 'all'], 'verifies until it goes');

    my $kept = choose();

    rotate("sign $new");
    is_deeply([map { state_of($last, $_) } @nodes], ['unset', 'unset', 'unset'], 'then its choices are none');
    is_deeply([map { state_of($kept, $_) } @nodes], ['all', 'all', 'all'], 'and the others stay');
    like($nodes[0]->log, qr/\[warn\] .*a key left ".*keys": visitors whose choice it signed are asked again/, 'which the log says beforehand');

    my $r = $nodes[0]->get('/_choices/', @host, Cookie => $last);
    is($r->status, 200, 'nobody sees an error');
};

# As nginx -t sees it, which has no state but the file.
subtest 'a key file that says since when' => sub {
    my $day = sub { POSIX::strftime('%Y-%m-%d', gmtime(time - $_[0] * 86400)) };
    my $test = sub { keys_of($nodes[0], @_); my $said = $nodes[0]->nginx_test; $said =~ /\[warn\] .*?(no key of .*)$/m ? $1 : '' };

    my $warned = 'signed before %s: visitors who chose earlier are asked again, unless the key of that time stays as "verify" until %s';

    is($test->("sign $new"), '', 'says nothing of keys without a day');
    like($test->("sign $new since " . $day->(10)), qr/\Q${\ sprintf $warned, $day->(10), $day->(-172)}\E/, 'warns of a key that left too early');
    is($test->("sign $new since " . $day->(182)), '', 'not of one that left in time');
    is($test->("sign $new since " . $day->(10), "verify $old since " . $day->(400)), '', 'nor while the old key stays');
    is($test->("sign $new since " . $day->(10), "verify $old"), '', 'whenever that began');
};

done_testing();


END {
    if ($balancer && $$ == $owner) {
        my $status = $?;

        kill TERM => $balancer;
        waitpid $balancer, 0;
        $? = $status;
    }
}
