#!/usr/bin/perl

# However many nodes answer, and whatever cache stands in front of them, the next page is the page of the present choice. Nodes share their
# keys and policies and nothing else; one cache believes what it is told, another keeps pages whatever it is told and knows Vary alone.

use lib 't/lib';
use Gateway;

my $cdn = Gateway->new(modules => []);
my @nodes = map { Gateway->new } 1, 2;

my $policy = {
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube', 'vimeo'],
};

$nodes[0]->keys;
chmod 0600, $nodes[1]->write_file('keys', $nodes[0]->read_file('keys'));

$cdn->upstream(origin => sub {
    my ($request) = @_;

    return [200, ['Content-Type' => 'text/css', 'Cache-Control' => 'public, max-age=600'], 'p { color: red }'] if $request->uri =~ /css$/;
    return [304, [ETag => '"v1"']] if ($request->header('If-None-Match') // '') eq '"v1"';
    return [200, ['Content-Type' => 'text/html', ETag => '"v1"', 'Cache-Control' => 'public, max-age=600, s-maxage=600',
        'CDN-Cache-Control' => 'max-age=600', 'Surrogate-Control' => 'max-age=600', 'X-Accel-Expires' => '600', Expires => 'Wed, 21 Oct 2037 07:28:00 GMT'],
        '<!DOCTYPE html><title>x</title><iframe src="https://www.youtube.com/embed/a"></iframe><iframe src="https://player.vimeo.com/video/1"></iframe>'];
});

my $origin = '127.0.0.1:' . $cdn->port('origin');

for my $n (0, 1) {
    $nodes[$n]->policy($policy);
    $nodes[$n]->http(<<"EOC");
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        add_header X-Node $n;
        location / { proxy_pass http://$origin; }
    }
EOC
    $nodes[$n]->run;
}

my ($first, $second) = map { $_->port } @nodes;

$cdn->http(<<"EOC");
    proxy_cache_path %%PREFIX%%/honest keys_zone=honest:1m;
    proxy_cache_path %%PREFIX%%/stubborn keys_zone=stubborn:1m;
    proxy_cache_revalidate on;
    proxy_set_header Host ville.example;
    add_header X-Cdn \$upstream_cache_status;

    upstream nodes { server 127.0.0.1:$first; server 127.0.0.1:$second; }

    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_cache honest;
        location / { proxy_pass http://nodes; }
    }

    server {
        listen 127.0.0.1:%%PORT_stubborn%%;
        proxy_cache stubborn;
        proxy_cache_valid 1h;
        proxy_ignore_headers Cache-Control Expires Set-Cookie X-Accel-Expires;
        location / { proxy_pass http://nodes; }
    }
EOC
$cdn->run;

my @host = (Host => 'ville.example', Accept => 'text/html');

# Chosen through the cache, on whichever node's turn it is.
sub choice {
    my (@fields) = @_;

    return ($cdn->post('/_choices/', [@fields], @host, 'Sec-Fetch-Site' => 'same-origin')->header('Set-Cookie') =~ /^([^;]+)/)[0];
}

my %state = (
    'unset'   => [],
    'all'     => [Cookie => choice(decision => 'accept-all')],
    'none'    => [Cookie => choice(decision => 'refuse-all')],
    'youtube' => [Cookie => choice(decision => 'save', 'service.youtube' => 'accept', 'service.vimeo' => 'refuse')],
);
my %shows = (unset => 'banner', all => 'youtube vimeo', none => '', youtube => 'youtube');

sub shows {
    my ($r) = @_;

    (my $body = $r->text) =~ s/ data-ngxc-tag="[^"]*"//g;

    return join ' ', $body =~ /ngxc-banner/ ? 'banner' : (), $body =~ /src="https:\/\/www\.youtube/ ? 'youtube' : (),
        $body =~ /src="https:\/\/player\.vimeo/ ? 'vimeo' : ();
}

for my $cache (['that believes what it is told', 0], ['that keeps whatever it can', 'stubborn']) {
    my ($name, $port) = @$cache;

    subtest "a cache $name" => sub {
        for my $before (sort keys %state) {
            for my $after (sort keys %state) {
                my $path = "/page-$before-$after";
                my %nodes;

                for my $round (1, 2) {
                    my $r = $cdn->get($path, @host, @{ $state{$before} }, -port => $port);
                    is(shows($r), $shows{$before}, "$before");

                    my $next = $cdn->get($path, @host, @{ $state{$after} }, 'If-None-Match' => $r->header('ETag'), -port => $port);

                    # A cache that keeps no page does not ask for a confirmation either.
                    if ($next->status == 304) {
                        is($before, $after, 'is confirmed where it is the same');
                    } else {
                        is(shows($next), $shows{$after}, "then $after");
                    }
                }
            }
        }
    };
}

subtest 'what the caches were told' => sub {
    my $page = $cdn->get('/page', @host);

    is($page->header('Cache-Control'), 'private, no-cache', 'a page is its visitor\'s');
    is($page->header('Vary'), 'Cookie', 'and depends on his cookies');
    is($page->header($_), undef, "no $_ says otherwise") for 'Expires', 'CDN-Cache-Control', 'Surrogate-Control';
    isnt($cdn->get('/page', @host)->header('X-Cdn'), 'HIT', 'so that the first cache keeps none');

    $cdn->get('/site.css', Host => 'ville.example', 'Sec-Fetch-Dest' => 'style');
    is($cdn->get('/site.css', Host => 'ville.example', 'Sec-Fetch-Dest' => 'style')->header('X-Cdn'), 'HIT', 'what is no page is kept as ever');

    my ($ui) = $page->body =~ m{(/_choices/ui\.\w+\.js)};
    $cdn->get($ui, Host => 'ville.example');
    is($cdn->get($ui, Host => 'ville.example')->header('X-Cdn'), 'HIT', 'and the gateway\'s own files');

    for my $path ('/_choices/', '/_choices/state') {
        $cdn->get($path, @host, @{ $state{all} });
        isnt($cdn->get($path, @host)->header('X-Cdn'), 'HIT', "but not $path");
    }
};

subtest 'nodes' => sub {
    my %seen = map { $cdn->get("/nodes-$_", @host, @{ $state{youtube} })->header('X-Node') => 1 } 1 .. 6;
    is(join(' ', sort keys %seen), '0 1', 'took turns');

    my @pages = map { $_->get('/page', @host, @{ $state{youtube} }) } @nodes;
    is($pages[1]->header('ETag'), $pages[0]->header('ETag'), 'call a page the same');
    is($pages[1]->body, $pages[0]->body, 'which it is');
    is($nodes[1]->get('/page', @host, @{ $state{youtube} }, 'If-None-Match' => $pages[0]->header('ETag'))->status, 304, 'so that either confirms it');

    # One node has the next policy already, the other not yet.
    $nodes[1]->policy({ %$policy, services => ['youtube', 'vimeo', 'dailymotion'] });
    ok($nodes[1]->reload, 'while one has another policy');
    is($nodes[1]->get('/page', @host, @{ $state{youtube} }, 'If-None-Match' => $pages[0]->header('ETag'))->status, 200, 'it confirms no page of the other');
    is($nodes[0]->get('/page', @host, @{ $state{youtube} }, 'If-None-Match' => $pages[1]->header('ETag'))->status, 304, 'which does what it did');
};

done_testing();
