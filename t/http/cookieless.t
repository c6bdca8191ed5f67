#!/usr/bin/perl

# An audience measurement that runs without cookies until it is accepted: told to its own script before anything of it runs, and held to
# it by the gateway. Its own consent cookies follow the choice; and no cookie of it gets older than thirteen months.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;

my %site = (site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr']);

$t->policy({ %site, services => ['youtube', { use => 'matomo', basis => 'exempt', cookieless => \1, set_choice_cookies => \1 }] });
$t->policy({ %site, services => ['youtube', { use => 'matomo', basis => 'exempt' }] }, 'cookies.json');

my $snippet = "<script>var _paq=window._paq=window._paq||[];_paq.push(['trackPageView']);</script>";

$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html', 'Set-Cookie' => '_pk_id.1.1fff=a.1.; Max-Age=99999999', 'Set-Cookie' => 'cms=1',
        $request->uri =~ /nonce/ ? ('Content-Security-Policy' => "script-src 'nonce-abc'") : (),
        $request->uri =~ /none/ ? ('Content-Security-Policy' => "script-src 'self'") : ()],
        "<!DOCTYPE html><html lang=fr><head><title>a</title>$snippet</head><body>b"];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent on;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name cookies.example;
        consent_policy cookies.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->run;

my @page = (Host => 'ville.example', Accept => 'text/html');
my $off = q{<script>(window._paq=window._paq||[]).push(['disableCookies'])</script>};

sub decide {
    my (@fields) = @_;

    return $t->post('/_choices/', \@fields, Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');
}

sub as {
    my ($response) = @_;

    my ($own) = grep { /^choices=/ } $response->headers('Set-Cookie');
    $own =~ s/;.*//;

    return $own;
}

subtest 'before a choice' => sub {
    my $r = $t->get('/', @page, Cookie => 'cms=1; _pk_id.1.1fff=0123456789abcdef.1700000000.; _pk_ses.1.1fff=1');

    like($r->body, qr{<head>\Q$off\E}, 'cookies are turned off before anything else runs');
    like($r->body, qr/\Q$snippet\E/, 'and the site\'s own code runs as it is');
    is($t->last_request('origin')->header('Cookie'), 'cms=1', 'none goes to the site');

    my %set = %{ $r->cookies };
    is($set{cms}, 'cms=1', 'other cookies are set');
    like($set{$_}, qr/^\Q$_\E=; Path=\/; Max-Age=0/, "$_ is expired") for '_pk_id.1.1fff', '_pk_ses.1.1fff';
    is((grep { /Max-Age=99999999/ } $r->headers('Set-Cookie')), 0, 'and not set again');

    like($t->get('/nonce', @page)->body, qr{<head><script nonce="abc">\Q(window._paq\E}, 'with the page\'s nonce');
    unlike($t->get('/none', @page)->body, qr/disableCookies/, 'not where the page lets no inline script run: nor does the site\'s own');
    is($t->get('/matomo.php?idsite=1', @page)->status, 200, 'hits go on');
};

subtest 'accepted' => sub {
    my $answer = decide(decision => 'accept-all');
    my %set = %{ $answer->cookies };

    like($set{mtm_consent}, qr/^mtm_consent=\d{13}; Max-Age=15724800; Path=\/; SameSite=Lax$/, 'Matomo\'s own script may know');
    is($set{mtm_consent} =~ /=(\d+)/ && $1 % 86400000, 0, 'the day, and nothing that tells visitors apart');
    like($set{mtm_consent_removed}, qr/^mtm_consent_removed=; Max-Age=0/, 'no objection stays');

    my $r = $t->get('/', @page, Cookie => as($answer) . '; _pk_id.1.1fff=0123456789abcdef.' . time . '.');
    unlike($r->body, qr/disableCookies/, 'nothing is turned off');
    like($t->last_request('origin')->header('Cookie'), qr/^_pk_id\.1\.1fff=/, 'cookies are let through');
    like($r->cookies->{'_pk_id.1.1fff'}, qr/^_pk_id\.1\.1fff=a\.1\.; Max-Age=34128000$/, 'for thirteen months at most');
    isnt($r->header('ETag') // '', $t->get('/', @page)->header('ETag') // '-', 'and pages are told apart');
};

subtest 'refused' => sub {
    my $answer = decide(decision => 'refuse-all');
    my %set = %{ $answer->cookies };

    like($set{mtm_consent_removed}, qr/^mtm_consent_removed=\d{13}; Max-Age=15724800; Path=\/; SameSite=Lax$/, 'Matomo\'s own script may know');
    like($set{$_}, qr/^$_=; Max-Age=0/, "$_ is gone") for qw(mtm_consent mtm_cookie_consent);

    my $r = $t->get('/', @page, Cookie => as($answer));
    unlike($r->body, qr/disableCookies/, 'there is nothing to turn off');
    unlike($r->body, qr/^<script>var _paq/m, 'the snippet does not run');
    is($t->get('/matomo.php?idsite=1', @page, Cookie => as($answer))->status, 204, 'and hits are closed');
};

subtest 'another service answered' => sub {
    is((grep { /^mtm_/ } decide(decision => 'save', 'service.youtube' => 'accept')->headers('Set-Cookie')), 0, 'says nothing of Matomo');
};

subtest 'a policy that does not ask for them' => sub {
    my @to = (Host => 'cookies.example', 'Sec-Fetch-Site' => 'same-origin');
    my @names = sort { $a cmp $b } CORE::keys(%{ $t->post('/_choices/', [decision => 'refuse-all'], @to)->cookies });
    is("@names", 'choices', 'sets none of Matomo\'s');

    my $set = $t->post('/_choices/', [decision => 'refuse-all'], @to, Cookie => 'mtm_consent=1700000000000')->cookies;
    like($set->{mtm_consent}, qr/^mtm_consent=; Max-Age=0/, 'but one that the browser has does not outlive a refusal');
    like($set->{mtm_consent_removed}, qr/^mtm_consent_removed=\d{13};/, 'and is told');
};

subtest 'the settings' => sub {
    my $page = $t->get('/_choices/', @page)->body;

    like($page, qr/Sans votre accord, il ne d&#233;pose aucun cookie/, 'say so');
    like($page, qr/<code>$_<\/code>/, "and list $_") for qw(mtm_consent mtm_cookie_consent mtm_consent_removed);
    unlike($t->get('/_choices/', Host => 'cookies.example')->body, qr/aucun cookie&#8239;;/, 'not where it is not so');

    my $policy = $t->get('/_choices/policy.json', @page)->json;
    ok($policy->{services}[1]{cookieless}, 'and so does the policy');
};

subtest 'thirteen months from its first day' => sub {
    my @exempt = (Host => 'cookies.example', Accept => 'text/html');
    my $aged = sub { '_pk_id.1.1fff=0123456789abcdef.' . (time - $_[0] * 86400) . '.' };
    my $expired = sub { scalar grep { /^_pk_id\.1\.1fff=; .*Max-Age=0/ } $t->get('/', @exempt, Cookie => $aged->($_[0]))->headers('Set-Cookie') };

    cmp_ok($expired->(396), '>', 0, 'an identifier that a script prolonged is taken away');
    is($expired->(394), 0, 'a younger one is not');
    is($expired->(0), 0, 'nor a new one');
    unlike($t->get('/', @exempt)->body, qr/disableCookies/, 'and exempt alone runs with cookies');
};

done_testing();
