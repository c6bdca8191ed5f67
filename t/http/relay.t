#!/usr/bin/perl

# A Matomo on another host, made first-party: a policy's "relay" and the location of docs/matomo.md have the page speak to the site, so
# that hits are masked and closed where browsers would have gone past the gateway. What cannot be changed is reported.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

my %policy = (
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
);
my $matomo = { use => 'matomo', basis => 'exempt', hosts => ['stats.example.fr'] };

$t->keys;
$t->policy({ %policy, services => [{ %$matomo, relay => '/mesure/' }, 'youtube'] });
$t->policy({ %policy, services => [$matomo] }, 'without.json');

# As Matomo's documentation publishes it.
sub tag {
    my ($host) = @_;

    return <<"EOT";
<script>
  var _paq = window._paq = window._paq || [];
  _paq.push(['trackPageView']);
  _paq.push(['enableLinkTracking']);
  (function() {
    var u="$host";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '1']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
  })();
</script>
<noscript><p><img referrerpolicy="no-referrer-when-downgrade" src="${host}matomo.php?idsite=1&amp;rec=1" style="border:0;" alt="" /></p></noscript>
EOT
}

my $rest = '<p>Nos statistiques : <a href="https://stats.example.fr/rapport">stats.example.fr</a></p><script>var page="/a";</script>';
my $other = "<script>\nvar x = 1;\n  g.src = 'https://stats.example.fr/matomo.js';\t// \x1b[31m\n</script>";

my %page = (
    '/' => tag('//stats.example.fr/') . $rest,
    '/https' => tag('https://stats.example.fr/') . $rest,
    '/other' => $other,
    '/preconnect' => '<link rel=preconnect href="https://stats.example.fr">',
);

$t->upstream(site => sub {
    my ($path) = $_[0]->uri =~ /^([^?]*)/;

    return [200, ['Content-Type' => 'text/html'],
        "<!DOCTYPE html><html lang=fr><head><title>a</title></head><body>" . ($page{$path} // '') . '</body></html>'];
});
$t->upstream(stats => sub { [200, ['Content-Type' => 'text/javascript', 'Set-Cookie' => 'MATOMO_SESSID=1; Path=/'], 'ok'] });

# That server, by TLS, with a certificate of its own.
$t->certificate('stats.example.fr');

my ($idiom) = slurp('docs/matomo.md') =~ /^```nginx\n# relais\n(.*?)^```$/ms;
ok($idiom, 'the location is in the documents');
$idiom =~ s{https://stats\.example\.fr/;}{https://127.0.0.1:%%PORT_tls%%/;};
$idiom =~ s{/etc/ssl/certs/ca-certificates\.crt}{certificate.pem};

sub servers {
    my ($locations) = @_;

    return <<"EOC";
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_zone counters:1m;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_site%%; }
        location /wall/ { consent_csp enforce; proxy_pass http://127.0.0.1:%%PORT_site%%/; }
        location /watched/ { consent monitor; proxy_pass http://127.0.0.1:%%PORT_site%%/; }
        location = /status { consent_status; }
        $locations
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name without.example;
        consent on;
        consent_policy without.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_site%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_tls%% ssl;
        server_name stats.example.fr;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        proxy_set_header Host \$host;
        location / { proxy_pass http://127.0.0.1:%%PORT_stats%%; }
    }
EOC
}

subtest 'nginx -t' => sub {
    my $php = 'location ~ \.php$ { return 404; }';
    my $relay = 'location /mesure/ { proxy_pass http://127.0.0.1:%%PORT_stats%%/; }';

    my @cases = (
        ['' => qr/no location of server "ville\.example" in \S+:\d+ hands on "\/mesure\/", the relay of "matomo": add "location \^~ \/mesure\/ \{ proxy_pass https:\/\/stats\.example\.fr\/; \}"/],
        ['location /mesures/ { return 404; }' => qr/no location of server/],
        [$relay => undef],
        [$idiom => undef],
        ['location = /mesure/matomo.php { return 204; }' => undef],
        ['location ~ ^/mesure/ { return 204; }' => undef],
        ["$relay $php" => qr/"\/mesure\/matomo\.php", below the relay of "matomo", is answered by location "~ \\\.php\$" of server "ville\.example" in \S+:\d+: write the relay's as "location \^~ \/mesure\/"/],
        ["$idiom $php" => undef],
    );

    for my $case (@cases) {
        my ($locations, $warning) = @$case;

        $t->http(servers($locations));
        my ($said, $content) = $t->nginx_test;

        ok($content, 'is content with ' . ($locations =~ /(.*)/)[0]);
        $warning ? like($said, $warning, 'and says what is missing') : unlike($said, qr/\[warn\]/, 'without a word');
    }
};

subtest 'of many tenants' => sub {
    $t->policy({ %policy, services => [] }, 'tenants/_default.json');
    $t->policy({ %policy, hosts => ['ville.example', 'www.ville.example'], services => [{ %$matomo, relay => '/mesure/' }] }, 'tenants/ville.json');
    $t->policy({ %policy, hosts => ['autre.example'], services => ['matomo'] }, 'tenants/autre.json');

    my $server = sub { "server { listen 127.0.0.1:%%PORT%%; server_name $_[0]; consent on; location / { return 204; } }\n" };

    $t->http("consent_assets %%ASSETS%%; consent_keys keys; consent_policies tenants;\n" . join '', map { $server->($_) }
        'autre.example', 'www.ville.example ville.example', '_');
    my ($said, $content) = $t->nginx_test;

    ok($content, 'nginx -t is content');
    my @warnings = $said =~ /\[warn\].*no location of server "(.*?)"/g;
    is("@warnings", 'www.ville.example', 'and says once whose location is missing');
};

$t->http(servers($idiom));
$t->run;

my @page = (Host => 'ville.example', Accept => 'text/html', 'X-Test-Address' => '203.0.113.77');

for my $path ('/', '/https') {
    my $body = $t->get($path, @page)->body;

    ok(index($body, tag('/mesure/')) > 0, "the tag of $path speaks to the site itself");
    ok(index($body, $rest) > 0, 'and nothing else is changed');
}

ok(index($t->get('/watched/', @page)->body, tag('//stats.example.fr/')) > 0, 'monitor changes nothing');
unlike(slurp($t->file('error.log')), qr/themselves/, 'none of that is worth a warning');

subtest 'what comes through it' => sub {
    my $script = $t->get('/mesure/matomo.js', @page);

    is($script->body, 'ok', 'is the script');
    is($script->header('Set-Cookie'), undef, 'without cookies of that server');

    is($t->get('/mesure/matomo.php?idsite=1&url=https%3A%2F%2Fville.example%2F%3Futm_source%3Dx', @page,
        Cookie => 'session=secret; _pk_id.1.1fff=0123456789abcdef.1790000000.')->status, 200, 'and hits');

    my $hit = $t->last_request('stats');
    is($hit->uri, '/matomo.php?idsite=1&url=https%3A%2F%2Fville.example%2F', 'to its own path, without campaigns');
    is($hit->header('X-Forwarded-For'), '203.0.0.0', 'with a masked address, though no directive asks for it');
    is($hit->header('Host'), 'stats.example.fr', 'under its own name');
    is($hit->header('Cookie') // '', '', 'and without the cookies of the site');

    $t->get('/mesures', @page, Cookie => 'session=secret');
    is($t->last_request('site')->header('Cookie'), 'session=secret', 'which the site itself has');
};

subtest 'what cannot be changed' => sub {
    ok(index($t->get('/other', @page)->body, $other) > 0, 'stays as it is');

    my ($line) = $t->read_file('error.log') =~ /^(.*themselves.*)$/m;
    like($line, qr/\[warn\].*consent: by "\/other" browsers call "stats\.example\.fr" themselves, which sees their whole address: the relay changes src attributes and Matomo's published snippet only; write "\/mesure\/" in place of "\/\/stats\.example\.fr\/" in: g\.src = 'https:\/\/stats\.example\.fr\/matomo\.js';\?\/\/ \?\[31m while /,
        'is logged, with what to write instead, printable');

    $t->get('/other?again', @page) for 1 .. 3;
    is(scalar(() = $t->read_file('error.log') =~ /themselves/g), 1, 'once for each page');

    $t->get('/preconnect', @page);
    like($t->read_file('error.log'), qr/by "\/preconnect" browsers .* in: <link rel=preconnect href="https:\/\/stats\.example\.fr">/,
        'and of another page again');

    my ($found) = grep { $_->{kind} eq 'direct' }
        @{ $t->get('/status?host=ville.example', Host => 'ville.example', Accept => 'application/json')->json->{hosts}{'ville.example'}{found} };
    is_deeply([@$found{qw(name service page count)}], ['stats.example.fr', 'matomo', '/other', 5], 'is in the inventory');

    like($t->get('/status?host=ville.example', @page)->body,
        qr/Browsers call <b>stats\.example\.fr<\/b> themselves, as on \/other, and it sees their whole address<\/strong>: write <code>\/mesure\/<\/code> in place of <code>\/\/stats\.example\.fr\/<\/code> there/,
        'and the page of the counters says what to do');
    is(counted('ville.example'), 5, 'and counted by pages');
};

subtest 'after a reload' => sub {
    $t->reload;
    $t->get('/other', @page);
    is(scalar(() = $t->read_file('error.log') =~ /by "\/other" browsers/g), 2, 'a page that was not mended is named again');
};

subtest 'the second wall' => sub {
    my $wall = $t->get('/wall/', @page)->header('Content-Security-Policy');

    like($wall, qr/^default-src 'self'/, 'lets browsers speak to the site');
    unlike($wall, qr/stats\.example\.fr/, 'and to the measurement only through it');
};

subtest 'without a relay' => sub {
    my $body = $t->get('/', Host => 'without.example', Accept => 'text/html')->body;

    ok(index($body, tag('//stats.example.fr/')) > 0, 'the tag stays');
    is(counted('without.example'), 1, 'and it is counted that the measurement sees whole addresses');
    unlike($t->read_file('error.log'), qr/without\.example/, 'without a warning: it is what the policy says');
};

subtest 'a refusal' => sub {
    my ($refused) = $t->post('/_choices/', [decision => 'refuse-all'], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin')
        ->header('Set-Cookie') =~ /^([^;]+)/;
    my $before = () = $t->requests('stats');

    is($t->get('/mesure/matomo.php?idsite=1', @page, Cookie => $refused)->status, 204, 'closes it');
    is(scalar(() = $t->requests('stats')), $before, 'and nothing goes on');
    unlike($t->get('/', @page, Cookie => $refused)->body, qr{"/mesure/}, 'nor is a page changed for it');
};

SKIP: {
    my $pages = ($ENV{NGXC_SHARED} // '../shared') . '/data/pages';
    skip 'the pages of the wild are not here', 1 if !-d $pages;

    subtest 'pages of the wild' => sub {
        # file, its Matomo, places that are changed, and the line of what is not
        my @wild = (
            ['de-bayern-piwik-readspeaker', 'www.piwik.bayern.de', 2],
            ['de-ekbo-typo3-piwik', 'tracking.ekbo.de', 2],
            ['fr-aoc-wp-matomo', 'tracker.wpserveur.net', 2, qr/in: <link rel="dns-prefetch" href="\/\/tracker\.wpserveur\.net">/],
            ['wordpress-accueil', 'stats.ville-exemple.fr', 2],
            ['decidim-accueil', 'stats.ville-exemple.fr', 1],
            ['fr-ledevoir-matomo-gtm', 'analytics.ledevoir.com', 1],    # beside a tag manager, which the policy does not list
            ['de-deutschland-piwik', 'analytics.shift.agency', 1, qr/in: var pkBaseURL = \(\("https:" == document\.location\.protocol\)/],
            ['fr-attac-spip-piwik', 'outils.attac.org', 0, qr/in: \(function\(\)\{ var u=\(\("https:" == document\.location\.protocol\)/],
        );
        my $wild = Gateway->new;

        $wild->keys;
        $wild->http("types { text/html html; } consent_assets %%ASSETS%%; consent_keys keys;\n" . join '', map {
            my ($file, $host) = @$_;
            $wild->policy({ %policy, services => [{ %$matomo, hosts => [$host], relay => '/mesure/' }] }, "$file.json");
            $wild->write_file("www/$file.html", slurp("$pages/$file.html"));
            "server { listen 127.0.0.1:%%PORT%%; server_name $file.example; consent on; consent_policy $file.json; root www;"
                . " location /mesure/ { return 204; } }\n"
        } @wild);
        $wild->run;

        for my $page (@wild) {
            my ($file, $host, $changed, $line) = @$page;

            my $body = $wild->get("/$file.html", Host => "$file.example", Accept => 'text/html')->body;
            my ($warned) = $wild->log =~ /by "\/\Q$file\E\.html" browsers (.*)/;

            is(scalar(() = $body =~ m{"/mesure/}g), $changed, "$file: what is changed");
            $line ? like($warned, $line, 'and what is told') : is($warned, undef, 'and no more');
        }
    };
}

done_testing();


# Pages of a host by which browsers call a measurement themselves.
sub counted {
    my ($host) = @_;

    my ($n) = $t->get('/status', Host => 'ville.example', Accept => 'text/plain')->body
        =~ /^ngx_consent_direct_pages_total\{host="\Q$host\E"\} (\d+)$/m;

    return $n;
}
