#!/usr/bin/perl

# consent_zone and consent_status: what is counted, for whom, and how it is shown.

use lib 't/lib';
use Gateway;

my $t = Gateway->new(workers => 2);

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    hosts => ['ville.example', 'www.ville.example'],
    services => ['youtube', 'facebook', { use => 'matomo', paths => ['/matomo/'], basis => 'exempt' }],
});

my $html = '<!DOCTYPE html><html><head><title>x</title></head><body><p>Bonjour</p>'
    . '<iframe src="https://www.youtube.com/embed/abc"></iframe><script src="https://cdn.unknown.example/a.js?id=1"></script></body></html>';

$t->upstream(origin => sub {
    my ($r) = @_;

    return [200, ['Content-Type' => 'text/html', 'Content-Encoding' => 'zstd'], "\x28\xb5\x2f\xfd"] if $r->uri =~ m{^/zstd};
    return [200, ['Content-Type' => 'text/html', 'Set-Cookie' => '_ga=1; Path=/', 'Set-Cookie' => 'session=2',
        Link => '<https://www.youtube.com/x.js>; rel=preload; as=script'], $html];
});

my $conf = <<'EOC';
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent_zone counters:1m;
    consent_endpoint on rate=1000r/s;
    consent on;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example "";
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name mairie.example;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location = /status { consent_status; allow 127.0.0.1; deny all; }
        location = /closed { consent_status; deny all; }
    }
EOC

$t->http($conf);
$t->run;

my @host = (Host => 'ville.example', Accept => 'text/html', 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate');
my @same = (Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');

# Samples of the scrape: "metric{labels}" => value.
sub scrape {
    my %sample = map { /^(\w+(?:\{.*\})?) (\d+)$/ ? ($1 => $2) : () }
        split /\n/, $t->get('/status', Host => 'mairie.example', Accept => 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1')->body;

    return \%sample;
}

sub counters {
    return JSON::PP::decode_json($t->get('/status', Host => 'mairie.example', Accept => 'application/json')->body)->{hosts};
}

subtest 'before anything' => sub {
    my $r = $t->get('/status', Host => 'mairie.example');

    is($r->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8', 'Prometheus is the default');
    is_deeply([grep { /_total\{/ } split /\n/, $r->body], [], 'with no samples of hosts that were not asked for');
    is($t->get('/closed', Host => 'mairie.example')->status, 403, 'the location says who may read');
    is($t->post('/status', 'x', Host => 'mairie.example')->status, 405, 'and nobody writes');
};

subtest 'pages and headers' => sub {
    $t->get('/', @host, Cookie => '_ga=1; session=2');
    $t->get('/', @host);
    $t->get('/zstd', @host);
    $t->get('/zstd', Host => 'ville.example', 'Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors');
    $t->get('/matomo/matomo.php', @host, 'Sec-GPC' => 1);

    my $c = counters()->{'ville.example'};

    is($c->{pages}{rewritten}, 2, 'rewritten');
    is($c->{pages}{quarantined}, 1, 'quarantined');
    is($c->{pages}{replaced}, 1, 'replaced');
    is($c->{banners}, 2, 'the banner, where it was sent');
    is($c->{elements_neutralised}, 2, 'elements');
    is($c->{request_cookies_removed}, 1, 'cookies of requests');
    is($c->{set_cookies}{dropped}, 2, 'Set-Cookie dropped');
    cmp_ok($c->{set_cookies}{expired}, '>', 0, 'and added to expire what is there');
    is($c->{links_removed}, 2, 'links');
    is($c->{hits_closed}, 1, 'hits');
    is_deeply([grep { $_ ne 'ville.example' } keys %{ counters() }], ['_'], 'all of it of one host');
};

subtest 'decisions' => sub {
    my $r = $t->post('/_choices/', [decision => 'accept-all'], @same);
    my ($accepted) = $r->cookies->{choices} =~ /^([^;]+)/;

    $t->post('/_choices/', [decision => 'refuse-all'], @same);
    $t->post('/_choices/', [decision => 'save', 'service.youtube' => 'refuse'], @same, Cookie => $accepted);
    $t->post('/_choices/', [decision => 'accept-once', 'service.youtube' => 'accept', embed => 'https://www.youtube.com/embed/a'], @same);
    $t->post('/_choices/', [decision => 'perhaps'], @same);
    $t->request(POST => '/_choices/csp', '{"csp-report":{"effective-directive":"img-src","blocked-uri":"https://x.example/"}}', @same,
        'Content-Type' => 'application/csp-report');

    my $c = counters()->{'ville.example'};

    is_deeply($c->{decisions}, { 'accept-all' => 1, 'refuse-all' => 1, save => 1, 'accept-once' => 1 }, 'by kind');
    is($c->{withdrawals}, 1, 'withdrawals');
    is($c->{posts_refused}, 1, 'what was not taken');
    is($c->{csp_reports}, 1, 'reports of the second wall');
    is_deeply($c->{services}{youtube}, { accept => 1, refuse => 1, withdraw => 1 }, 'by service');
    is_deeply($c->{services}{facebook}, { accept => 1, refuse => 1, withdraw => 0 }, 'what a form does not name is no answer');
    is(scalar @{ $c->{days} }, 1, 'by day');
    is_deeply({ %{ $c->{days}[0] }, day => '' }, { day => '', 'accept-all' => 1, 'refuse-all' => 1, save => 1 }, 'of which this is one');

    my $s = scrape();
    is($s->{'ngx_consent_decisions_total{host="ville.example",decision="accept-all"}'}, 1, 'the scrape says the same');
    is($s->{'ngx_consent_service_answers_total{host="ville.example",service="youtube",answer="withdraw"}'}, 1, 'of services, too');
};

subtest 'an address that is masked' => sub {
    my ($accepted) = $t->post('/_choices/', [decision => 'accept-all'], @same)->cookies->{choices} =~ /^([^;]+)/;

    $t->get('/matomo/matomo.php', @host, Cookie => $accepted);
    is(counters()->{'ville.example'}{addresses_masked}, 1, 'is counted once');
};

subtest 'hosts' => sub {
    $t->get('/', Host => "made-up-$_.example") for 1 .. 20;
    $t->get('/', Host => 'www.ville.example');

    my $hosts = counters();

    is_deeply([sort keys %$hosts], ['_', 'ville.example', 'www.ville.example'], 'that nobody configured are one');
    is($hosts->{_}{pages}{rewritten}, 20, 'named _');

    is_deeply([keys %{ JSON::PP::decode_json($t->get('/status?host=www.ville.example', Host => 'mairie.example',
        Accept => 'application/json')->body)->{hosts} }], ['www.ville.example'], 'can be asked for one by one');
};

subtest 'the scrape' => sub {
    my $body = $t->get('/status', Host => 'mairie.example')->body;
    my (%type, %help, $group, %seen);

    for (split /\n/, $body) {
        if (/^# HELP (\w+) \S/) { ok(!$help{$1}++, "$1 has one HELP"); $group = $1; next }
        if (/^# TYPE (\w+) (counter|gauge)$/) { $type{$1} = $2; next }

        my ($name) = /^(ngx_consent_[a-z_]+)(?:\{host="[^"\\]*"(?:,[a-z]+="[^"\\]*")?(?:,answer="[a-z]+")?\})? \d+$/
            or fail("not a sample: $_"), next;

        $name eq $group or fail("$name stands among $group");
        $type{$name} eq ($name =~ /_total$/ ? 'counter' : 'gauge') or fail("the type of $name");
        $seen{$_}++ and fail("twice: $_");
    }

    ok(scalar keys %type, 'is of samples only');
};

subtest 'the page' => sub {
    my $r = $t->get('/status', Host => 'mairie.example', Accept => 'text/html,*/*;q=0.8');

    is($r->header('Content-Type'), 'text/html; charset=utf-8', 'is for browsers');
    unlike($r->body, qr/<script|https?:\/\/|src=|\@import/, 'fetches nothing');
    unlike($r->body, qr/ngxc-banner/, 'and has no banner');
    like($r->body, qr/<svg[^>]*role="img"[^>]*aria-label=/, 'charts say what they show');
    like($r->body, qr/<title>\d{4}-\d\d-\d\d: 2 accepted everything<\/title>/, 'with numbers');
    like($r->body, qr{<h1>2 hosts</h1>}, 'counts the hosts that were asked for by name');
    like($r->body, qr{<th scope=row><a href="\?host=ville\.example">ville\.example</a><td class=n>\d+<svg class=b }, 'compares them');
    like($r->header('Content-Security-Policy'), qr/^default-src 'none'/, 'under a policy of its own');

    $r = $t->get('/status?host=ville.example', Host => 'mairie.example', Accept => 'text/html');
    like($r->body, qr/<h1>ville\.example<\/h1>/, 'of one host');
    like($r->body, qr/cdn\.unknown\.example<td>script<td>unknown/, 'names what nobody claims');
    unlike($r->body, qr/id=1/, 'without its query');
};

subtest 'a reload' => sub {
    my $before = counters();

    ok($t->reload, 'is taken');
    is_deeply(counters(), $before, 'and loses nothing');

    $t->get('/', @host);
    is(counters()->{'ville.example'}{pages}{rewritten}, $before->{'ville.example'}{pages}{rewritten} + 1, 'counting goes on');
};

subtest 'a zone that is full' => sub {
    my $small = Gateway->new;
    my @names = map { "site$_.example" } 1 .. 200;

    $small->keys;
    $small->policy({ site => 'x', controller => { name => 'x', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
    $small->http("    consent_assets %%ASSETS%%;\n    consent_keys keys;\n    consent_policy policy.json;\n    consent_zone c:64k;\n"
        . "    server_names_hash_bucket_size 128;\n"
        . "    server { listen 127.0.0.1:%%PORT%%; server_name @names; consent on; default_type text/html;\n"
        . "        location / { return 200 '<title>x</title>'; } location = /status { consent_status; } }\n");
    $small->run;

    is($small->get('/', Host => $_)->status, 200) for @names[0 .. 99];

    my $hosts = JSON::PP::decode_json($small->get('/status', Host => 'site1.example', Accept => 'application/json')->body)->{hosts};
    my $sum = 0;
    $sum += $_->{pages}{rewritten} for values %$hosts;

    is($sum, 100, 'counts everything all the same');
    cmp_ok($hosts->{_}{pages}{rewritten}, '>', 0, 'under _');
    like($small->log, qr/consent_zone "c" is full/, 'and says so');
};

subtest 'without a zone' => sub {
    my $none = Gateway->new;

    $none->keys;
    $none->policy({ site => 'x', controller => { name => 'x', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
    $none->http("    consent_assets %%ASSETS%%;\n    consent_keys keys;\n    consent_policy policy.json;\n"
        . "    server { listen 127.0.0.1:%%PORT%%; consent on; location = /status { consent_status; } location / { return 200 x; } }\n");
    $none->run;

    is($none->get('/status')->status, 404, 'there is nothing to show');
    is($none->get('/')->status, 200, 'and everything else goes on');
};

subtest 'mistakes' => sub {
    for my $zone ('c', ':1m', 'c:1k', 'c:x') {
        my $wrong = Gateway->new;
        $wrong->http("    consent_zone $zone;\n");
        like(scalar $wrong->nginx_test, qr/in "consent_zone": .*nginx\.conf:\d+/s, $zone);
    }
};

done_testing();
