#!/usr/bin/perl

# consent_csp: a second wall beside the site's own policies, which varies with the choice.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    hosts => ['ville.example', 'www.ville.example'],
    services => ['vimeo', { use => 'matomo', hosts => ['stats.example.fr'] }],
});

$t->upstream(origin => sub {
    my ($request) = @_;

    return [304, [ETag => '"1"']] if ($request->header('If-None-Match') // '') eq '"1"';
    return [200, ['Content-Type' => 'text/html', ETag => '"1"', 'Content-Security-Policy' => q{default-src 'self'; frame-src 'none'}],
        '<!DOCTYPE html><title>x</title>'];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;

    server {
        listen 127.0.0.1:%%PORT%%;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /enforce { consent_csp enforce; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /report { consent_csp report; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->run;

my @host = (Host => 'ville.example', Accept => 'text/html');

subtest 'the site\'s own policy' => sub {
    my @csp = $t->get('/', @host)->headers('Content-Security-Policy');

    is(@csp, 1, 'stays the only one');
    like($csp[0], qr/frame-src 'self'/, 'and admits our placeholders');
    unlike($csp[0], qr/nonce|sha256/, 'without a nonce or hash');
};

subtest 'enforced' => sub {
    my $before = $t->get('/enforce', @host);
    my @csp = $before->headers('Content-Security-Policy');

    is(@csp, 2, 'ours stands beside it');
    like($csp[1], qr/^default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: ville\.example www\.ville\.example/, 'with the site itself');
    unlike($csp[1], qr/vimeo|stats/, 'and no service before a choice');
    like($csp[1], qr{; report-uri /_choices/csp$}, 'and reports come to us');

    my ($choice) = $t->post('/_choices/', [decision => 'save', 'service.vimeo' => 'accept'], @host, 'Sec-Fetch-Site' => 'same-origin')
        ->header('Set-Cookie') =~ /^([^;]+)/;

    @csp = $t->get('/enforce', @host, Cookie => $choice)->headers('Content-Security-Policy');
    like($csp[1], qr/ vimeo\.com:\* \*\.vimeo\.com:\*/, 'with what was accepted');
    unlike($csp[1], qr/stats/, 'and nothing else');

    my $again = $t->get('/enforce', @host, 'If-None-Match' => $before->header('ETag'));
    is($again->status, 304, 'a page that is confirmed');
    is(($again->headers('Content-Security-Policy'))[-1], ($before->headers('Content-Security-Policy'))[-1], 'has it, too');
};

subtest 'reported only' => sub {
    my $r = $t->get('/report', @host);

    is(() = $r->headers('Content-Security-Policy'), 1, 'nothing is enforced');
    like($r->header('Content-Security-Policy-Report-Only'), qr/^default-src 'self'/, 'and everything told');
};

subtest 'a report' => sub {
    my @type = ('Content-Type' => 'application/csp-report');
    my $report = '{"csp-report":{"document-uri":"https://ville.example/secret?nom=x","effective-directive":"script-src-elem",'
        . '"blocked-uri":"https://tracker.example/t.js?id=42"}}';

    is($t->request(POST => '/_choices/csp', $report, @host, @type)->status, 204, 'is taken');
    like($t->log, qr/"script-src-elem" would have loaded from "tracker\.example"/, 'for its host');
    unlike($t->log, qr/consent_csp: .*(?:secret|id=42)/, 'and nothing more');

    $report = '[{"type":"csp-violation","body":{"effectiveDirective":"img-src","blockedURL":"https://pixel.example/"}}]';
    is($t->request(POST => '/_choices/csp', $report, @host, 'Content-Type' => 'application/reports+json')->status, 204, 'of the newer kind');

    is($t->request(POST => '/_choices/csp', $_, @host, @type)->status, 400, "is none: $_") for '', '{', '[]', '{"csp-report":[]}',
        '{"csp-report":{"effective-directive":"x"}}', '{"csp-report":{"effective-directive":"a\\nb","blocked-uri":"https://x.example/"}}';

    my $before = length $t->log;
    is($t->request(POST => '/_choices/csp', '{"csp-report":{"effective-directive":"img-src","blocked-uri":"about"}}', @host, @type)->status, 204,
        'of nobody is taken');
    unlike(substr($t->log, $before), qr/consent/, 'and says nothing');
};

done_testing();
