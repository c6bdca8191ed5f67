#!/usr/bin/perl

# Where an address is masked it is masked everywhere: headers, FastCGI parameters, variables and logs; and access rules saw the real one.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
    services   => [{ use => 'matomo', paths => ['/matomo/'], basis => 'exempt' }],
});

$t->upstream(origin => sub { [200, ['Content-Type' => 'text/plain'], 'ok'] });
$t->upstream(php => sub { [200, ['Content-Type' => 'text/plain'], 'ok'] }, protocol => 'fastcgi');

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;
    underscores_in_headers on;

    log_format address '$uri $remote_addr $http_x_forwarded_for $consent_masked_addr $consent_masked_forwarded_for';
    access_log %%PREFIX%%/address.log address;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;

        location / { include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /php/ { consent_mask_ip 16 48; include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:%%PORT_php%%; }
        location /early/ {
            consent_mask_ip 24 64;
            set $early "address $remote_addr";
            if ($binary_remote_addr = x) { return 400; }
            include /etc/nginx/proxy_params;
            proxy_set_header X-Early $early;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location /rule/ {
            consent_mask_ip 16 48;
            allow 203.0.113.77;
            allow 2001:db8:1234:5678::1;
            deny all;
            error_page 404 /after/;
            index index.html;
            root %%PREFIX%%;
            autoindex off;
        }
        location = /rule/index.html {
            allow 203.0.113.77;
            deny all;
            include /etc/nginx/proxy_params;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location /missing/ {
            consent_mask_ip 16 48;
            root %%PREFIX%%/none;
            error_page 404 = @fallback;
        }
        location @fallback {
            allow 203.0.113.77;
            deny all;
            include /etc/nginx/proxy_params;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location /auth/ {
            auth_request /masked-auth;
            allow 203.0.113.77;
            deny all;
            include /etc/nginx/proxy_params;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location = /masked-auth {
            consent_mask_ip 16 48;
            include /etc/nginx/proxy_params;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/auth-backend;
        }
    }
EOC

mkdir $t->file('rule');
$t->write_file('rule/index.html', 'x');
$t->run;

my @host = (Host => 'ville.example');

sub seen {
    my ($path, %headers) = @_;

    my $r = $t->get($path, @host, 'X-Test-Address' => '203.0.113.77', %headers);
    is($r->status, 200, "$path is answered");

    return $t->last_request('origin');
}

sub v6 {
    $t->get('/matomo/matomo.php', @host, 'X-Test-Address' => '2001:db8:1234:5678::1');

    return $t->last_request('origin');
}

subtest 'Matomo' => sub {
    my $hit = seen('/matomo/matomo.php?idsite=1&rec=1');

    is($hit->header('X-Real-IP'), '203.0.0.0', 'gets a masked X-Real-IP');
    is($hit->header('X-Forwarded-For'), '203.0.0.0', 'and X-Forwarded-For');

    $hit = seen('/matomo/matomo.php?idsite=1&rec=1', 'X-Forwarded-For' => '198.51.100.5, 192.0.2.9', 'CF-Connecting-IP' => '198.51.100.5',
        'True-Client-IP' => '198.51.100.5', 'Client-IP' => '198.51.100.5', 'Forwarded' => 'for=198.51.100.5;proto=https',
        'X_Forwarded_For' => '198.51.100.5', 'X-Whatever' => 'from 203.0.113.77, port 80', 'X-Other' => '2203.0.113.77');

    is($hit->header('X-Forwarded-For'), '198.51.0.0, 192.0.0.0, 203.0.0.0', 'hop by hop');
    is($hit->header('CF-Connecting-IP'), '198.51.0.0', 'from Cloudflare');
    is($hit->header('True-Client-IP'), '198.51.0.0', 'from others');
    is($hit->header('Client-IP') // '', '', 'Client-IP not at all');
    like($hit->header('Forwarded'), qr/^for=198\.51\.0\.0;proto=https$/, 'by RFC 7239');
    is($hit->header('X_Forwarded_For'), '198.51.0.0', 'in another spelling');
    is($hit->header('X-Whatever'), 'from 203.0.0.0, port 80', 'in a header that nobody knows');
    is($hit->header('X-Other'), '2203.0.113.77', 'where it stands whole');
    is($hit->header('X-Test-Address'), '203.0.0.0', 'and in the one realip reads');

    is(v6()->header('X-Real-IP'), '2001:db8:1234::', 'IPv6 as well');
    is(seen('/agenda')->header('X-Real-IP'), '203.0.113.77', 'the site itself sees the address');
};

subtest 'FastCGI' => sub {
    $t->get('/php/x', @host, 'X-Test-Address' => '203.0.113.77', 'X-Forwarded-For' => '203.0.113.77');

    my $params = $t->last_request('php')->params;
    is($params->{REMOTE_ADDR}, '203.0.0.0', 'with Debian\'s own parameters');
    is($params->{HTTP_X_FORWARDED_FOR}, '203.0.0.0', 'and headers');
};

subtest 'a variable evaluated before' => sub {
    is(seen('/early/')->header('X-Early'), 'address 203.0.113.0', 'is masked in place');
};

subtest 'an access rule' => sub {
    is(seen('/rule/')->header('X-Real-IP'), '203.0.113.77', 'after an index redirect out of a masked location sees the address');
    is(seen('/missing/x')->header('X-Real-IP'), '203.0.113.77', 'in a named location, too');
    is(seen('/auth/')->header('X-Real-IP'), '203.0.113.77', 'beside a masked auth_request');

    my ($auth) = grep { $_->uri eq '/auth-backend' } $t->requests('origin');
    is($auth->header('X-Real-IP'), '203.0.0.0', 'which is masked');
};

subtest 'one connection' => sub {
    my $c = $t->connect;

    for my $round (1 .. 3) {
        for my $path ('/matomo/matomo.php?a', '/agenda') {
            $c->write("GET $path HTTP/1.1\r\nHost: ville.example\r\nX-Test-Address: 203.0.113.77\r\n\r\n");
            $c->response;
            is($t->last_request('origin')->header('X-Real-IP'), $path eq '/agenda' ? '203.0.113.77' : '203.0.0.0', "$path, round $round");
        }
    }
};

subtest 'the log' => sub {
    $t->get('/_choices/?saved=0123456789abcdef0123456789abcdef', @host, 'X-Test-Address' => '203.0.113.77');

    my @lines = split /\n/, $t->read_file('address.log');

    is((grep { m{^/matomo} && /203\.0\.113\.77|198\.51\.100\.5/ } @lines), 0, 'of a masked request has no address');
    ok((grep { m{^/missing} || m{^/rule} } @lines), 'wherever it was led');
    is((grep { m{^/missing/x 203\.0\.113} } @lines), 0, 'stays masked');
    is((grep { m{^/_choices/ 203\.0\.0\.0 } } @lines), 1, 'of a choice never has one, beside the id of a record');
    is((grep { m{^/agenda 203\.0\.113\.77 - 203\.0\.0\.0 203\.0\.0\.0$} } @lines) > 0, 1, 'and variables serve the others');
};

done_testing();
