#!/usr/bin/perl

# consent monitor: what a site's pages load and set becomes known, and no visitor can tell that anybody looks.

use lib 't/lib';
use Gateway;

use IO::Compress::Gzip qw(gzip);

my $t = Gateway->new;

my $policy = {
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr', 'en'],
    hosts => ['ville.example', 'www.ville.example'], services => ['youtube'],
};

$t->keys;
$t->policy($policy);

my %page = (
    '/' => '<!DOCTYPE html><html><head><title>x</title><link rel=stylesheet href="//fonts.googleapis.com/css?family=A">'
        . '<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag("config","G-1")</script></head>'
        . '<body><p>Bonjour</p><iframe src="https://www.youtube.com/embed/abc?user=42"></iframe>'
        . '<img src="https://pixel.unknown.example/p.gif?nom=Dupont"><img src="/logo.png"><img src="https://www.ville.example/b.png">'
        . '<!-- <script src="https://commented.example/x.js"></script> --></body></html>',
    '/latin1' => "<html><meta charset=iso-8859-1><p>\xe9t\xe9 <script src=//cdn.unknown.example/a.js></script><p unclosed",
    '/large' => '<p>' . join('', map { "<p>Article $_ <a href=/x?$_>lire</a>\n" } 1 .. 20000) . '<script src=//late.example/l.js></script>',
    '/nul' => "<p>\0<\0script src=//nul.example>\xff\xfe",
    '/json' => '{"html":"<script src=//json.example/x.js></script>"}',
);

my $zipped = '<title>z</title>' . ('<p>Bonjour' x 20000) . '<script src="//zipped.example/z.js"></script>';
gzip(\$zipped => \my $gzip);

$t->upstream(origin => sub {
    my ($r) = @_;
    my ($path) = $r->uri =~ /^([^?]*)/;

    my @headers = ('Content-Type' => $path eq '/json' ? 'application/json' : 'text/html', ETag => '"abc"',
        'Last-Modified' => 'Sat, 21 Nov 2026 10:00:00 GMT', 'Cache-Control' => 'max-age=60',
        'Set-Cookie' => '_ga=1; Path=/; Max-Age=99999999', 'Set-Cookie' => 'session_0123456789abcdef=2; Path=/',
        Link => '<https://www.youtube.com/x.js>; rel=preload; as=script',
        'Content-Security-Policy' => q{default-src 'self'; frame-src 'none'});

    return [304, [ETag => '"abc"'], ''] if ($r->header('If-None-Match') // '') eq '"abc"';
    return [200, [@headers, 'Content-Encoding' => 'gzip'], $gzip] if $path eq '/gzip';
    return [200, [@headers, 'Content-Encoding' => 'gzip'], substr $gzip, 0, 40] if $path eq '/cut';
    return [200, [@headers, 'Content-Encoding' => 'gzip'], 'no gzip'] if $path eq '/wrong';
    return [200, [@headers, 'Content-Encoding' => 'zstd'], "\x28\xb5\x2f\xfd"] if $path eq '/zstd';
    return [200, \@headers, $page{$path} // 'x'];
});

my $server = 'location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; } location /static/ { root %%PREFIX%%; } gzip on; gzip_types *;'
    . ' location /error { error_page 404 /; return 404; } location /text { default_type text/html; return 200 "<title>t</title>"; }';

$t->write_file('static/page.html', '<title>s</title><script src="https://static.example/s.js"></script>' . 'x' x 50000);
$t->http(<<"EOC");
    types { text/html html; }
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent_zone inventory:2m;
    consent_cookie choices;

    map \$http_x_mode \$mode { default monitor; off off; }

    server { listen 127.0.0.1:%%PORT_off%%; server_name ville.example; $server }
    server { listen 127.0.0.1:%%PORT%%; server_name ville.example; consent monitor; $server }
    server { listen 127.0.0.1:%%PORT_variable%%; server_name ville.example; consent \$mode; $server }
    server { listen 127.0.0.1:%%PORT_status%%; location / { consent_status; } }
EOC

$t->run;

my @host = (Host => 'ville.example', Accept => 'text/html', 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate',
    Cookie => '_ga=GA1.1.2; _fbp=fb.1.2; session_0123456789abcdef=3; theme=dark');

# Everything but the time, as it came.
sub bytes {
    my ($port, $path, @more) = @_;

    return $t->get($path, @host, @more, -port => $port)->raw =~ s/^Date: .*\r\n//mr;
}

sub inventory {
    my $hosts = JSON::PP::decode_json($t->get('/', -port => 'status', Accept => 'application/json')->body)->{hosts};

    return $hosts->{'ville.example'};
}

subtest 'byte for byte' => sub {
    my @ways = ([], ['Accept-Encoding' => 'gzip'], ['If-None-Match' => '"abc"'], [Range => 'bytes=3-20'], ['Sec-GPC' => 1],
        ['Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors'], ['X-Forwarded-For' => '192.0.2.7']);

    for my $path (sort(keys %page), '/zstd', '/gzip', '/cut', '/wrong', '/static/page.html', '/static/none', '/error', '/text') {
        for my $way (@ways) {
            my $off = bytes(off => $path, @$way);

            is(bytes(0, $path, @$way), $off, "$path @$way");
            is(bytes(variable => $path, @$way), $off, "$path @$way, by a variable");
        }
    }

    my ($head, $off, $variable) = map { $t->head('/', @host, -port => $_)->raw =~ s/^Date: .*\r\n//mr } 0, 'off', 'variable';
    is($head, $off, 'HEAD');
    is($variable, $off, 'HEAD, by a variable');
};

subtest 'the site' => sub {
    my @requests = map { $_->raw } $t->requests('origin');
    my %seen;
    $seen{ s/:\d+//gr }++ for @requests;

    is(scalar(grep { $_ % 3 } values %seen), 0, 'is asked for the same in all three ways');
};

subtest 'the inventory' => sub {
    my %found = map { ("$_->{kind} $_->{name}" => $_) } @{ inventory()->{found} };
    my $service = sub { my $f = $found{ $_[0] } or return 'not found'; return $f->{service} // 'unknown' };

    is($service->('iframe www.youtube.com'), 'youtube', 'a service of the policy');
    is($service->('link fonts.googleapis.com'), 'google-fonts', 'one of the catalogue');
    is($service->('script '), 'google-analytics', 'an inline script');
    is($service->('img pixel.unknown.example'), 'unknown', 'a host that nobody claims');
    is($service->('script cdn.unknown.example'), 'unknown', 'in any page');
    is($service->('script late.example'), 'unknown', 'at its end');
    is($service->('script static.example'), 'unknown', 'in a file');
    is($service->('script zipped.example'), 'unknown', 'in a page that comes compressed');
    is($service->('set-cookie _ga'), 'google-analytics', 'a cookie that is set');
    is($service->('cookie _fbp'), 'meta-pixel', 'one that browsers send');
    is($service->('cookie theme'), 'unknown', 'one that nobody claims');
    is($service->('set-cookie session_*'), 'unknown', 'without what names a visitor');

    ok(!$found{$_}, "not $_") for 'img www.ville.example', 'script commented.example', 'script json.example', 'cookie choices';
    is($found{'script late.example'}{page}, '/large', 'says on which page');
    like($found{'script late.example'}{first}, qr/^\d{4}-\d\d-\d\d$/, 'and since when');
    unlike($t->get('/', -port => 'status', Accept => 'application/json')->body, qr/Dupont|user|0123456789abcdef|GA1/, 'and nothing else');

    cmp_ok(inventory()->{pages}{observed}, '>', 0, 'pages are counted');
    cmp_ok(inventory()->{pages}{unread}, '>', 0, 'those that could not be read as well');
    is(inventory()->{pages}{rewritten}, 0, 'none was rewritten');
};

subtest 'is bounded' => sub {
    $page{"/many"} = 'x';
    my $many = Gateway->new;

    $many->keys;
    $many->policy($policy);
    $many->upstream(origin => sub {
        [200, ['Content-Type' => 'text/html'], join '', map { '<script src=//' . $_[0]->uri =~ s/\W//gr . "h$_.example/></script>" } 1 .. 200];
    });
    $many->http("    consent_assets %%ASSETS%%;\n    consent_keys keys;\n    consent_policy policy.json;\n    consent_zone i:1m;\n"
        . "    server { listen 127.0.0.1:%%PORT%%; server_name ville.example; consent monitor; location = /s { consent_status; }\n"
        . "        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; } }\n");
    $many->run;
    $many->get("/$_", Host => 'ville.example') for 1 .. 5;

    my $host = JSON::PP::decode_json($many->get('/s', Host => 'ville.example', Accept => 'application/json')->body)->{hosts}{'ville.example'};

    is(scalar @{ $host->{found} }, 128, 'in what it keeps of a host');
    is($host->{found_lost}, 5 * 200 - 128, 'and says what it did not keep');
};

subtest 'the policy that is proposed' => sub {
    my ($text) = $t->get('/?host=ville.example', -port => 'status', Accept => 'text/html')->body =~ m{<pre[^>]*>(.*?)</pre>}s;
    $text =~ s/&quot;/"/g;
    $text =~ s/&amp;/&/g;

    my $proposed = JSON::PP::decode_json($text);
    my %ids = map { ref $_ ? ($_->{id} => 1) : ($_ => 1) } @{ $proposed->{services} };

    ok($ids{$_}, $_) for qw(youtube google-fonts google-analytics meta-pixel cdn-unknown-example pixel-unknown-example);

    my $try = Gateway->new;
    $try->keys;
    $try->policy($text);
    $try->http("    consent_assets %%ASSETS%%;\n    server { listen 127.0.0.1:%%PORT%%; consent on; consent_keys keys;\n"
        . "        consent_policy policy.json; location / { default_type text/html;\n"
        . "        return 200 '<script src=\"https://cdn.unknown.example/a.js\"></script>'; } }\n");
    like(scalar $try->nginx_test, qr/successful/, 'can be pasted as it is');

    $try->run;
    like($try->get('/', Host => 'ville.example')->body, qr/data-ngxc="cdn-unknown-example"/, 'and asks for what was found');
};

subtest 'unknown.hosts' => sub {
    my $unknown = Gateway->new;

    $unknown->keys;
    $unknown->policy({ %$policy, hosts => ["$_.example"], unknown => { hosts => $_ } }, "$_.json") for qw(allow report block);
    $unknown->http("    consent_assets %%ASSETS%%;\n    consent_keys keys;\n    consent on;\n    consent_zone i:1m;\n    default_type text/html;\n"
        . join '', map { "    server { listen 127.0.0.1:%%PORT%%; server_name $_.example; consent_policy $_.json; location = /s { consent_status; }\n"
            . "        location / { return 200 '<p><script src=\"https://who.example/x.js\"></script>'; } }\n" } qw(allow report block));
    $unknown->run;

    like($unknown->get('/', Host => 'allow.example')->body, qr{<script src="https://who\.example}, 'allow lets them in');
    like($unknown->get('/', Host => 'report.example')->body, qr{<script src="https://who\.example}, 'report does, too');
    like($unknown->get('/', Host => 'block.example')->body, qr{<script [^>]*type="text/plain"}, 'block does not');
    unlike($unknown->get('/', Host => 'block.example')->body, qr{<script [^>]*\ssrc="https://who}, 'in any way');

    my $hosts = JSON::PP::decode_json($unknown->get('/s', Host => 'allow.example', Accept => 'application/json')->body)->{hosts};
    my %found = map { my $h = $_; $h => scalar grep { $_->{name} eq 'who.example' } @{ $hosts->{$h}{found} } } keys %$hosts;

    is_deeply(\%found, { _ => 0, 'allow.example' => 0, 'report.example' => 1, 'block.example' => 1 }, 'and allow does not even list them');
};

done_testing();
