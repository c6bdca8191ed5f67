#!/usr/bin/perl

# consent_policies: many tenants of one gateway, none of which can hurt another.

use lib 't/lib';
use Gateway;

sub policy {
    my ($name, @services) = @_;

    return {
        site => "Ville $name", hosts => ["$name.example", "www.$name.example"], languages => ['fr'],
        controller => { name => "Ville $name", privacy_policy => '/p' }, services => \@services,
    };
}

my $default = { %{ policy('x') }, site => 'Default' };
delete $default->{hosts};

sub gateway {
    my (%policies) = @_;

    my $t = Gateway->new;

    $t->keys;
    $t->policy($default, 'policies/_default.json') unless exists $policies{_default};
    $t->policy($policies{$_}, "policies/$_.json") for grep { defined $policies{$_} } keys %policies;
    $t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policies policies;
    consent_zone z:1m;

    server {
        listen 127.0.0.1:%%PORT%% default_server;
        consent on;
        default_type text/html;
        location / { return 200 '<p><script src="https://www.youtube.com/iframe_api"></script>'; }
        location = /status { consent_status; }
    }
EOC

    return $t;
}

sub site_of {
    my ($t, $host) = @_;

    return JSON::PP::decode_json($t->get('/_choices/policy.json', Host => $host)->body)->{site};
}

subtest 'each host' => sub {
    my $t = gateway(a => policy('a', 'youtube'), b => policy('b', 'vimeo'));
    $t->run;

    is(site_of($t, 'a.example'), 'Ville a', 'has its policy');
    is(site_of($t, 'www.b.example'), 'Ville b', 'by each of its names');
    is(site_of($t, 'WWW.B.Example:81'), 'Ville b', 'however it is written');
    is(site_of($t, $_), 'Default', "$_ is nobody's: the default") for 'c.example', 'sub.a.example', 'a.example.evil.example', '127.0.0.1';

    my @raw = $t->send("GET /_choices/policy.json HTTP/1.0\r\n\r\n");
    is(JSON::PP::decode_json($raw[0]->body)->{site}, 'Default', 'no Host at all as well');

    like($t->get('/', Host => 'a.example')->body, qr/data-ngxc="youtube"/, 'and its services');
    unlike($t->get('/', Host => 'spoofed.example')->body, qr{<script[^>]*\ssrc="https://www\.youtube}, 'who spoofs one gets nothing');

    my $r = $t->post('/_choices/', [decision => 'accept-all'], Host => 'a.example', 'Sec-Fetch-Site' => 'same-origin');
    my ($cookie) = $r->cookies->{choices} =~ /^([^;]+)/;
    my $state = sub { JSON::PP::decode_json($t->get('/_choices/state', Host => $_[0], Cookie => $cookie)->body)->{state} };

    is($state->('a.example'), 'all', 'a choice is good where it was made');
    is($state->('b.example'), 'unset', 'and nowhere else');
};

my %broken = (
    a => policy('a', 'youtube'),
    b => '{ "site": "b", "hosts": ["b.example"], ',
    c => { %{ policy('c', 'youtub') } },
    d => { %{ policy('d', 'youtube') }, contoller => {} },
    e => do { my $e = policy('e'); delete $e->{hosts}; $e },
    f => { %{ policy('f', 'youtube') }, hosts => ['f.example', 'a.example'] },
);

subtest 'broken files at nginx -t' => sub {
    my ($said, $content) = gateway(%broken)->nginx_test;

    ok(!$content, 'are not let through');
    like($said, qr/emerg\].*policies\/$_\.json/, "$_.json is named") for qw(b c d e f);
    unlike($said, qr/emerg\].*policies\/(?:_default)\.json/, 'the others are not');
    like($said, qr/youtub.*"youtube"/, 'with the remedy');
    like($said, qr/host "a\.example" of .*f\.json already belongs to .*a\.json/, 'two files with one host are told');
};

subtest 'broken files at start' => sub {
    my $t = gateway(%broken);
    $t->allow_log(qr/\[alert\].*policies\/[bcdef]\.json|5 files of ".*policies" cannot be used/);
    $t->run;

    is(site_of($t, 'a.example'), 'Ville a', 'do not stop the others');
    is(site_of($t, "$_.example"), 'Default', "$_.example gets the default") for qw(b c d e);
    is(site_of($t, 'f.example'), 'Ville f', 'a host claimed twice costs a policy only that host');
    unlike($t->get('/', Host => 'b.example')->body, qr{<script[^>]*\ssrc="https://www\.youtube}, 'closed');
    like($t->get('/status', Host => 'a.example')->body, qr/^ngx_consent_policy_files_broken 5$/m, 'they are counted');
    like($t->read_file('stderr.log'), qr/\[alert\].*policies\/$_\.json/, "$_.json is named") for qw(b c d e f);
    like($t->log, qr/\[alert\].*5 files of ".*policies" cannot be used/, 'in the log, too');
};

subtest 'a file that breaks before a reload' => sub {
    my $t = gateway(a => policy('a', 'youtube'), b => policy('b', 'vimeo'));
    $t->allow_log(qr/\[alert\].*policies\/b\.json|1 files of ".*policies" cannot be used/);
    $t->run;

    $t->policy('{', 'policies/b.json');
    $t->policy(policy('c', 'youtube'), 'policies/c.json');
    ok($t->reload, 'does not stop it');
    is(site_of($t, 'a.example'), 'Ville a', 'the others live');
    is(site_of($t, 'c.example'), 'Ville c', 'new ones come');
    is(site_of($t, 'b.example'), 'Default', 'its hosts get the default');

    $t->policy(policy('b', 'vimeo'), 'policies/b.json');
    ok($t->reload, 'mended');
    is(site_of($t, 'b.example'), 'Ville b', 'it is back');
    like($t->get('/status', Host => 'a.example')->body, qr/^ngx_consent_policy_files_broken 0$/m, 'and no longer counted');
};

subtest 'without a default' => sub {
    my ($said, $content) = gateway(a => policy('a'), _default => undef)->nginx_test;

    ok(!$content, 'nothing goes');
    like($said, qr/needs a correct "_default\.json"/, 'and the remedy is named');
};

subtest 'the rollout' => sub {
    my $t = Gateway->new;

    $t->keys;
    $t->policy($default, 'policies/_default.json');
    $t->policy(policy('a', 'youtube'), 'policies/a.json');
    $t->policy(policy('b', 'youtube'), 'policies/b.json');
    $t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policies policies;

    map $host $listed { default off; a.example on; www.a.example monitor; }
    split_clients "$remote_addr$http_user_agent" $part { 50% on; * off; }
    map "$host:$uri" $consent { default $listed; "~^b\.example:/webhook" off; "~^b\.example:" $part; }

    server {
        listen 127.0.0.1:%%PORT%%;
        consent $consent;
        default_type text/html;
        location / { return 200 '<p><script src="https://www.youtube.com/iframe_api"></script>'; }
    }
EOC
    $t->run;

    my $on = sub { $t->get($_[1] // '/', Host => $_[0], 'User-Agent' => $_[2] // 'x')->body =~ /data-ngxc/ ? 1 : 0 };

    is($on->('a.example'), 1, 'a host that is listed');
    is($on->('www.a.example'), 0, 'one that is watched');
    is($on->('c.example'), 0, 'one that is not listed');

    my @part = map { $on->('b.example', '/', "visitor $_") } 1 .. 60;
    my $sum = grep { $_ } @part;
    ok($sum > 10 && $sum < 50, "a part of the visitors ($sum of 60)");
    is_deeply([map { $on->('b.example', '/', "visitor $_") } 1 .. 60], \@part, 'always the same ones');
    is((grep { $on->('b.example', '/webhook', "visitor $_") } 1 .. 20), 0, 'but for one path');

    my ($cookie) = $t->post('/_choices/', [decision => 'accept-all'], Host => 'a.example', 'Sec-Fetch-Site' => 'same-origin')
        ->cookies->{choices} =~ /^([^;]+)/;
    my $state = sub { $t->get('/_choices/state', Host => 'a.example', Cookie => $cookie)->body =~ /"state": ?"(\w+)"/ ? $1 : 'none of ours' };
    my $conf = $t->read_file('nginx.conf');

    is($state->(), 'all', 'a visitor accepts');

    $t->write_file('nginx.conf', $conf =~ s/consent \$consent;/consent off;/r);
    ok($t->reload, 'off in one line');
    is($on->('a.example'), 0, 'is off');
    is($t->get('/', Host => 'a.example', Cookie => $cookie)->header('Vary'), undef, 'without a trace');
    is($state->(), 'none of ours', 'the endpoint is the site\'s again');

    $t->write_file('nginx.conf', $conf);
    ok($t->reload, 'and back');
    is($on->('a.example'), 1, 'is on');
    is($state->(), 'all', 'and asks nobody twice');
};

done_testing();
