#!/usr/bin/perl

# A visitor comes, is asked, and decides: what the endpoint promises, without a browser.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site       => 'Ville de Montmirail',
    controller => { name => 'Ville de Montmirail', contact => 'dpo@montmirail.example', privacy_policy => '/donnees-personnelles' },
    languages  => ['fr', 'en'],
    services   => ['youtube', 'google-analytics', 'facebook',
        { use => 'matomo', paths => ['/matomo/'], basis => 'exempt' }],
});

my $page = '<!DOCTYPE html><html lang="fr"><head><title>Montmirail</title></head><body><h1>Bonjour</h1>'
    . '<iframe src="https://www.youtube.com/embed/abc" title="Le film"></iframe></body></html>';

(my $based = $page) =~ s{<title>}{<base href="https://cdn.example/x/"><title>};

$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html; charset=utf-8'], $request->uri eq '/based' ? $based : $page];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_endpoint on rate=1000r/s;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name montmirail.example;
        consent on;
        consent_policy policy.json;
        location / {
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
            proxy_set_header X-Consent "$consent_state/$consent_services/$consent_service_google_analytics";
        }
        location ~ /\. { deny all; }
    }
    server {
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        server_name montmirail.example;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        consent on;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->certificate('montmirail.example');
$t->run;

my @from = (Host => 'montmirail.example', 'Sec-Fetch-Site' => 'same-origin');

sub cookie_of {
    my ($r) = @_;
    my ($cookie) = map { /^(choices=[^;]+)/ ? $1 : () } $r->headers('Set-Cookie');

    return $cookie;
}

subtest 'a first visit' => sub {
    my $r = $t->get('/', Host => 'montmirail.example');

    is($r->status, 200, 'is answered');
    like($r->body, qr/<body><div id="ngxc-banner"/, 'with the banner as first child of body');
    like($r->body, qr{<a [^>]*href="/_choices/}, 'and a link to the settings');
    unlike($r->body, qr{<iframe[^>]*\ssrc="https://www\.youtube\.com}, 'the video is not loaded');
    like($r->body, qr{<iframe[^>]*data-ngxc="youtube"}, 'its place is kept');
    is_deeply([$r->headers('Set-Cookie')], [], 'no cookie is set before a choice');
    is($t->last_request('origin')->header('X-Consent'), 'unset/matomo/0', 'and the site is told');
    unlike($r->body, qr/[^\x00-\x7f]/, 'what is put in is ASCII');
};

my $accepted;

subtest 'accepting everything' => sub {
    my $r = $t->post('/_choices/', [decision => 'accept-all', return => '/agenda?mois=5'], @from);

    is($r->status, 303, 'leads back');
    is($r->header('Location'), '/agenda?mois=5', 'to where the visitor was');
    like(join("\n", $r->headers('Set-Cookie')), qr/^choices=[\w-]+; Max-Age=15724800; Path=\/; HttpOnly; SameSite=Lax$/,
        'and sets one cookie for 182 days');

    $accepted = cookie_of($r);
    my $next = $t->get('/', Host => 'montmirail.example', Cookie => $accepted);

    unlike($next->body, qr/ngxc-banner/, 'the banner is gone');
    like($next->body, qr{<iframe src="https://www\.youtube\.com/embed/abc" title="Le film">}, 'the video is back, byte for byte');
    is($t->last_request('origin')->header('X-Consent'), 'all/youtube,google-analytics,facebook,matomo/1', 'the site is told');
    is($t->last_request('origin')->header('Cookie') // '', '', 'but not by our cookie');
    is_deeply([$next->headers('Set-Cookie')], [], 'and no page view renews it');
};

subtest 'refusing everything' => sub {
    my $r = $t->post('/_choices/', [decision => 'refuse-all', return => '/'], @from);
    my $next = $t->get('/', Host => 'montmirail.example', Cookie => cookie_of($r));

    unlike($next->body, qr/ngxc-banner/, 'is not asked again');
    like($next->body, qr{<iframe[^>]*data-ngxc="youtube"}, 'the video stays away');
    is($t->last_request('origin')->header('X-Consent'), 'none//0', 'Matomo, exempt, is off as well');
};

subtest 'choosing one service' => sub {
    my $r = $t->post('/_choices/', [decision => 'save', 'service.youtube' => 'accept', return => '/'], @from);
    my $next = $t->get('/', Host => 'montmirail.example', Cookie => cookie_of($r));

    like($next->body, qr{<iframe src="https://www\.youtube\.com}, 'lets it in');
    like($next->body, qr/ngxc-banner/, 'and leaves the others undecided: the banner remains');
    is($t->last_request('origin')->header('X-Consent'), 'some/youtube,matomo/0', 'which is refused');

    $r = $t->post('/_choices/', [decision => 'save', 'purpose.audience' => 'refuse', 'purpose.social' => 'refuse'], @from,
        Cookie => cookie_of($r));
    $next = $t->get('/', Host => 'montmirail.example', Cookie => cookie_of($r));

    unlike($next->body, qr/ngxc-banner/, 'answering the rest by purpose ends the question');
    is($t->last_request('origin')->header('X-Consent'), 'some/youtube/0', 'and keeps the first answer');
};

subtest 'a form that answers nothing' => sub {
    my $r = $t->post('/_choices/', [decision => 'save'], @from, Accept => 'text/html');

    is($r->status, 303, 'leads back');
    is_deeply([$r->headers('Set-Cookie')], [], 'and stores nothing');
};

subtest 'withdrawing' => sub {
    my $r = $t->post('/_choices/', [decision => 'save', 'service.google-analytics' => 'refuse'], @from,
        Cookie => "$accepted; _ga=GA1.1.2.3; session=1");

    my @set = $r->headers('Set-Cookie');
    ok((grep { /^_ga=;.*Max-Age=0/ } @set), 'takes the cookies of that service from the browser');
    ok(!(grep { /^session=/ } @set), 'and no other');

    $t->get('/', Host => 'montmirail.example', Cookie => cookie_of($r));
    is($t->last_request('origin')->header('X-Consent'), 'some/youtube,facebook,matomo/0', 'the rest stays');
};

subtest 'this once' => sub {
    my $r = $t->post('/_choices/', [decision => 'accept-once', 'service.youtube' => 'accept',
        embed => 'https://www.youtube.com/embed/abc'], @from);

    is($r->status, 200, 'is answered at once');
    like($r->body, qr{<iframe[^>]*src="https://www\.youtube\.com/embed/abc"}, 'with that embed');
    is_deeply([$r->headers('Set-Cookie')], [], 'and stores nothing');

    $r = $t->post('/_choices/', [decision => 'accept-once', 'service.youtube' => 'accept',
        embed => 'https://evil.example/'], @from);
    is($r->status, 400, 'an address that is not the service\'s is an error');
    unlike($r->body, qr/evil/, 'and not used');
};

subtest 'the state' => sub {
    my $r = $t->get('/_choices/state', Host => 'montmirail.example', Cookie => $accepted);
    my $state = JSON::PP::decode_json($r->body);

    is($r->header('Content-Type'), 'application/json', 'is JSON');
    is($r->header('Cache-Control'), 'no-store', 'and never stored');
    is($state->{state}, 'all', 'says what was chosen');
    like($r->body, qr/"youtube":"accept/, 'for each service');

    $r = $t->post('/_choices/', [decision => 'refuse-all'], @from, Accept => 'application/json');
    is($r->status, 200, 'a script that posts gets it as the answer');
    is(JSON::PP::decode_json($r->body)->{state}, 'none', 'with the new choice');
};

subtest 'pages of the endpoint' => sub {
    for my $path ('/_choices/', '/_choices/table', '/_choices/embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fabc') {
        my $r = $t->get($path, Host => 'montmirail.example');

        is($r->status, 200, "$path is answered");
        like($r->header('Content-Type'), qr{^text/html}, 'as HTML');
        like($r->body, qr/YouTube/, 'and knows the service');
        unlike($r->body, qr/[^\x00-\x7f]/, 'in ASCII');
    }

    my $policy = JSON::PP::decode_json($t->get('/_choices/policy.json', Host => 'montmirail.example')->body);
    like($policy->{hash}, qr/^[0-9a-f]{64}$/, 'the policy has its hash');

    my $settings = $t->get('/_choices/', Host => 'montmirail.example')->body;
    for my $file ($settings =~ m{/_choices/(ui\.[0-9a-f]+\.(?:css|js))}g) {
        my $r = $t->get("/_choices/$file", Host => 'montmirail.example');
        is($r->status, 200, "$file is there");
        like($r->header('Cache-Control'), qr/immutable/, 'for good');
    }

    is($t->get('/_choices/none', Host => 'montmirail.example')->status, 404, 'what is not there is not there');
    is($t->get('/_choices/embed/none', Host => 'montmirail.example')->status, 404, 'nor a service that the site has not');
};

subtest 'a form that may not be believed' => sub {
    my @host = (Host => 'montmirail.example');
    my $form = 'decision=accept-all';
    my @type = ('Content-Type' => 'application/x-www-form-urlencoded');

    is($t->request(POST => '/_choices/', $form, @host, @type, 'Sec-Fetch-Site' => 'cross-site')->status, 403, 'from another site');
    is($t->request(POST => '/_choices/', $form, @host, @type, Origin => 'https://evil.example')->status, 403, 'of another origin');
    is($t->request(POST => '/_choices/', $form, @host, @type, Origin => 'https://montmirail.example')->status, 303,
        'of ours, with TLS in front');

    my $r = $t->request(POST => '/_choices/', "$form&return=%2Fa", @host, @type, Origin => 'null');
    is($r->status, 200, 'of nobody is asked for again');
    like($r->body, qr/<form[^>]*method="post"/, 'by a form of ours');
    is_deeply([$r->headers('Set-Cookie')], [], 'and nothing is stored');

    for my $to ('//evil.example/', 'https://evil.example/', '/\\evil.example', "/a%0d%0aX: y", '/a%0aSet-Cookie: a=b') {
        my $r = $t->post('/_choices/', "decision=refuse-all&return=$to", @from, @type);
        is($r->header('Location'), '/_choices/?saved=1', "never leads to $to");
        is($r->header('X'), undef, 'nor adds a header');
    }

    is($t->request(POST => '/_choices/', '', @from, @type)->status, 400, 'empty');
    is($t->request(POST => '/_choices/', 'decision=perhaps', @from, @type)->status, 400, 'of an unknown decision');
    is($t->request(POST => '/_choices/', 'decision=save&service.none=accept', @from, @type)->status, 400, 'of an unknown service');
    is($t->request(POST => '/_choices/', $form, @from, 'Content-Type' => 'text/plain')->status, 415, 'of another type');
    is($t->request(POST => '/_choices/', 'a' x 9000, @from, @type)->status, 413, 'too large');
    is($t->request(PUT => '/_choices/', $form, @from, @type)->status, 405, 'by another method');

    my @answers = $t->send("POST /_choices/ HTTP/1.1\r\nHost: montmirail.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        . "Sec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n13\r\n$form\r\n0\r\n\r\n");
    is($answers[0]->status, 411, 'without a length');
};

subtest 'a forged choice' => sub {
    my ($value) = $accepted =~ /=(.*)/;

    for my $i (0 .. length($value) - 1) {
        my $forged = $value;
        substr($forged, $i, 1) = substr($forged, $i, 1) eq 'A' ? 'B' : 'A';

        my $r = $t->get('/_choices/state', Host => 'montmirail.example', Cookie => "choices=$forged");
        $r->body =~ /"unset"/ or fail("byte $i of the token may be changed");
    }

    is(JSON::PP::decode_json($t->get('/_choices/state', Host => 'montmirail.example', Cookie => "x=1,choices=$value")->body)->{state},
        'unset', 'a comma does not part cookies');
    is(JSON::PP::decode_json($t->get('/_choices/state', Host => 'other.example', Cookie => $accepted)->body)->{state},
        'unset', 'and a choice is good for one host only');
    pass('no changed byte is believed');
};

subtest 'the language' => sub {
    my $r = $t->get('/', Host => 'montmirail.example', 'Accept-Language' => 'en');

    like($r->body, qr/<div id="ngxc-banner"[^>]* lang="fr"/, 'of the banner is the page\'s');
    like($t->get('/_choices/', Host => 'montmirail.example', 'Accept-Language' => 'en')->body, qr/<html[^>]* lang="en"/,
        'of our own pages the browser\'s');
    like($t->get('/_choices/?lang=fr', Host => 'montmirail.example', 'Accept-Language' => 'en')->body, qr/<html[^>]* lang="fr"/,
        'or the one asked for');
};

subtest 'the settings' => sub {
    my $r = $t->get('/_choices/?lang=fr', Host => 'montmirail.example', Referer => 'http://montmirail.example/agenda?mois=5');
    my ($again) = $r->body =~ m{name="return" value="([^"]+)"};

    like($r->body, qr{<a href="/agenda\?mois=5">Retour au site</a>}, 'lead back to the page they were opened from');
    is($again, '/_choices/?lang=fr&amp;return=%2Fagenda%3Fmois%3D5', 'and what is saved there leads to them');

    $r = $t->post('/_choices/', [decision => 'refuse-all', source => 'settings', return => $again =~ s/&amp;/&/r], @from);

    is($r->header('Location'), '/_choices/?lang=fr&return=%2Fagenda%3Fmois%3D5&saved=1', 'in the same language, to say that it was');
    like($t->get('/_choices/', Host => 'montmirail.example', Referer => 'http://elsewhere.example/agenda')->body, qr{<a href="/">Retour au site</a>},
        'or to the front page');
};

subtest 'a page with a <base>' => sub {
    my $body = $t->get('/based', Host => 'montmirail.example')->body;

    like($body, qr{<form[^>]* action="//montmirail\.example/_choices/"}, 'does not lead the choice elsewhere');
    like($body, qr{<a [^>]*href="//montmirail\.example/_choices/}, 'nor the link');
};

subtest 'Global Privacy Control' => sub {
    my $r = $t->get('/', Host => 'montmirail.example', 'Sec-GPC' => 1);

    unlike($r->body, qr/ngxc-banner/, 'answers for the visitor');
    like($r->body, qr{<iframe[^>]*data-ngxc="youtube"}, 'with no');
    like($r->body, qr{href="/_choices/}, 'the settings stay in reach');

    $r = $t->get('/', Host => 'montmirail.example', 'Sec-GPC' => 1, Cookie => $accepted);
    like($r->body, qr{<iframe src="https://www\.youtube\.com}, 'and a choice of one\'s own goes before it');
};

subtest 'over TLS' => sub {
    my $answer = $t->curl('/_choices/', -port => 'tls', '--data', 'decision=accept-all', '-H', 'Sec-Fetch-Site: same-origin',
        '-H', 'Host: montmirail.example');

    like($answer->raw, qr/^set-cookie: __Host-choices=[\w-]+; Max-Age=15724800; Path=\/; HttpOnly; SameSite=Lax; Secure\r$/mi,
        'the cookie is bound to host and scheme');
};

done_testing();
