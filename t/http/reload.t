#!/usr/bin/perl

# Reloads leak nothing, a failed one changes nothing, a killed worker loses only its own request, and old workers finish what they began.

use lib 't/lib';
use Gateway;

use Time::HiRes ();

my $reloads = $ENV{NGXC_VALGRIND} ? 3 : $ENV{NGXC_RELOADS} // 60;

my $t = Gateway->new(workers => 2);
my $policy = { site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr', 'en'],
    services => ['youtube', 'google-analytics', { use => 'matomo', paths => ['/matomo/'] }] };

$t->keys;
$t->policy($policy);
$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html', 'Transfer-Encoding' => 'chunked'],
        ['<!DOCTYPE html><title>x</title><body><p>first', \1.5, '<iframe src="https://www.youtube.com/embed/a"></iframe><p>last']] if $request->uri eq '/slow';
    return [200, ['Content-Type' => 'text/html'], '<!DOCTYPE html><title>x</title><iframe src="https://www.youtube.com/embed/a"></iframe>'];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_zone counters:1m;
    consent on;
    server {
        listen 127.0.0.1:%%PORT%%;
        consent_policy policy.json;
        proxy_buffering off;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location = /matomo/x { consent_mask_ip 16 48; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->run;

my @page = (Accept => 'text/html');

sub memory {
    my ($pid) = @_;

    return (slurp("/proc/$pid/status") =~ /VmRSS:\s+(\d+)/)[0];
}

sub workers {
    my $master = slurp($t->file('nginx.pid')) + 0;

    return map { /^\s*(\d+)/ ? $1 : () } grep { /worker process$/ } `ps -o pid=,args= --ppid $master`;
}

subtest 'an old worker' => sub {
    my $c = $t->connect;

    $c->write("GET /slow HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    like($c->read_until(qr/<p>first/), qr/<p>first/, 'begins a page');

    $t->policy({ %$policy, services => ['vimeo'] });
    ok($t->reload, 'while a reload takes another policy');
    unlike($t->get('/_choices/policy.json')->body, qr/"youtube"/, 'which new requests see');

    my $body = $c->response->body;
    like($body, qr/data-ngxc="youtube".*<p>last/s, 'and ends it as it began');
};

subtest 'a reload that fails' => sub {
    my $before = $t->get('/_choices/policy.json')->body;

    $t->allow_log(qr/emerg/);
    $t->policy('{ "site": broken');
    ok(!$t->reload, 'is not taken');
    is($t->get('/_choices/policy.json')->body, $before, 'and changes nothing');
    is($t->get('/', @page)->status, 200, 'nor stops anything');

    # A worker born of a master whose last configuration was wrong runs the one before.
    $t->allow_log(qr/exited on signal 9/);
    kill KILL => $_ for workers();
    wait_until(sub { workers() == 2 }, 5);
    is($t->get('/_choices/policy.json')->body, $before, 'in a worker that starts afterwards, too');
    like($t->get('/', @page)->body, qr/<iframe/, 'which serves');

    $t->policy($policy);
    ok($t->reload, 'a correct one is taken again');
};

subtest 'a worker that is killed' => sub {
    my @old = workers();
    my $c = $t->connect;

    $c->write("GET /slow HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    $c->read_until(qr/<p>first/);

    kill KILL => @old;

    is($t->get('/', @page)->status, 200, 'is replaced') if wait_until(sub { my %old = map { $_ => 1 } @old; 2 == grep { !$old{$_} } workers() }, 5);
    ok(!$c->response->complete, 'loses the request it had');
    like($t->get('/', @page)->body, qr/data-ngxc="youtube"/, 'and no other');
};

subtest "$reloads reloads" => sub {
    my $master = slurp($t->file('nginx.pid')) + 0;

    # The first few fill what the allocator keeps.
    $t->reload for 1 .. 3;

    my $before = memory($master);
    my $middle;

    for my $n (1 .. $reloads) {
        $t->reload or fail("reload $n was not taken");
        $middle = memory($master) if $n == int($reloads / 2);
    }

    my $after = memory($master);

    cmp_ok($after - $before, '<', 2048, "leave the master as it was ($before, $middle, then $after KB)");
    cmp_ok($after - ($middle // $before), '<', 1024, 'and it has stopped growing');
    like($t->get('/', @page)->body, qr/data-ngxc="youtube"/, 'and pages as they were');
    cmp_ok(scalar(@{[glob "/proc/$master/fd/*"]}), '<', 40, 'and no descriptor is left open');
};

done_testing();
