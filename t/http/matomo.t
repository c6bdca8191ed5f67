#!/usr/bin/perl

# A Matomo behind every kind of upstream, in front of it every way in which an address can arrive: what it is given holds no address
# of a visitor. Beside it a vote, which must have the whole one.

use lib 't/lib';
use Gateway;
use IO::Socket::INET;
use IO::Socket::IP;
use IO::Socket::UNIX;

my $t = Gateway->new;
my @kinds = qw(proxy unix fastcgi uwsgi scgi grpc);

$t->keys;
$t->policy({
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
    services   => [{ use => 'matomo', paths => [map { "/$_/" } @kinds, 'php', 'keep'], basis => 'exempt' }],
});

my $reply = sub {
    select undef, undef, undef, 0.3 if $_[0]->uri =~ /slow/;
    return [200, ['Content-Type' => 'text/plain'], 'ok'];
};

$t->upstream(proxy => $reply);
$t->upstream(unix => $reply, unix => $t->file('unix.sock'));
$t->upstream($_ => $reply, protocol => $_) for qw(fastcgi uwsgi scgi);
$t->upstream(grpc => $reply);

my $php = $t->php('php');
my $six = IO::Socket::IP->new(LocalHost => '::1', Listen => 1) ? 1 : 0;

push @kinds, 'php' if $php;

$t->write_file('locations.conf', <<'EOC');
    location /proxy/ {
        include /etc/nginx/proxy_params;
        proxy_set_header X-Variables "$remote_addr;$proxy_protocol_addr;$realip_remote_addr;$http_x_forwarded_for;$http_cf_connecting_ip";
        proxy_pass http://127.0.0.1:PORT_proxy;
    }
    location /unix/ { include /etc/nginx/proxy_params; proxy_pass http://unix:PREFIX/unix.sock; }
    location /keep/ { include /etc/nginx/proxy_params; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept; }
    location /kept-vote { include /etc/nginx/proxy_params; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept; }
    location /fastcgi/ { include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:PORT_fastcgi; }
    location /uwsgi/ { include /etc/nginx/uwsgi_params; uwsgi_pass 127.0.0.1:PORT_uwsgi; }
    location /scgi/ {
        include /etc/nginx/scgi_params;
        scgi_param CONTENT_LENGTH $content_length;
        scgi_pass 127.0.0.1:PORT_scgi;
    }
    location /grpc/ {
        grpc_set_header X-Real-IP $remote_addr;
        grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        grpc_pass grpc://127.0.0.1:PORT_h2;
    }
    location /php/ {
        include /etc/nginx/fastcgi.conf;
        fastcgi_param SCRIPT_FILENAME PREFIX/php.php;
        fastcgi_pass unix:PREFIX/php.sock;
    }
    location /vote { include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:PORT_proxy; }
    location /mirrored {
        mirror /mirror;
        mirror_request_body on;
        include /etc/nginx/proxy_params;
        proxy_pass http://127.0.0.1:PORT_proxy;
    }
    location = /mirror {
        internal;
        consent_mask_ip 16 48;
        include /etc/nginx/proxy_params;
        proxy_pass http://127.0.0.1:PORT_proxy/copy;
    }
    location /ssi {
        ssi on;
        ssi_types text/plain;
        alias PREFIX/page.txt;
    }
EOC

my $locations = $t->read_file('locations.conf');
$locations =~ s/PORT_(\w+)/$t->port($1)/ge;
$locations =~ s/PREFIX/$t->file('')/ge;
$t->write_file('locations.conf', $locations =~ s{//(?=\w+\.sock|\w+\.php|\w+\.txt)}{/}gr);
$t->write_file('page.txt', 'a<!--# include virtual="/proxy/matomo.php?ssi" -->b<!--# include virtual="/vote?ssi" -->c');
$t->certificate;

$t->http(<<'EOC' =~ s/IF_SIX/$six ? '' : '#'/gre);
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;
    underscores_in_headers on;
    ssi_silent_errors off;
    upstream kept { server 127.0.0.1:%%PORT_proxy%%; keepalive 1; }

    server {
        listen 127.0.0.1:%%PORT%% default_server;
        listen 127.0.0.1:%%PORT_pp%% proxy_protocol default_server;
        listen 127.0.0.1:%%PORT_tls%% ssl http2 default_server;
        listen unix:%%PREFIX%%/front.sock default_server;
        IF_SIX listen [::1]:%%PORT_six%% default_server;
        server_name plain.example;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        include locations.conf;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen unix:%%PREFIX%%/front.sock;
        server_name realip.example;
        set_real_ip_from 127.0.0.0/8;
        set_real_ip_from unix:;
        real_ip_header X-Forwarded-For;
        include locations.conf;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        server_name cloudflare.example;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        set_real_ip_from 127.0.0.0/8;
        real_ip_header CF-Connecting-IP;
        include locations.conf;
    }
    server {
        listen 127.0.0.1:%%PORT_pp%% proxy_protocol;
        server_name balanced.example;
        set_real_ip_from 127.0.0.0/8;
        real_ip_header proxy_protocol;
        include locations.conf;
    }
    server {
        listen 127.0.0.1:%%PORT_h2%% http2;
        server_name grpc;
        consent off;
        access_log off;
        location / { proxy_set_header Host $host; proxy_pass http://127.0.0.1:%%PORT_grpc%%; }
    }
EOC

$t->run;

my ($v4, $v4_masked, $v6, $v6_masked) = ('203.0.113.77', '203.0.0.0', '2001:db8:1234:5678::1', '2001:db8:1234::');

# Everything in the record of a request that looks like one of the addresses, in whatever spelling.
sub found {
    my ($request, @more) = @_;

    my $text = json({%$request});
    my $addresses = join '|', map { quotemeta } $v4, '198.51.100.5', '192.0.2.9', '2001:db8:1234:5678', '2001:0db8:1234:5678', @more;

    return join ' ', $text =~ /(?<![\d.])($addresses)(?![\d.])/gi;
}

# The address that this kind of upstream takes for the visitor's.
sub visitor {
    my ($request) = @_;

    return $request->params ? $request->params->{REMOTE_ADDR} : $request->header('X-Real-IP');
}

sub ask {
    my ($front, $path, @lines) = @_;

    return ask_http2($front, $path, @lines) if $front->{http2};

    my $socket = ($front->{unix} ? IO::Socket::UNIX->new(Peer => $t->file('front.sock'))
        : $front->{six} ? IO::Socket::IP->new(PeerHost => '::1', PeerPort => $t->port('six'))
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port($front->{port} // 0), LocalAddr => $front->{peer} // '127.0.0.1'))
        or die "$front->{name}: $!";

    my $body = 'idsite=1&rec=1';
    my $head = join '', map { "$_\r\n" } "POST $path HTTP/1.1", "Host: $front->{host}", @lines, 'Content-Length: ' . length $body,
        'Content-Type: application/x-www-form-urlencoded', 'Connection: close';

    print $socket ($front->{before} // ''), "$head\r\n$body";
    local $/;

    return (Gateway::HTTP::parse(scalar <$socket>))[-1]->status;
}

sub ask_http2 {
    my ($front, $path, @lines) = @_;

    my $port = $t->port('tls');
    my $said = Gateway::run_command('curl', '-sSk', '--http2', '--max-time', 10, '-o', '/dev/null', '-w', '%{http_version} %{http_code}',
        '--interface', $front->{peer} // '127.0.0.1', (map { ('-H', $_) } @lines), '-d', 'idsite=1&rec=1', '--resolve', "$front->{host}:$port:127.0.0.1", "https://$front->{host}:$port$path");

    return $said =~ /^2 (\d+)$/ ? $1 : $said;
}

my @spoofs = ('X-Forwarded-For: 198.51.100.5, 192.0.2.9', "X-Forwarded-For: $v4", "X_Forwarded_For: $v4", "X-Forwarded_For: $v4",
    "X-Real-IP: $v4", "X_Real_IP: $v4", "CF-Connecting-IP: $v4", "True-Client-IP: $v4", "Client-IP: $v4", "X-Client-IP: $v4",
    "X-Cluster-Client-IP: [$v6]:4711", "Forwarded: for=$v4;by=198.51.100.5, for=\"[$v6]:80\"", "X-Forwarded: $v4", "Forwarded-For: $v4");

my @fronts = (
    { name => 'a visitor alone', host => 'plain.example', peer => '127.45.67.89', sees => '127.45.0.0', full => '127.45.67.89' },
    { name => 'behind a proxy (realip)', host => 'realip.example', sees => $v4_masked, full => $v4 },
    { name => 'realip and IPv6', host => 'realip.example', sees => $v6_masked, full => $v6, lines => ["X-Forwarded-For: $v6"] },
    { name => 'behind Cloudflare', host => 'cloudflare.example', sees => $v4_masked, full => $v4 },
    { name => 'Cloudflare and IPv6', host => 'cloudflare.example', sees => $v6_masked, full => $v6, lines => ["CF-Connecting-IP: $v6"], only => 1 },
    { name => 'HTTP/2 behind Cloudflare', host => 'cloudflare.example', http2 => 1, sees => $v4_masked, full => $v4 },
    { name => 'HTTP/2 and IPv6', host => 'cloudflare.example', http2 => 1, sees => $v6_masked, full => $v6, lines => ["CF-Connecting-IP: $v6"], only => 1 },
    { name => 'HTTP/2 alone', host => 'plain.example', http2 => 1, peer => '127.45.67.89', sees => '127.45.0.0', full => '127.45.67.89' },
    { name => 'the PROXY protocol', host => 'balanced.example', port => 'pp', before => "PROXY TCP4 $v4 127.0.0.1 40000 80\r\n",
        sees => $v4_masked, full => $v4 },
    { name => 'the PROXY protocol and IPv6', host => 'balanced.example', port => 'pp', before => "PROXY TCP6 $v6 ::1 40000 80\r\n",
        sees => $v6_masked, full => $v6 },
    { name => 'the PROXY protocol without realip', host => 'plain.example', port => 'pp', peer => '127.45.67.89',
        before => "PROXY TCP4 $v4 127.0.0.1 40000 80\r\n", sees => '127.45.0.0', full => '127.45.67.89' },
    { name => 'a unix socket', host => 'realip.example', unix => 1, sees => $v4_masked, full => $v4 },
    { name => 'a unix socket without realip', host => 'plain.example', unix => 1, sees => 'unix:', full => 'unix:' },
    $six ? { name => 'an IPv6 listener', host => 'plain.example', six => 1, sees => '::', full => '::1' } : (),
);

for my $front (@fronts) {
    subtest $front->{name} => sub {
        my @lines = $front->{only} ? @{ $front->{lines} } : (@spoofs, @{ $front->{lines} // [] });

        for my $kind (@kinds) {
            is(ask($front, "/$kind/matomo.php?idsite=1", @lines, "X-Whatever: by $front->{full}!"), 200, "$kind: is answered");

            my $request = $t->last_request($kind);
            is(visitor($request), $front->{sees}, "$kind: gets a masked address");
            is(found($request, $front->{full} =~ /\d\.\d/ ? $front->{full} : ()), '', "$kind: and nowhere another");
            is($request->body, 'idsite=1&rec=1', "$kind: and the hit");
        }

        is(ask($front, '/vote', @lines), 200, 'a vote is answered');
        is(visitor($t->last_request('proxy')), $front->{full}, 'and has the whole address');
    };
}

subtest 'what else could be read' => sub {
    my ($realip) = grep { $_->{name} =~ /realip\)/ } @fronts;

    ask($realip, '/proxy/matomo.php', @spoofs);
    my $request = $t->last_request('proxy');

    is_deeply([map { $request->headers($_) } 'X-Forwarded-For', 'X_Forwarded_For', 'X-Forwarded_For', 'X_Real_IP'],
        ['198.51.0.0, 192.0.0.0, 203.0.0.0, 203.0.0.0', $v4_masked, $v4_masked, $v4_masked], 'lists hop by hop, in every spelling');
    is($request->header('Forwarded'), 'for=203.0.0.0;by=198.51.0.0, for="[2001:db8:1234::]"', 'and RFC 7239');
    is($request->header('X-Cluster-Client-IP'), $v6_masked, 'without port and brackets, which Matomo would take for 0.0.0.0');
    is($request->header('Client-IP') // '', '', 'Client-IP is not there: Rails refuses it beside another X-Forwarded-For');
    like($request->header('X-Variables'), qr/^203\.0\.0\.0;;127\.0\.0\.1;/, 'variables are masked; the proxy in front is no visitor');

    ask($realip, '/proxy/matomo.php', "X-Forwarded-For: unknown, 203.0.113.xxx, $v4");
    is($t->last_request('proxy')->header('X-Forwarded-For'), '203.0.0.0, 203.0.0.0', 'what is no address is left out');
};

subtest 'all addresses of Matomo' => sub {
    my $front = { name => 'a visitor', host => 'plain.example', peer => '127.45.67.89' };

    for my $path (qw(/proxy/matomo.php /proxy/piwik.php /proxy/js/ /proxy/js/index.php /proxy/js/tracker.php /proxy/index.php)) {
        ask($front, "$path?idsite=1");
        is(visitor($t->last_request('proxy')), '127.45.0.0', $path);
    }
};

subtest 'turns on one connection' => sub {
    my $c = $t->connect;

    # before and behind the gateway
    for my $turn (qw(/kept-vote?1 /keep/matomo.php?1 /kept-vote?2 /vote?3 /keep/matomo.php?2 /keep/piwik.php?3 /kept-vote?4)) {
        $c->write("GET $turn HTTP/1.1\r\nHost: realip.example\r\nX-Forwarded-For: $v4\r\n\r\n");
        is($c->response->status, 200, $turn);
        is(visitor($t->last_request('proxy')), $turn =~ /vote/ ? $v4 : $v4_masked, 'has what it should');
    }

    # the next request tells what the connection still holds: without the header realip leaves the peer
    $c->write("GET /vote?5 HTTP/1.1\r\nHost: realip.example\r\n\r\n");
    $c->response;
    is(visitor($t->last_request('proxy')), '127.0.0.1', 'and nothing of it remains');
};

subtest 'pipelined requests' => sub {
    my @responses = $t->send(join '', map { "GET $_ HTTP/1.1\r\nHost: realip.example\r\nX-Forwarded-For: $v4\r\n"
        . ($_ eq '/vote?p3' ? "Connection: close\r\n" : '') . "\r\n" } qw(/vote?p1 /keep/matomo.php?p2 /vote?p3));

    is_deeply([map { $_->status } @responses], [200, 200, 200], 'are answered');
    is_deeply([map { visitor($_) } ($t->requests('proxy'))[-3 .. -1]], [$v4, $v4_masked, $v4], 'each as it should');
};

subtest 'subrequests' => sub {
    $t->get('/mirrored', Host => 'realip.example', 'X-Forwarded-For' => $v4);
    Gateway::wait_until(sub { 2 == grep { $_->uri =~ /mirrored|copy/ } $t->requests('proxy') }, 5);

    my ($main) = grep { $_->uri eq '/mirrored' } $t->requests('proxy');
    my ($copy) = grep { $_->uri eq '/copy' } $t->requests('proxy');

    is(visitor($main), $v4, 'beside a masked mirror the request itself is whole');
    is(visitor($copy), $v4_masked, 'the mirror is masked');
    is($copy->header('X-Forwarded-For'), '203.0.0.0, 203.0.0.0', 'with its headers');

    is($t->get('/ssi', Host => 'realip.example', 'X-Forwarded-For' => $v4)->body, 'aokbokc', 'includes are answered');
    my %visitor = map { $_->uri => visitor($_) } grep { $_->uri =~ /ssi/ } $t->requests('proxy');
    is_deeply(\%visitor, { '/proxy/matomo.php?ssi' => $v4_masked, '/vote?ssi' => $v4 }, 'each with its own');
};

subtest 'streams side by side' => sub {
    my @urls = map { ('https://cloudflare.example:' . $t->port('tls') . $_, '-o', '/dev/null') } qw(/vote?slow1 /keep/matomo.php?slow2 /vote?slow3
        /keep/piwik.php?slow4);
    my $said = Gateway::run_command('curl', '-sSkZ', '--no-progress-meter', '--http2', '--max-time', 10, '-H', "CF-Connecting-IP: $v4", '-w', '%{http_version} ',
        '--resolve', 'cloudflare.example:' . $t->port('tls') . ':127.0.0.1', @urls);

    like($said, qr/2 2 2 2 $/, 'of HTTP/2');
    my %visitor = map { $_->uri => visitor($_) } grep { $_->uri =~ /slow/ } $t->requests('proxy');
    is_deeply(\%visitor, { '/vote?slow1' => $v4, '/keep/matomo.php?slow2' => $v4_masked, '/vote?slow3' => $v4,
        '/keep/piwik.php?slow4' => $v4_masked }, 'each with its own');
};

SKIP: {
    skip 'php-fpm is not installed', 1 if !$php;

    subtest 'what PHP is given' => sub {
        $t->get("/php/matomo.php?idsite=1&cookie=0", Host => 'realip.example', 'X-Forwarded-For' => $v4, 'X_Forwarded_For' => $v4,
            'User-Agent' => 'Mozilla/5.0');
        my $params = $t->last_request('php')->params;

        is($params->{REMOTE_ADDR}, $v4_masked, 'a masked REMOTE_ADDR');
        is($params->{HTTP_X_FORWARDED_FOR}, $v4_masked, 'and X-Forwarded-For, whichever of the two spellings won');
        is($params->{QUERY_STRING}, 'idsite=1&cookie=0', 'the query as it was');
        is($params->{HTTP_USER_AGENT}, 'Mozilla/5.0', 'and the rest');
    };
}

done_testing();
