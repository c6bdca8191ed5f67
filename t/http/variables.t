#!/usr/bin/perl

# What "if", "map" and "set" took before the gateway's turn, and what starts again after it, leaks neither a cookie nor an address, and
# loses no value of the site's own.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
    services   => ['google-analytics', { use => 'matomo', paths => ['/matomo/'], basis => 'exempt' }],
});

$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['X-Accel-Redirect' => '/plain/accel'], ''] if $request->uri eq '/accel';
    return [200, ['Content-Type' => 'text/html'], '<p>ok'];
});
$t->certificate('ville.example');

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;

    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;
    underscores_in_headers on;
    variables_hash_max_size 2048;

    map $http_cookie $mapped_ga { "~_ga=(?<value>[^;]+)" $value; default none; }
    map $cookie__ga $has_ga { "" no; default yes; }
    geo $blocked { default no; 203.0.0.0/24 masked; 203.0.113.0/24 real; }

    log_format all '$uri|$remote_addr|$http_cookie|$cookie__ga|$mapped_ga|$http_x_forwarded_for';
    access_log %%PREFIX%%/all.log all;

    upstream hashed { hash $remote_addr consistent; server 127.0.0.1:%%PORT_origin%%; }
    upstream by_address { ip_hash; server 127.0.0.1:%%PORT_origin%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        server_name ville.example;
        root %%PREFIX%%/none;

        set $side "origin $remote_addr";
        set $times "${times}x";

        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;

        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }

        location /cookies/ {
            set $ga $cookie__ga;
            set $both "$cookie__ga/$cookie_session";
            set $short $cookie_short;
            if ($has_ga = yes) { set $seen yes; }
            proxy_set_header Cookie $http_cookie;
            proxy_set_header X-Ga $ga;
            proxy_set_header X-Both $both;
            if ($http_cookie ~ "_ga=(?<named>[^;]+)") { set $found $1; }
            proxy_set_header X-Found $found;
            proxy_set_header X-Named $named;
            proxy_set_header X-Captured $1;
            proxy_set_header X-Mapped $mapped_ga;
            proxy_set_header X-Arg $arg_x;
            proxy_set_header X-Short $short;
            proxy_set_header X-Session $cookie_session;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;

            location /cookies/nested/ {
                proxy_set_header X-Only nested;
                proxy_pass http://127.0.0.1:%%PORT_origin%%;
            }
        }

        location /masked/ { consent_mask_ip 16 48; error_page 404 = @app; }
        location /masked/index/ { consent_mask_ip 16 48; error_page 404 = /plain/page; }
        location /masked/accel { consent_mask_ip 16 48; proxy_set_header X-Real-IP $remote_addr; proxy_pass http://127.0.0.1:%%PORT_origin%%/accel; }
        location /masked/tried/ { consent_mask_ip 16 48; try_files $uri @app; }

        location @app {
            set $backend 127.0.0.1:%%PORT_origin%%;
            set $client "$remote_addr";
            if ($blocked = masked) { return 403; }
            if ($remote_addr != 203.0.113.77) { return 403; }
            proxy_set_header X-Client $client;
            proxy_set_header X-Side $side;
            proxy_set_header X-Times $times;
            proxy_pass http://$backend;
        }

        location /plain/ {
            set $backend 127.0.0.1:%%PORT_origin%%;
            set $client "$remote_addr $uri";
            if ($blocked = masked) { return 403; }
            if ($remote_addr != 203.0.113.77) { return 403; }
            allow 203.0.113.77;
            deny all;
            proxy_set_header X-Client $client;
            proxy_set_header X-Side $side;
            proxy_set_header X-Times $times;
            proxy_pass http://$backend;
        }

        location /matomo/ {
            rewrite ^/matomo/(.*)$ /$1 break;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }

        location /hashed/ { consent_mask_ip 16 48; proxy_pass http://hashed; }
        location /by_address/ { consent_mask_ip 16 48; proxy_pass http://by_address; }

        location /mirrored/ {
            consent_mask_ip 16 48;
            mirror /copy;
            mirror_request_body off;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location = /copy { internal; set $copied yes; proxy_pass http://127.0.0.1:%%PORT_origin%%; }

        location /authed/ {
            auth_request /masked-auth;
            log_subrequest on;
            allow 203.0.113.77;
            deny all;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location = /masked-auth { consent_mask_ip 16 48; log_subrequest on; proxy_pass http://127.0.0.1:%%PORT_origin%%/auth; }

        location /down/ { consent_mask_ip 16 48; proxy_pass http://127.0.0.1:%%PORT_nobody%%; }

        location /server-if { consent_mask_ip 16 48; root %%PREFIX%%/none; error_page 404 = /plain/if; }
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name geo.example;
        root %%PREFIX%%/none;
        if ($blocked = masked) { return 403; }
        location / { consent_mask_ip 16 48; error_page 404 /page; }
        location = /page { return 200 "$remote_addr"; }
    }
EOC

$t->run;

my @host = (Host => 'ville.example');
my @from = (@host, 'X-Test-Address' => '203.0.113.77');

sub seen {
    my ($path, @headers) = @_;

    is($t->get($path, @from, @headers)->status, 200, "$path is answered");

    return $t->last_request('origin');
}

subtest 'the value of a cookie that was taken before' => sub {
    my $seen = seen('/cookies/x?x=GA1.1.111.222', Cookie => '_ga=GA1.1.111.222; session=abcdefgh; short=1; _gid=1');

    is($seen->header('Cookie'), 'session=abcdefgh; short=1', 'the line');
    is($seen->header('X-Ga') // '', '', 'by set');
    is($seen->header($_) // '', '', "by a pattern, $_") for 'X-Found', 'X-Named', 'X-Captured';
    is($seen->header('X-Both'), '/abcdefgh', 'with another one, which stays');
    unlike($seen->header('X-Mapped') // '', qr/GA1/, 'by map');
    is($seen->header('X-Arg'), 'GA1.1.111.222', 'what the address says is the address');
    is($seen->header('X-Short'), '1', 'a cookie that is allowed stays, though a removed one has its value');
    is($seen->header('X-Session'), 'abcdefgh', 'and a long one');

    is(seen('/cookies/nested/x', Cookie => '_ga=GA1.1.111.222; session=1')->header('Cookie'), 'session=1',
        'in a location whose proxy_set_header drops those around it');
    is_deeply([seen('/x', Cookie => '_ga=1', Cookie => 'a=1; _gid=2', Cookie => 'b=2')->headers('Cookie')], ['', 'a=1', 'b=2'],
        'in several lines');
};

subtest 'a value set after a redirect out of a masked location' => sub {
    for my $path ('/masked/x', '/masked/tried/x') {
        my $seen = seen($path);

        is($seen->header('X-Client'), '203.0.113.77', "$path, in a named location");
        is($seen->header('X-Side'), 'origin 203.0.113.77', 'nor is one of before');
    }

    my $seen = seen('/masked/index/');
    is($seen->header('X-Client'), '203.0.113.77 /plain/page', 'by error_page to an address');
    is($seen->header('X-Times'), 'xx', 'where server-level rewrites run as often as without the module');

    is(seen('/masked/accel')->header('X-Client'), '203.0.113.77 /plain/accel', 'by X-Accel-Redirect');

    my ($accel) = grep { $_->uri eq '/accel' } $t->requests('origin');
    is($accel->header('X-Real-IP'), '203.0.0.0', 'whose own request was masked');
};

subtest 'a rule of the server itself' => sub {
    is($t->get('/x', Host => 'geo.example', 'X-Test-Address' => '203.0.113.77')->status, 404, 'sees the address after a redirect');
};

subtest 'an address that is rewritten before it is passed on' => sub {
    is(seen('/matomo/matomo.php?idsite=1')->header('X-Real-IP'), '203.0.0.0', 'is Matomo\'s still');
    is(seen('/matomo/anything.php')->header('X-Real-IP'), '203.0.0.0', 'whatever is asked of it');

    my ($choice) = $t->post('/_choices/', [decision => 'refuse-all'], @host, 'Sec-Fetch-Site' => 'same-origin')->header('Set-Cookie') =~ /^([^;]+)/;
    my $before = $t->requests('origin');

    is($t->get('/matomo/matomo.php?idsite=1', @from, Cookie => $choice)->status, 204, 'and is closed where Matomo is refused');
    is(scalar $t->requests('origin'), $before, 'and goes no further');
};

subtest 'balancers' => sub {
    is(seen("/$_/x")->header('X-Real-IP'), '203.0.0.0', $_) for qw(hashed by_address);
};

subtest 'a mirror that runs before the body of a masked request has come' => sub {
    my $c = $t->connect;

    $c->write(["POST /mirrored/x HTTP/1.1\r\nHost: ville.example\r\nX-Test-Address: 203.0.113.77\r\nX-Forwarded-For: 203.0.113.77\r\n"
        . "Content-Length: 5\r\nConnection: close\r\n\r\n12", \0.2, '345']);
    is($c->response->status, 200, 'is answered');

    wait_until(sub { 2 == grep { $_->uri eq '/mirrored/x' || $_->uri eq '/copy' } $t->requests('origin') }, 2);

    my ($seen) = grep { $_->uri eq '/mirrored/x' } $t->requests('origin');
    is($seen->header('X-Real-IP'), '203.0.0.0', 'masked');
    is($seen->header('X-Forwarded-For'), '203.0.0.0, 203.0.0.0', 'in every header');
};

subtest 'a masked auth_request that is logged' => sub {
    is(seen('/authed/x')->header('X-Real-IP'), '203.0.113.77', 'leaves the request its address');
};

subtest 'the error log of a masked request' => sub {
    is($t->get('/down/x', @from)->status, 502, 'whose upstream does not answer');

    my @lines = grep { /connect\(\) failed/ } split /\n/, $t->log;
    ok(@lines > 0, 'says so');
    ok(!(grep { /203\.0\.113\.77/ } @lines), 'without the address');
};

subtest 'one connection' => sub {
    my $c = $t->connect;

    for my $round (1 .. 3) {
        for my $path ('/matomo/x', '/plain/x', '/masked/x', '/x') {
            $c->write("GET $path HTTP/1.1\r\nHost: ville.example\r\nX-Test-Address: 203.0.113.77\r\n\r\n");
            is($c->response->status, 200, "$path, round $round");

            my $seen = $t->last_request('origin');
            is($seen->header('X-Real-IP'), $path eq '/matomo/x' ? '203.0.0.0' : '203.0.113.77', 'has the address it may have')
                unless $path =~ /plain|masked/;
        }
    }
};

subtest 'HTTP/2, streams side by side' => sub {
    my $url = 'https://ville.example:' . $t->port('tls');
    my @resolve = ('--resolve', 'ville.example:' . $t->port('tls') . ':127.0.0.1');
    my @paths = map { ("/matomo/h2-$_?masked", "/h2-$_") } 1 .. 8;

    system('curl', '-sSk', '--no-progress-meter', '--http2', '--parallel', '--parallel-max', '16', '-H', 'X-Test-Address: 203.0.113.77', '-H', 'Cookie: _ga=1; a=2', @resolve,
        map { ("$url$_", '-o', '/dev/null') } @paths);
    is($?, 0, 'are answered');

    my %seen = map { $_->uri => $_ } grep { $_->uri =~ /h2-/ } $t->requests('origin');

    is(scalar(CORE::keys %seen), scalar @paths, 'all of them');
    is_deeply([grep { $_->header('Cookie') ne 'a=2' } values %seen], [], 'without the cookie');
    is_deeply([grep { $seen{$_}->header('X-Real-IP') ne (/masked/ ? '203.0.0.0' : '203.0.113.77') } CORE::keys %seen], [],
        'each masked where it is Matomo\'s and nowhere else');
};

subtest 'logs' => sub {
    my @lines = split /\n/, $t->read_file('all.log');

    is_deeply([grep { m{^/(?:matomo|down|hashed|by_address|mirrored)/} && /203\.0\.113\.77/ } @lines], [], 'of masked requests hold no address');
    is_deeply([grep { /GA1\.1/ } @lines], [], 'and none a removed cookie');
    ok((grep { m{^/plain/x\|203\.0\.113\.77} } @lines), 'others hold theirs');
    ok((grep { m{^/authed/x\|203\.0\.113\.77} } @lines), 'beside a masked subrequest, too');
};

done_testing();
