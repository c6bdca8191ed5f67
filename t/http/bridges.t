#!/usr/bin/perl

# A consent manager that is in the page already: it is told of a choice with the answer to it, told again by the next page when its cookies
# say more than the choice does, and left alone otherwise.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;

my %site = (site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'google-maps']);

$t->policy({ %site, bridges => [{ use => 'orejime' }] });
$t->policy({ %site, bridges => [{ use => 'orejime' }], unknown => { cookies => 'block' } }, 'closed.json');

$t->upstream(origin => sub {
    my ($request) = @_;

    return [304, [ETag => '"1"']] if ($request->header('If-None-Match') // '') eq '"1"';
    return [200, ['Content-Type' => 'application/pdf', 'Cache-Control' => 'public'], '%PDF'] if $request->uri eq '/plan.pdf';
    return [200, ['Content-Type' => 'text/html', 'ETag' => '"1"', 'Cache-Control' => 'public, max-age=600'],
        '<!DOCTYPE html><html lang=fr><head><title>a</title></head><body>b'];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent on;
    consent_endpoint on rate=1000r/s;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name closed.example;
        consent_policy closed.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name secure.example;
        consent_scheme https;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

$t->run;

my @page = (Host => 'ville.example', Accept => 'text/html');
my $granted = '{%22youtube%22:true%2C%22google-maps%22:false}';
my $refused = '{%22youtube%22:false%2C%22google-maps%22:false}';

sub decide {
    my ($fields, @headers) = @_;

    return $t->post('/_choices/', $fields, Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin', @headers);
}

# The lines that set a cookie of the tool, without what says how long it lives.

sub told {
    my ($r) = @_;

    return join "\n", map { s/Max-Age=[1-9]\d*/Max-Age=*/r } grep { /^eu-consent=/ } $r->headers('Set-Cookie');
}

sub as {
    my ($r) = @_;

    my ($own) = map { /^(choices=[^;]+)/ } $r->headers('Set-Cookie');

    return $own;
}

my $gone = "eu-consent=; Path=/; Max-Age=0\neu-consent=; Path=/; Max-Age=0; Domain=ville.example";

my $chosen = decide([decision => 'save', 'service.youtube' => 'accept']);
my $choice = as($chosen);

subtest 'with the answer to a choice' => sub {
    is(told($chosen), "eu-consent=$granted; Max-Age=*; Path=/; SameSite=Lax", 'what was accepted is granted, and nothing else');
    like(join("\n", $chosen->headers('Set-Cookie')), qr/^eu-consent=.*; Max-Age=15724800;/m, 'for as long as the choice holds');
    like(join("\n", $chosen->headers('Set-Cookie')), qr/^choices=.*; Max-Age=15724800;/m, 'which is as long');

    is(told(decide([decision => 'refuse-all'])), "eu-consent=$refused; Max-Age=*; Path=/; SameSite=Lax", 'a refusal is told as well');
    is(told(decide([decision => 'save', 'service.youtube' => 'accept'], Accept => 'application/json')),
        "eu-consent=$granted; Max-Age=*; Path=/; SameSite=Lax", 'the answer to a script tells it, too');
    ok(decide([decision => 'refuse-all'], Accept => 'application/json')->json->{bridges}, 'and that there is somebody to tell');
    is(told(decide([decision => 'refuse-all'], Cookie => "$choice; eu-consent=$granted")),
        "$gone\neu-consent=$refused; Max-Age=*; Path=/; SameSite=Lax", 'a withdrawal takes away what was told before');
    is(told(decide([decision => 'save'])), '', 'a form that answers nothing tells nothing');
};

subtest 'over TLS' => sub {
    my $r = $t->post('/_choices/', [decision => 'refuse-all'], Host => 'secure.example', 'Sec-Fetch-Site' => 'same-origin');

    is(told($r), "eu-consent=$refused; Max-Age=*; Path=/; SameSite=Lax; Secure", 'the cookie is for TLS alone');
};

subtest 'with a page' => sub {
    is(told($t->get('/', @page)), '', 'nothing is told before a choice');
    is(told($t->get('/', @page, Cookie => "eu-consent=$refused")), '', 'nor is a refusal in the tool touched');
    is(told($t->get('/', @page, Cookie => "eu-consent=$granted")), $gone, 'but what was granted in the tool alone is taken back');

    is(told($t->get('/', @page, Cookie => "$choice; eu-consent=$granted")), '', 'what agrees stays');
    is(told($t->get('/', @page, Cookie => "$choice; eu-consent=$refused")), '', 'a later refusal in the tool stays');
    is(told($t->get('/', @page, Cookie => $choice)), "eu-consent=$granted; Max-Age=*; Path=/; SameSite=Lax",
        'what the tool lost it is told again');

    my $more = $t->get('/', @page, Cookie => "$choice; eu-consent={%22youtube%22:true%2C%22google-maps%22:true}");

    is(told($more), "$gone\neu-consent=$granted; Max-Age=*; Path=/; SameSite=Lax", 'what says more than the choice is put right');
    is($more->header('Cache-Control'), 'private, no-cache', 'in an answer that no shared cache keeps');

    my ($left) = map { /^eu-consent=\{.*Max-Age=(\d+)/ } $more->headers('Set-Cookie');

    cmp_ok($left, '<=', 15724800, 'for what is left of the choice at most');
    cmp_ok($left, '>', 15724800 - 2 * 86400, 'and no less');
};

subtest 'with a page that the browser has' => sub {
    my $tag = $t->get('/', @page, Cookie => $choice)->header('ETag');
    my $r = $t->get('/', @page, Cookie => "$choice; eu-consent={%22google-maps%22:true}", 'If-None-Match' => $tag);

    is($r->status, 304, 'it is confirmed');
    like(told($r), qr/\Qeu-consent=$granted;/, 'and the tool put right all the same');
};

subtest 'with anything else' => sub {
    my $cookie = "$choice; eu-consent={%22google-maps%22:true}";

    is(told($t->get('/plan.pdf', @page, Cookie => $cookie)), '', 'nothing is told where an answer may be shared');
    is(told($t->get('/', @page, Cookie => $cookie, 'Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors')), '',
        'nor to what a script fetches');
};

subtest 'the site' => sub {
    $t->get('/', @page, Cookie => "eu-consent=$refused; cms=1");
    is($t->last_request('origin')->header('Cookie'), "eu-consent=$refused; cms=1", 'is sent the cookie of its own tool');

    my $r = $t->get('/', Host => 'closed.example', Accept => 'text/html', Cookie => "eu-consent=$refused; other=1");

    is($t->last_request('origin')->header('Cookie'), "eu-consent=$refused", 'also where unknown cookies are kept away');
    is(told($r), '', 'which it is none of');

    my $table = $t->get('/_choices/table', @page)->body;

    like($table, qr/<code>eu-consent</, 'and lists it in its table of cookies');
};

done_testing();
