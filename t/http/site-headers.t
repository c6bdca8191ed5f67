#!/usr/bin/perl

# A site's own headers: those that would keep a visitor from choosing give way on the endpoint and nowhere else.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'google-analytics', 'sentry'],
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;
    default_type text/html;

    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Frame-Options DENY always;
        add_header Content-Security-Policy "default-src 'none'; form-action 'none'; frame-ancestors 'none'" always;
        add_header Content-Security-Policy-Report-Only "default-src 'none'" always;
        add_header Referrer-Policy no-referrer always;
        add_header Clear-Site-Data '"cookies"' always;
        add_header Strict-Transport-Security max-age=1 always;
        add_header Set-Cookie "_ga=1; Max-Age=99" always;
        add_header Set-Cookie "choices=stolen" always;
        add_header Set-Cookie "site=1" always;
        add_header Link "<https://www.youtube.com/a.js>; rel=preload; as=script" always;
        add_header Refresh "5; url=https://www.youtube.com/" always;
        add_header Report-To '{"max_age":60,"endpoints":[{"url":"https://o1.ingest.sentry.io/api/1/"}]}' always;
        add_header Reporting-Endpoints 'own="/reports", all="https://o1.ingest.sentry.io/api/1/"' always;
        add_header Content-Security-Policy-Report-Only "img-src 'self'; report-uri /reports https://o1.ingest.sentry.io/api/1/" always;
        location = /script { default_type text/javascript; return 200 'own()'; }
        location / { return 200 '<!DOCTYPE html><title>x</title><p>page'; }
        location /missing { return 404; }
        error_page 405 413 415 /page;
    }
EOC

$t->run;

my @same = ('Sec-Fetch-Site' => 'same-origin');

subtest 'a page' => sub {
    my $r = $t->get('/', Accept => 'text/html');
    my ($csp) = $r->headers('Content-Security-Policy');

    is($r->header('X-Frame-Options'), 'DENY', 'keeps what the site says of frames');
    is($r->header('Clear-Site-Data'), '"cookies"', 'and of its own data');
    is($r->header('Referrer-Policy'), 'no-referrer', 'and of referrers');
    like($csp, qr/default-src 'none'/, 'and its policy');
    like($csp, qr/form-action 'self'/, 'in which our form is allowed');
    unlike($csp, qr/nonce-|sha\d+-|unsafe-inline/, 'and nothing inline');
    is_deeply([$r->headers('Set-Cookie')], ['site=1'], 'cookies of refused services and one in our name are not the site\'s to set');
    is($r->header($_), undef, "$_ does not lead there either") for qw(Link Refresh);
    is($r->header($_), undef, "$_ names nobody refused") for qw(Report-To Reporting-Endpoints);
    is(($r->headers('Content-Security-Policy-Report-Only'))[1], "img-src 'self'; report-uri /reports", 'nor does a policy');
    is($t->get('/script', 'Sec-Fetch-Dest' => 'script')->header('Report-To'), undef, 'nor a script\'s header');
    is_deeply([$t->get('/missing', Accept => 'text/html')->headers('Set-Cookie')], ['site=1'], 'nor on an error page');
};

subtest 'the endpoint' => sub {
    for my $path ('/_choices/', '/_choices/embed/youtube', '/_choices/table', '/_choices/state', '/_choices/none') {
        my $r = $t->get($path);
        my @csp = $r->headers('Content-Security-Policy');

        is($r->header('X-Frame-Options'), undef, "$path may be in a frame");
        is(@csp, 1, 'has one policy');
        like($csp[0], qr/frame-ancestors 'self'/, 'which is ours');
        is($r->header($_), undef, "no $_") for qw(Clear-Site-Data Content-Security-Policy-Report-Only Refresh Link);
        is_deeply([$r->headers('Referrer-Policy')], ['same-origin'], 'and our referrer policy');
        is($r->header('Strict-Transport-Security'), 'max-age=1', 'with what does no harm');
        is_deeply([$r->headers('Set-Cookie')], ['site=1'], 'and the site\'s cookie only');
    }
};

subtest 'a choice' => sub {
    my $r = $t->post('/_choices/', [decision => 'refuse-all', return => '/'], @same, Cookie => '_ga=1; site=1');
    my @set = $r->headers('Set-Cookie');

    is($r->status, 303, 'is taken');
    is((grep { /^choices=(?!stolen)/ } @set), 1, 'sets our cookie');
    ok(!(grep { /stolen|^_ga=1/ } @set), 'and none in its name');
    ok((grep { /^_ga=;.*Max-Age=0/ } @set), 'expires what is refused');
    ok((grep { $_ eq 'site=1' } @set), 'and leaves the site its own');
    is($r->header('Clear-Site-Data'), undef, 'which nothing clears');
};

subtest 'an error of the endpoint that the site shows a page for' => sub {
    for my $case (['PUT', 'x'], ['POST', 'x' x 9000], ['POST', '{}', 'Content-Type' => 'application/json']) {
        my ($method, $body, @headers) = @$case;
        my $r = $t->request($method, '/_choices/', $body, @same, @headers);

        cmp_ok($r->status, '>=', 400, "$method is refused");
        is_deeply([$r->headers('Set-Cookie')], ['site=1'], 'and sets nothing');
    }
};

done_testing();
