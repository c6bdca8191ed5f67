#!/usr/bin/perl

# A vote needs the visitor's address, the logs do not: the application gets the whole one while everything that nginx writes or ships
# about the request is masked. And the recipe for those who want to keep their directives: $consent_masked_addr.

use lib 't/lib';
use Gateway;
use IO::Select;
use IO::Socket::INET;

my $t = Gateway->new;

# A log service's agent.
my $syslog = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp') or die "udp: $!";
my $agent = $syslog->sockport;

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
$t->upstream(vote => sub { [$_[0]->uri =~ /missing/ ? 404 : 200, ['Content-Type' => 'text/plain'], 'ok'] });

$t->http(<<"EOC" . <<'EOC');
    error_log syslog:server=127.0.0.1:$agent,tag=vote_error info;
EOC
    error_log %%PREFIX%%/requests.log info;

    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;

    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Forwarded-For;

    log_format whole '$uri $remote_addr "$http_x_forwarded_for" "$proxy_add_x_forwarded_for" $http_cf_connecting_ip $early';
    log_format masked '$uri $consent_masked_addr';
    access_log %%PREFIX%%/whole.log whole;
    access_log syslog:server=127.0.0.1:AGENT,tag=vote_access whole;
    limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;
    map $uri $early { default "-"; }

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        server_name ville.example;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        include /etc/nginx/proxy_params;
        recursive_error_pages on;

        location / { proxy_pass http://127.0.0.1:%%PORT_vote%%; }

        location /vote {
            consent_mask_log 16 48;
            set $early "from $remote_addr";
            proxy_set_header X-Early $early;
            include /etc/nginx/proxy_params;
            proxy_pass http://127.0.0.1:%%PORT_vote%%;
        }
        location /vote/denied { consent_mask_log 16 48; allow 203.0.113.77; deny all; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /vote/limited { consent_mask_log 16 48; limit_req zone=one; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /vote/down { consent_mask_log 16 48; proxy_pass http://127.0.0.1:%%PORT_nobody%%; error_page 502 /plain/page; }
        location /vote/missing {
            consent_mask_log 16 48;
            proxy_intercept_errors on;
            error_page 404 = @elsewhere;
            proxy_pass http://127.0.0.1:%%PORT_vote%%;
        }
        location @elsewhere { proxy_pass http://127.0.0.1:%%PORT_nobody%%; }
        location /down { proxy_pass http://127.0.0.1:%%PORT_nobody%%; }
        location /recipe { access_log %%PREFIX%%/recipe.log masked; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /subrequests {
            auth_request /vote/check;
            log_subrequest on;
            allow 203.0.113.77;
            deny all;
            proxy_pass http://127.0.0.1:%%PORT_vote%%;
        }
        location = /vote/check { consent_mask_log 16 48; log_subrequest on; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name scrutin.example;
        consent_mask_log 24 64;
        include /etc/nginx/proxy_params;
        location / { proxy_pass http://127.0.0.1:%%PORT_vote%%; }
    }
EOC

my $conf = $t->read_file('nginx.conf');
$t->write_file('nginx.conf', $conf =~ s/AGENT/$agent/r);
$t->certificate;
$t->run;

my ($v4, $v6) = ('203.0.113.77', '2001:db8:1234:5678::1');

# Lines of all logs about a request, those that the agent got included. nginx is done with a request when its line in the log is there.
my @shipped;

sub logged {
    my ($uri) = @_;

    wait_until(sub { $t->read_file('whole.log') =~ /^\Q$uri\E /m }, 5) or diag("$uri was not logged");

    while (IO::Select->new($syslog)->can_read(0.2)) {
        $syslog->recv(my $datagram, 65536);
        push @shipped, $datagram;
    }

    return grep { /\Q$uri\E[ "?]/ } @shipped, map { split /\n/, $t->read_file($_) } qw(whole.log requests.log);
}

sub ask {
    my ($path, %headers) = @_;

    return $t->get($path, Host => 'ville.example', 'X-Forwarded-For' => $v4, %headers)->status;
}

subtest 'a vote' => sub {
    is(ask('/vote', 'CF-Connecting-IP' => $v4), 200, 'is answered');

    my $request = $t->last_request('vote');
    is($request->header('X-Real-IP'), $v4, 'has the whole address');
    is($request->header('X-Forwarded-For'), "$v4, $v4", 'in every header');
    is($request->header('X-Early'), "from $v4", 'and variable');

    my @lines = logged('/vote');
    is(scalar @lines, 2, 'is logged to a file and to an agent');
    is((grep { /203\.0\.113\.77/ } @lines), 0, 'without the address');
    like($lines[-1], qr{^/vote 203\.0\.0\.0 "203\.0\.0\.0" "203\.0\.0\.0, 203\.0\.0\.0" 203\.0\.0\.0 from 203\.0\.0\.0$}, 'which is masked wherever it stands');

    ask('/vote?6', 'X-Forwarded-For' => $v6);
    is($t->last_request('vote')->header('X-Real-IP'), $v6, 'of IPv6 the same');
    is((grep { /5678/ } logged('/vote')), 0, 'and not in the logs');
};

subtest 'what goes wrong' => sub {
    is(ask('/vote/denied/a', 'X-Forwarded-For' => '203.0.113.78'), 403, 'who may not vote');
    my @lines = grep { /access forbidden by rule/ } logged('/vote/denied/a');
    is(scalar @lines, 2, 'is told to the error log, and to the agent');
    is((grep { !/client: 203\.0\.0\.0,/ } @lines), 0, 'masked');

    ask('/vote/limited');
    is(ask('/vote/limited/again'), 503, 'who votes too often');
    @lines = grep { /limiting requests/ } logged('/vote/limited/again');
    is(scalar @lines, 2, 'as well');
    is((grep { !/client: 203\.0\.0\.0,/ } @lines), 0, 'masked');

    ask('/vote/down');
    @lines = grep { /connect\(\) failed/ } logged('/plain/page'), map { split /\n/ } $t->read_file('requests.log');
    cmp_ok(scalar @lines, '>=', 1, 'an application that is down');
    is((grep { !/client: 203\.0\.0\.0,/ } @lines), 0, 'masked');
    is((grep { /203\.0\.113/ } logged('/plain/page')), 0, 'and so is the error page, which another location answers');

    is(ask('/vote/missing'), 502, 'where a named location answers');
    is((grep { /203\.0\.113/ } logged('/vote/missing')), 0, 'it is masked, too');
};

subtest 'everything else' => sub {
    is(ask('/down'), 502, 'a request to another location');
    my @lines = logged('/down');
    is((grep { /connect\(\) failed.*client: 203\.0\.113\.77,/ } @lines), 2, 'is told in full');
    is((grep { m{^/down 203\.0\.113\.77 } } @lines), 1, 'as ever');

    my $c = $t->connect;

    for my $path (qw(/vote/k1 /down/k2 /vote/k3 /down/k4)) {
        $c->write("GET $path HTTP/1.1\r\nHost: ville.example\r\nX-Forwarded-For: $v4\r\n\r\n");
        $c->response;
    }

    $c->close;
    my @turns = map { my $uri = $_; (grep { m{^$uri } } logged($uri))[0] =~ /^\S+ (\S+)/ } qw(/vote/k1 /down/k2 /vote/k3 /down/k4);
    is_deeply(\@turns, ['203.0.0.0', $v4, '203.0.0.0', $v4], 'in turns on one connection');
    is((grep { m{client: 203\.0\.113\.77,} } logged('/down/k4')), 2, 'the error log tells them apart as well');
};

subtest 'a whole server' => sub {
    $t->get('/any', Host => 'scrutin.example', 'X-Forwarded-For' => $v4);
    is($t->last_request('vote')->header('X-Real-IP'), $v4, 'the application has the address');
    like((logged('/any'))[-1], qr{^/any 203\.0\.113\.0 }, 'the log as many bits as it is to keep');

    $t->get('/_choices/', Host => 'scrutin.example', 'X-Forwarded-For' => $v4);
    like((logged('/_choices/'))[-1], qr{^/_choices/ 203\.0\.113\.0 }, 'of visits to the settings too');

    $t->send("GET /bad HTTP/1.1\r\nHost: scrutin.example\r\nX-Forwarded-For: $v4\r\nContent-Length: x\r\n\r\n");
    ok(!(grep { /scrutin/ && /203\.0\.113\.77/ } split /\n/, $t->read_file('requests.log')), 'a bad request knows no address but its peer\'s');
};

subtest 'subrequests that are logged' => sub {
    is(ask('/subrequests'), 200, 'leave the access rules of the request that made them the address');
    is($t->last_request('vote')->header('X-Real-IP'), $v4, 'and its application');
    like((grep { m{^/vote/check } } logged('/vote/check'))[0], qr{^/vote/check 203\.0\.0\.0 }, 'and are logged masked');
};

subtest 'HTTP/2' => sub {
    my $r = $t->curl('/vote/h2', -port => 'tls', '--http2', '-H', 'Host: ville.example', '-H', "X-Forwarded-For: $v4");
    is($r->status, 200, 'is the same');
    is($t->last_request('vote')->header('X-Real-IP'), $v4, 'there');
    like((grep { m{^/vote/h2 } } logged('/vote/h2'))[0], qr{^/vote/h2 203\.0\.0\.0 }, 'and here');
};

subtest 'the recipe without the directive' => sub {
    ask('/recipe');
    wait_until(sub { -s $t->file('recipe.log') }, 5);
    is($t->read_file('recipe.log'), "/recipe 203.0.0.0\n", '$consent_masked_addr in a log_format');
};

subtest 'mistakes' => sub {
    $t->write_file('nginx.conf', $conf =~ s/AGENT/$agent/r =~ s/consent_mask_log 24 64/consent_mask_log on/r);
    like(scalar $t->nginx_test, qr/"consent_mask_log" takes "off", or the bits kept .* in .*nginx\.conf:\d+/, 'are explained');
};

done_testing();
