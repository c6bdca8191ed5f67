#!/usr/bin/perl

# What sites forbid in their own headers, in a real browser.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube', 'google-analytics', 'sentry'],
});

# Each page runs a script of the site's own where its policy lets it.
my $page = <<'EOC';
<!DOCTYPE html>
<html>
<head>
<title>A page</title>
META
<script nonce="abc">document.documentElement.dataset.inline = 'ran';</script>
<script nonce="abc" src="/own.js"></script>
<script nonce="abc" src="https://www.google-analytics.com/analytics.js"></script>
</head>
<body>
<h1>Page</h1>
<iframe src="https://www.youtube.com/embed/a" width="300" height="200"></iframe>
</body>
</html>
EOC

my %sites = (
    plain => ['X-Plain' => 'yes'],
    deny => ['X-Frame-Options' => 'DENY'],
    decidim => ['Content-Security-Policy' => q{default-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; }
        . q{img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self' www.youtube.com; media-src 'self'}],
    strict => ['Content-Security-Policy' => q{script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'}],
    none => ['Content-Security-Policy' => q{default-src 'none'}],
    nothing => ['Content-Security-Policy' => q{default-src 'none'; form-action 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'none'},
        'X-Frame-Options' => 'DENY', 'Referrer-Policy' => 'no-referrer'],
    meta => ['X-Plain' => 'yes'],
    sandboxed => ['Content-Security-Policy' => 'sandbox allow-scripts'],
    forms => ['Content-Security-Policy' => 'sandbox allow-scripts allow-forms'],
    origin => ['Content-Security-Policy' => 'sandbox allow-scripts allow-forms allow-same-origin'],
    referrer => ['Referrer-Policy' => 'no-referrer'],
    cleared => ['Clear-Site-Data' => '"cache"'],
    trusted => ['Content-Security-Policy' => q{require-trusted-types-for 'script'; trusted-types 'none'}],
    isolated => ['Cross-Origin-Opener-Policy' => 'same-origin', 'Cross-Origin-Embedder-Policy' => 'require-corp', 'Cross-Origin-Resource-Policy' => 'same-origin'],
    two => ['Content-Security-Policy' => q{form-action 'self'; frame-src 'none'}, 'Content-Security-Policy' => q{style-src 'none'; script-src 'self'}],
    reports => ['Content-Security-Policy' => q{img-src 'none'; report-uri https://o1.ingest.sentry.io/api/1/security/},
        'Content-Security-Policy-Report-Only' => q{style-src 'none'; report-uri //o1.ingest.sentry.io/api/2/security/},
        'Report-To' => q({"group":"all","max_age":60,"endpoints":[{"url":"https://o1.ingest.sentry.io/api/3/security/"}]}),
        'Reporting-Endpoints' => q(all="https://o1.ingest.sentry.io/api/4/security/")],
);

my $locations = '';

for my $name (sort keys %sites) {
    my @headers = @{ $sites{$name} };
    my $meta = $name eq 'meta' ? q{<meta http-equiv="Content-Security-Policy" content="default-src 'self'; form-action 'none'; frame-src 'none'; style-src 'none'">} : '';

    $t->write_file("www/$name.html", $page =~ s/META/$meta/r);
    $locations .= "        location = /$name { ";

    while (my ($header, $value) = splice @headers, 0, 2) {
        $value =~ s/"/\\"/g;
        $locations .= qq{add_header $header "$value" always; };
    }

    $locations .= "try_files /$name.html =404; }\n";
}

# The sites' strictest headers hold for the endpoint, too: nginx sends what a server adds with every answer.
$t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;

    server {
        listen 127.0.0.1:%%PORT_port%%;
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        server_name ville.localhost;
        consent on;
        root www;
        types { text/html html; }
        default_type text/html;
        add_header X-Frame-Options DENY always;
        add_header Content-Security-Policy "default-src 'none'; form-action 'none'; require-trusted-types-for 'script'" always;
        add_header Referrer-Policy no-referrer always;
        add_header Clear-Site-Data '"cookies", "storage"' always;

        location = /own.js { types { } default_type text/javascript; add_header X-Own yes; return 200 'document.documentElement.dataset.own = "ran";'; }
$locations    }
EOC

stories('t/browser/site-headers.mjs', gateway => $t);
done_testing();
