#!/usr/bin/perl

# nginx -t is the linter: every mistake is named with its place and its remedy, and a broken policy never reaches a worker.

use lib 't/lib';
use Gateway;

my $good = {
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'],
};

sub says {
    my ($http, %policies) = @_;

    my $t = Gateway->new;

    $t->keys;
    $t->policy($good);
    $t->policy($policies{$_}, "$_.json") for keys %policies;
    $t->http("    consent_assets %%ASSETS%%;\n$http");

    return scalar $t->nginx_test;
}

sub server {
    my ($text) = @_;

    return "    server { listen 127.0.0.1:%%PORT%%; server_name ville.example; consent on; $text }\n";
}

like(says(server('consent_policy policy.json; consent_keys keys;')), qr/test is successful/, 'a correct configuration passes');

subtest 'a directive' => sub {
    my %mistakes = (
        'consent maybe;' => qr/invalid value "maybe" in "consent": it must be "on", "off", "monitor" or a variable in .*nginx\.conf:\d+/,
        'consent_path choices;' => qr/"consent_path": it must begin and end with "\/"/,
        'consent_cookie __Host-choices domain=ville.example;' => qr/browsers refuse a cookie "__Host-choices" with a domain/,
        'consent_cookie "a b";' => qr/invalid name "a b" in "consent_cookie"/,
        'consent_validity 2y;' => qr/must be between 1d and 395d/,
        'consent_mask_ip 16;' => qr/as in "16 48"/,
        'consent_mask_ip 33 48;' => qr/as in "16 48"/,
        'consent_endpoint on rate=fast;' => qr/write it as "rate=10r\/s"/,
        'consent_undecodable pass;' => qr/invalid value "pass"/,
    );

    for my $text (sort keys %mistakes) {
        my $server = $text =~ /^consent maybe/ ? "    server { $text }\n"
            : server("consent_policy policy.json; consent_keys keys; $text");
        like(says($server), $mistakes{$text}, $text);
    }
};

subtest 'what is missing' => sub {
    like(says(server('consent_keys keys;')), qr/it has no policy: add "consent_policy FILE;"/, 'a policy');
    like(says(server('consent_policy policy.json;')), qr/it has no key: .*openssl rand -base64 32/, 'a key');
    like(says(server('consent_policy none.json; consent_keys keys;')), qr/none\.json/, 'a file');
    like(says(server('consent_policy policy.json; consent_keys none;')), qr/none/, 'a key file');
};

subtest 'a policy' => sub {
    my $said = says(server('consent_policy a.json; consent_keys keys;') . "    server { consent on; consent_policy b.json; consent_keys keys; }\n",
        a => '{ "site": "x", "languages": ["fr"], "services": ["youtub"], "contoller": {} }',
        b => "{\n  \"site\": \"x\",\n}\n");

    like($said, qr/youtube.* in .*a\.json:1/, 'is read with line and the nearest name');
    like($said, qr/controller/, 'with every mistake it holds');
    like($said, qr/b\.json:3/, 'and the next one in the same run');
    unlike($said, qr/successful/, 'and fails the test');
};

subtest 'a key file' => sub {
    my $t = Gateway->new;

    $t->policy($good);
    $t->write_file('keys', "sign short\n");
    $t->http("    consent_assets %%ASSETS%%;\n" . server('consent_policy policy.json; consent_keys keys;'));
    like(scalar $t->nginx_test, qr/keys:1/, 'is named with its line');
};

subtest 'a reload with a broken policy' => sub {
    my $t = Gateway->new;

    $t->keys;
    $t->policy($good);
    $t->http("    consent_assets %%ASSETS%%;\n" . server('consent_policy policy.json; consent_keys keys; location / { return 200 ok; }'));
    $t->allow_log(qr/emerg/);
    $t->run;
    $t->policy('{ broken');

    ok(!$t->reload, 'is not taken');
    is($t->get('/', Host => 'ville.example')->body, 'ok', 'and the old one goes on serving');
    is($t->get('/_choices/policy.json', Host => 'ville.example')->status, 200, 'with its policy');
};

subtest 'a module on the wrong side of a compressor' => sub {
    my $t = Gateway->new(modules => ['consent', 'ngx_http_brotli_filter_module']);

    SKIP: {
        skip 'no brotli module here', 2 if $ENV{NGXC_NGINX} || !-e '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so';

        $t->keys;
        $t->policy($good);
        my $http = "    consent_assets %%ASSETS%%;\n" . server('consent_policy policy.json; consent_keys keys;');
        $t->http($http);
        like(scalar $t->nginx_test, qr/move the "load_module" line of ngx_http_consent_module\.so below/, 'is told where to go');

        $t = Gateway->new(modules => ['ngx_http_brotli_filter_module', 'consent']);
        $t->keys;
        $t->policy($good);
        $t->http($http);
        like(scalar $t->nginx_test, qr/successful/, 'and is content there');
    }
};

done_testing();
