#!/usr/bin/perl

# Reports of visits, in every form in which matomo.js sends them: closed when Matomo was refused, whatever page they come from; without
# campaign parameters while it runs exempt; and refused, where the policy says so, when they name somebody's address.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;

my %matomo = (use => 'matomo', basis => 'exempt');
my %site = (site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr']);

$t->policy({ %site, services => [{ %matomo, paths => ['/mesure/'] }, 'youtube'] });
$t->policy({ %site, services => [{ %matomo, refuse_addresses => \1 }] }, 'strict.json');
$t->policy({ %site, services => [{ use => 'matomo' }] }, 'asked.json');

$t->upstream(matomo => sub { [200, ['Content-Type' => 'text/plain'], 'hit'] });
my $php = $t->php('php');

$t->http(<<'EOC' =~ s/IF_PHP/$php ? '' : '#'/gre);
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_zone counters:1m;
    consent on;

    log_format address '$uri $remote_addr';
    access_log %%PREFIX%%/address.log address;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;

    server {
        listen 127.0.0.1:%%PORT%% default_server;
        server_name ville.example;
        consent_policy policy.json;
        include /etc/nginx/proxy_params;
        location / { proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
        location /early/ {
            set $was "$args";
            proxy_set_header X-Args $args;
            proxy_set_header X-Url $arg_url;
            proxy_set_header X-Referer $http_referer;
            proxy_pass http://127.0.0.1:%%PORT_matomo%%/other/;
        }
        location /unbuffered/ { proxy_request_buffering off; proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
        location /large/ { client_max_body_size 10m; proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
        location = /status { consent_status; }
        location /file/ { client_body_in_file_only clean; proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
        IF_PHP location /php/ {
        IF_PHP     include /etc/nginx/fastcgi_params;
        IF_PHP     fastcgi_param SCRIPT_FILENAME %%PREFIX%%/php.php;
        IF_PHP     fastcgi_pass unix:%%PREFIX%%/php.sock;
        IF_PHP }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name strict.example;
        consent_policy strict.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name asked.example;
        consent_policy asked.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_matomo%%; }
    }
EOC

$t->run;

my $beacon = 'idsite=1&rec=1&url=https%3A%2F%2Fville.example%2Fagenda%3Fpage%3D2%26utm_source%3Dlettre&urlref='
    . 'https%3A%2F%2Fm.example%2F%3Fgclid%3Dabc&_rcn=soldes&rand=7';
my $clean = 'idsite=1&rec=1&url=https%3A%2F%2Fville.example%2Fagenda%3Fpage%3D2&urlref=https%3A%2F%2Fm.example%2F&rand=7';
my $bulk = '{"requests":["?' . $beacon . '","?idsite=1&rec=1"]}';
my $bulk_clean = '{"requests":["?' . $clean . '","?idsite=1&rec=1"]}';

# As matomo.js and its noscript picture do.
my @forms = (
    ['GET', "?$beacon", undef, "?$clean", ''],
    ['POST', "?$beacon", '', "?$clean", ''],
    ['POST', '', $beacon, '', $clean],
    ['POST', "?$beacon", $beacon, "?$clean", $clean],
    ['POST', '', $bulk, '', $bulk_clean],
);

my @ville = (Host => 'ville.example');
my @multipart = ('Content-Type' => 'multipart/form-data; boundary=part');

sub parts {
    my ($name, $value) = @_;

    return qq(--part\r\nContent-Disposition: form-data; name="$name"\r\n\r\n$value\r\n--part--\r\n);
}

sub choice {
    my ($decision, $host) = @_;

    my ($cookie) = $t->post('/_choices/', [decision => $decision], Host => $host // 'ville.example', 'Sec-Fetch-Site' => 'same-origin')
        ->header('Set-Cookie') =~ /^([^;]+)/;

    return (Cookie => $cookie);
}

sub ask {
    my ($form, $path, @headers) = @_;

    my ($method, $query, $body) = @$form;

    push @headers, 'Content-Type' => 'application/x-www-form-urlencoded; charset=UTF-8' if defined $body;

    return $t->request($method, "$path$query", $body, Host => 'ville.example', @headers);
}

my $before;
my $forwarded = sub { scalar $t->requests('matomo') };

subtest 'refused' => sub {
    my @refused = choice('refuse-all');
    $before = $forwarded->();

    for my $path (qw(/matomo.php /piwik.php /matomo/matomo.php /stats/piwik.php /matomo/js/tracker.php /matomo/js/index.php /matomo/js/
        /mesure/matomo.php /mesure/js/tracker.php /mesure/js/index.php /mesure/js/))
    {
        for my $form (@forms) {
            next if $path =~ m{/js/(?:index\.php)?$} && $form->[1] eq '';
            is(ask($form, $path, @refused)->status, 204, "$form->[0] $path");
        }
    }

    is(ask($forms[1], '/matomo.php', @refused, Referer => 'https://ville.example/en-cache')->status, 204,
        'from a page that was kept since before the refusal');
    is(ask($forms[0], '/matomo.php', 'Sec-GPC' => 1)->status, 204, 'by Global Privacy Control');
    is($t->request('GET', "/matomo.php?$beacon", undef, Host => 'asked.example')->status, 204, 'or not yet accepted');
    is($forwarded->(), $before, 'nothing goes on');

    ask($forms[4], '/logged/matomo.php', @refused, 'X-Test-Address' => '203.0.113.77');
    wait_until(sub { $t->read_file('address.log') =~ m{^/logged/matomo\.php }m }, 5);
    like($t->read_file('address.log'), qr{^/logged/matomo\.php 203\.0\.0\.0$}m, 'and the log has no address either');

    is(ask($forms[0], '/js/menu.js', @refused)->status, 200, 'the site\'s own scripts do');
};

subtest 'campaigns while it runs exempt' => sub {
    for my $path (qw(/matomo.php /mesure/piwik.php /matomo/js/tracker.php /unbuffered/matomo.php /file/matomo.php)) {
        for my $form (@forms) {
            is(ask($form, $path, Referer => 'https://ville.example/agenda?utm_source=lettre&page=2#mtm_campaign=x')->status, 200,
                "$form->[0] $path: is answered");

            my $hit = $t->last_request('matomo');
            is($hit->uri, "$path$form->[3]", 'without campaigns in the query');
            is($hit->body, $form->[4], 'nor in the body');
            is($hit->header('Content-Length') // 0, length $form->[4], 'whose length is told');
            is($hit->header('Referer'), 'https://ville.example/agenda?page=2', 'nor in Referer');
        }
    }

    ask($forms[0], '/early/matomo.php', Referer => 'https://ville.example/?gclid=1');
    my $hit = $t->last_request('matomo');
    is($hit->uri, "/other/matomo.php?$clean", 'where proxy_pass has a path of its own');
    is($hit->header('X-Args'), $clean, 'in variables that were evaluated before');
    is($hit->header('X-Url'), 'https%3A%2F%2Fville.example%2Fagenda%3Fpage%3D2', 'of every kind');
    is($hit->header('X-Referer'), 'https://ville.example/', 'and of headers');

    my $plain = 'idsite=1&rec=1&url=https%3a%2F%2Fville.example%2F&action_name=L%27agenda+%3Futm_source%3D&&_id=';
    ask(['GET', "?$plain"], '/matomo.php', Referer => 'https://ville.example/');
    is($t->last_request('matomo')->uri, "/matomo.php?$plain", 'a hit without any stays byte for byte');

    $t->send("POST /matomo.php HTTP/1.1\r\nHost: ville.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\n\r\n" . sprintf("%x\r\n", length $beacon) . "$beacon\r\n0\r\n\r\n");
    is($t->last_request('matomo')->body, $clean, 'a chunked one is read');

    $t->send(["POST /matomo.php HTTP/1.1\r\nHost: ville.example\r\nConnection: close\r\nContent-Length: " . length($beacon)
        . "\r\n\r\n" . substr($beacon, 0, 20), \0.2, substr $beacon, 20]);
    is($t->last_request('matomo')->body, $clean, 'and one that comes slowly');

    SKIP: {
        skip 'php-fpm is not installed', 4 if !$php;

        ask($forms[3], '/php/matomo.php');
        my $request = $t->last_request('php');

        is($request->params->{QUERY_STRING}, $clean, 'PHP gets neither in the query');
        is($request->params->{REQUEST_URI}, "/php/matomo.php?$clean", 'nor in what was asked');
        is($request->body, $clean, 'nor in the body');
        is($request->params->{CONTENT_LENGTH}, length $clean, 'whose length is told');
    }
};

subtest 'large ones' => sub {
    my $many = sub { '{"requests":[' . join(',', ('"?' . $_[0] . '"') x 1000) . ']}' };
    my ($sent, $expected) = ($many->($beacon), $many->($clean));

    cmp_ok(length $sent, '>', 150_000, 'a thousand hits at once');

    for my $path (qw(/matomo.php /unbuffered/matomo.php /file/matomo.php)) {
        is(ask(['POST', '', $sent], $path)->status, 200, "$path: are taken");
        ok($t->last_request('matomo')->body eq $expected, "$path: without campaigns");
    }

    my $form = 'idsite=1&action_name=' . 'x' x 200_000 . '&url=%2F%3Futm_source%3Dx';
    ask(['POST', '', $form], '/matomo.php');
    ok($t->last_request('matomo')->body eq $form =~ s/%3Futm_source%3Dx//r, 'a form as large, too');

    $t->send("POST /matomo.php HTTP/1.1\r\nHost: ville.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        . join('', map { "4000\r\n" . substr($sent . ' ' x 16384, 16384 * $_, 16384) . "\r\n" } 0 .. int(length($sent) / 16384)) . "0\r\n\r\n");
    ok(($t->last_request('matomo')->body =~ s/ +$//r) eq $expected, 'and chunk by chunk');
};

subtest 'what cannot be read' => sub {
    $before = $forwarded->();

    is($t->request('POST', '/matomo.php', parts(url => 'https://ville.example/?utm_source=x'), @ville, @multipart)->status, 415, 'a form in parts');
    is($t->request('POST', '/matomo.php', '{"requests":["?url=x', @ville)->status, 400, 'JSON that is none');
    is($t->request('POST', '/large/matomo.php', 'x' x 1100000, @ville)->status, 413, 'more than a megabyte, where nginx would take it');
    is($t->send("POST /large/matomo.php HTTP/1.1\r\nHost: ville.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        . ("10000\r\n" . 'x' x 65536 . "\r\n") x 17 . "0\r\n\r\n")->status, 413, 'in chunks, too');

    is($forwarded->(), $before, 'does not go on');

    my ($counted) = $t->get('/status', @ville)->body =~ /^ngx_consent_hits_refused_total\{host="ville\.example"\} (\d+)$/m;
    is($counted, 4, 'and is counted');

    my @accepted = choice('accept-all');
    is($t->request('POST', '/matomo.php', parts(url => 'x'), @ville, @multipart, @accepted)->status, 200, 'accepted, all of it does');
    is($t->request('POST', '/large/matomo.php', 'x' x 1100000, @ville, @accepted)->status, 200, 'of any size');
};

subtest 'accepted' => sub {
    my @accepted = choice('accept-all');

    for my $form (@forms) {
        ask($form, '/matomo.php', @accepted, Referer => 'https://ville.example/?utm_source=x');
        my $hit = $t->last_request('matomo');

        is_deeply([$hit->uri, $hit->body, $hit->header('Referer')], ["/matomo.php$form->[1]", $form->[2] // '',
            'https://ville.example/?utm_source=x'], "$form->[0]: the hit goes on as it was sent");
    }

    $t->request('GET', "/matomo.php?$beacon", undef, Host => 'asked.example', choice('accept-all', 'asked.example'));
    is($t->last_request('matomo')->uri, "/matomo.php?$beacon", 'where it needs consent, too');
};

subtest 'the rest of the site' => sub {
    $t->request('GET', "/agenda?$beacon", undef, Host => 'ville.example', Referer => 'https://ville.example/?utm_source=x');
    my $request = $t->last_request('matomo');
    is_deeply([$request->uri, $request->header('Referer')], ["/agenda?$beacon", 'https://ville.example/?utm_source=x'], 'is left alone');
};

subtest 'hits that name an address' => sub {
    my @to = (Host => 'strict.example');
    my $cip = 'idsite=1&rec=1&cip=203.0.113.77&token_auth=secret';
    $before = $forwarded->();

    is($t->request('GET', "/matomo.php?$cip", undef, @to)->status, 403, 'in the query');
    is($t->request('POST', '/matomo.php', $cip, @to)->status, 403, 'in a form');
    is($t->request('POST', '/matomo.php', qq({"requests":["?$cip"],"token_auth":"secret"}), @to)->status, 403, 'among several');
    is($t->request('POST', '/matomo.php', 'x' x 1100000, @to)->status, 413, 'or where it cannot be seen: too far off');
    is($t->request('POST', '/matomo.php', parts(cip => '203.0.113.77'), @to, @multipart)->status, 415, 'in parts');
    is($t->request('POST', '/matomo.php', qq({"requests":["?$cip"), @to)->status, 400, 'in JSON that is none');
    is($t->request('GET', "/matomo.php?$cip", undef, @to, choice('accept-all', 'strict.example'))->status, 403, 'accepted or not');
    is($forwarded->(), $before, 'are refused where the policy says so');

    is($t->request('GET', '/matomo.php?idsite=1&action_name=cip%3D1', undef, @to)->status, 200, 'others are not');
    is($t->request('GET', "/matomo.php?$cip", undef, Host => 'ville.example')->status, 200, 'nor are they where it does not');
    like($t->last_request('matomo')->uri, qr/cip=203\.0\.113\.77/, 'and go on as they are');
};

done_testing();
