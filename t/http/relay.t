#!/usr/bin/perl

# A Matomo on another host, made first-party: nginx's own directives, as docs/matomo.md has them, change the published tag and hand the
# hits on; so the gateway masks them and closes them, where browsers would have gone past it.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site       => 'Ville',
    controller => { name => 'Ville', privacy_policy => '/p' },
    languages  => ['fr'],
    services   => [{ use => 'matomo', basis => 'exempt', hosts => ['stats.example.fr'], paths => ['/mesure/'] }],
});

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

my $rest = '<p>Nos statistiques : <a href="https://stats.example.fr/rapport">stats.example.fr</a></p><script>var api="//stats.example.fr/api";</script>';

$t->upstream(site => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html'], '<!DOCTYPE html><html lang=fr><head><title>a</title></head><body>'
        . tag($request->uri =~ /https/ ? 'https://stats.example.fr/' : '//stats.example.fr/') . $rest];
});
$t->upstream(stats => sub { [200, ['Content-Type' => 'text/javascript'], 'ok'] });

my ($idiom) = slurp('docs/matomo.md') =~ /^```nginx\n# relais\n(.*?)^```$/ms;
ok($idiom, 'the idiom is in the documents');
$idiom =~ s{https://stats\.example\.fr/;}{http://127.0.0.1:%%PORT_stats%%/;};
$idiom =~ s{^.*proxy_ssl_.*\n}{}gm;

$t->http(<<"EOC");
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        location / { proxy_pass http://127.0.0.1:%%PORT_site%%; }
        $idiom
    }
EOC

$t->run;

my @page = (Host => 'ville.example', Accept => 'text/html', 'X-Test-Address' => '203.0.113.77');

for my $scheme ('', 'https') {
    my $body = $t->get("/$scheme", @page)->body;

    ok(index($body, tag('/mesure/')) > 0, 'the tag ' . ($scheme || 'without a scheme') . ' speaks to the site itself');
    ok(index($body, $rest) > 0, 'and nothing else is changed');
}

is($t->get('/mesure/matomo.js', @page)->body, 'ok', 'the script comes through the gateway');

is($t->get('/mesure/matomo.php?idsite=1&url=https%3A%2F%2Fville.example%2F%3Futm_source%3Dx', @page, Cookie => 'session=secret')->status, 200,
    'and so do hits');

my $hit = $t->last_request('stats');
is($hit->uri, '/matomo.php?idsite=1&url=https%3A%2F%2Fville.example%2F', 'to its own path, without campaigns');
is($hit->header('X-Forwarded-For'), '203.0.0.0', 'with a masked address');
is($hit->header('Host'), 'stats.example.fr', 'under its own name');
is($hit->header('Cookie') // '', '', 'and without the cookies of the site');

my ($refused) = $t->post('/_choices/', [decision => 'refuse-all'], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin')
    ->header('Set-Cookie') =~ /^([^;]+)/;
my $before = () = $t->requests('stats');

is($t->get('/mesure/matomo.php?idsite=1', @page, Cookie => $refused)->status, 204, 'a refusal closes it');
is(scalar(() = $t->requests('stats')), $before, 'and nothing goes on');

done_testing();
