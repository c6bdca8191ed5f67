#!/usr/bin/perl

# A subrequest in a masked location is sent masked whenever nginx gets round to it: at once, or after it waited for a cache; and the
# request that it belongs to keeps its address meanwhile.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });

# What a cache may keep is kept for a second; "slow" answers late enough for others to wait for it.
$t->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/html', 'Cache-Control' => 'max-age=1'], '<p>part'] if $request->uri !~ /slow/;
    return [[ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n", \0.6, '<p>slow' ]]->[0];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent on;

    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;

    proxy_cache_path %%PREFIX%%/cache keys_zone=pages:1m;
    proxy_cache_key $uri;
    include /etc/nginx/proxy_params;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        root %%PREFIX%%/www;
        default_type text/html;
        ssi on;

        location / { }
        location /less/ { consent_mask_ip 24 64; alias %%PREFIX%%/www/; }
        location /open/ { proxy_pass http://127.0.0.1:%%PORT_origin%%; }

        location /masked/ {
            consent_mask_ip 16 48;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
            proxy_cache pages;

            location /masked/locked/ {
                proxy_pass http://127.0.0.1:%%PORT_origin%%;
                proxy_cache_lock on;
                proxy_cache_lock_timeout 100ms;
            }

            location /masked/threads/ {
                aio threads;
                proxy_pass http://127.0.0.1:%%PORT_origin%%;
                proxy_cache_key /masked/;
            }

            location /masked/updated/ {
                proxy_pass http://127.0.0.1:%%PORT_origin%%;
                proxy_cache_use_stale updating;
                proxy_cache_background_update on;
            }
        }
    }
EOC

for my $name (qw(locked threads updated)) {
    $t->write_file("www/$name.html", qq(<title>x</title><!--#include virtual="/masked/$name/slow" --><!--#include virtual="/open/after-$name" -->));
}

$t->write_file('www/threads.html', '<title>x</title><!--#include virtual="/masked/threads/x" --><!--#include virtual="/open/after" -->');
$t->write_file('www/updated.html', '<title>x</title><!--#include virtual="/masked/updated/x" --><!--#include virtual="/open/after" -->');
$t->write_file('www/page.html', '<title>x</title><!--#include virtual="/masked/x" --><!--#include virtual="/open/after" -->');
$t->run;

my @visitor = (Host => 'ville.example', Accept => 'text/html', 'X-Test-Address' => '203.0.113.77');

sub addresses {
    my ($pattern) = @_;

    return map { $_->header('X-Real-IP') } grep { $_->uri =~ $pattern } $t->requests('origin');
}

subtest 'one that waits for a lock' => sub {
    my @c = map { $t->connect } 1 .. 3;

    $_->write(Gateway::HTTP::request('GET', '/locked.html', undef, @visitor)) for @c;
    like($_->response->body, qr/<p>slow.*<p>part/s, 'is answered') for @c;

    is_deeply([addresses(qr{^/masked/locked/})], ['203.0.0.0', '203.0.0.0', '203.0.0.0'], 'and sent masked, first or later');
    is_deeply([addresses(qr{^/open/after-locked})], ['203.0.113.77', '203.0.113.77', '203.0.113.77'], 'nothing beside it is');
};

subtest 'one that threads read a cache for' => sub {
    $t->get('/threads.html', @visitor);
    sleep 2;
    like($t->get('/threads.html', @visitor)->body, qr/<p>part.*<p>part/s, 'is answered');

    is_deeply([addresses(qr{^/masked/threads/})], ['203.0.0.0', '203.0.0.0'], 'and sent masked when what they find is old');
};

subtest 'one that is answered with an old page and updates it' => sub {
    $t->get('/updated.html', @visitor);
    sleep 2;
    like($t->get('/updated.html', @visitor)->body, qr/<p>part.*<p>part/s, 'is answered');

    wait_until(sub { 2 == addresses(qr{^/masked/updated/}) }, 2);
    is_deeply([addresses(qr{^/masked/updated/})], ['203.0.0.0', '203.0.0.0'], 'and updates masked');
};

subtest 'one that is masked further than its request' => sub {
    $t->get('/less/page.html', @visitor);

    is_deeply([addresses(qr{^/masked/x})], ['203.0.0.0'], 'is sent so');
    is((addresses(qr{^/open/after$}))[-1], '203.0.113.0', 'and the request stays as it is');
};

is_deeply([grep { /113/ } addresses(qr{^/masked})], [], 'no address was sent whole');

done_testing();
