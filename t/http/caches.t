#!/usr/bin/perl

# A cache keeps what the site sent and nothing of a visitor; whatever state a page was asked for in before, it is right in the next.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;
my @services = ('youtube', 'vimeo', 'google-analytics');
my $policy = { site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => \@services };

$t->keys;
$t->policy($policy);

my $version = 1;
my $fail = $t->file('fail');

# A long page, so that slices are several; a new version when asked for "/next"; errors while the file is there.
$t->upstream(origin => sub {
    my ($request) = @_;
    my ($path) = $request->uri =~ m{^([^?]*)};

    $version++ if $path eq '/next';
    return [200, [], "now $version"] if $path eq '/next';
    return [500, ['Content-Type' => 'text/html'], '<p>failed'] if -e $fail;

    my $page = "<!DOCTYPE html><title>version $version</title><body>" . '<p>text</p>' x 100
        . '<iframe src="https://www.youtube.com/embed/a"></iframe><iframe src="https://player.vimeo.com/video/1"></iframe>' . '<p>end</p>' x 50;
    my $tag = "\"v$version\"";
    my @headers = ('Content-Type' => 'text/html', ETag => $tag, 'Last-Modified' => 'Wed, 21 Oct 2015 07:28:00 GMT',
        'Set-Cookie' => 'site=1', 'Set-Cookie' => '_ga=1', 'Cache-Control' => 'max-age=1000');

    return [304, [ETag => $tag]] if ($request->header('If-None-Match') // '') =~ /\Q$tag\E/;

    if (($request->header('Range') // '') =~ /^bytes=(\d+)-(\d+)/) {
        my ($from, $to) = ($1, $2 < length($page) - 1 ? $2 : length($page) - 1);
        return [206, [@headers, 'Content-Range' => "bytes $from-$to/" . length $page], substr $page, $from, $to - $from + 1];
    }

    select undef, undef, undef, 0.5 if $path eq '/locked';

    return [200, \@headers, $page];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent_catalogue %%PREFIX%%/catalogue;
    consent on;

    proxy_cache_path %%PREFIX%%/cache keys_zone=pages:1m;
    proxy_cache pages;
    proxy_cache_key $uri$is_args$args;
    proxy_http_version 1.1;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        add_header X-Cache $upstream_cache_status;
        proxy_ignore_headers Set-Cookie Cache-Control Expires Vary;

        location / { proxy_cache off; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /hit/ { proxy_cache_valid 1h; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /revalidated/ { proxy_cache_valid 1s; proxy_cache_revalidate on; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /background/ { proxy_cache_valid 1s; proxy_cache_background_update on; proxy_cache_use_stale updating error http_500;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /expired/ { proxy_cache_valid 1s; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /stale/ { proxy_cache_valid 1s; proxy_cache_use_stale error http_500; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /threads/ { aio threads; proxy_cache_valid 1h; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /locked { proxy_cache_valid 1h; proxy_cache_lock on; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /sliced/ { slice 500; proxy_cache_key $uri$is_args$args$slice_range; proxy_set_header Range $slice_range; proxy_cache_valid 200 206 1h;
            proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /by-class/ { proxy_cache_key $uri$is_args$args$consent_class; proxy_cache_valid 1h; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /kept/ { proxy_store %%PREFIX%%/kept/page.html; proxy_cache off; proxy_pass http://127.0.0.1:%%PORT_origin%%/; }
        location /static/ { alias %%PREFIX%%/www/; }
        location /open-files/ { alias %%PREFIX%%/www/; open_file_cache max=10; open_file_cache_valid 1h; }
    }

    # A cache in front, that believes what it is told: one store for everybody.
    server {
        listen 127.0.0.1:%%PORT_front%%;
        consent off;
        location / { proxy_set_header Host ville.example; proxy_cache_key front$uri; proxy_cache_valid 1h;
            proxy_pass http://127.0.0.1:%%PORT%%; add_header X-Front $upstream_cache_status; }
    }
EOC

$t->write_file("catalogue/$_.json", slurp("assets/catalogue/$_.json")) for @services, 'dailymotion';
$t->write_file('www/page.html', '<!DOCTYPE html><title>x</title><iframe src="https://www.youtube.com/embed/a"></iframe><iframe src="https://player.vimeo.com/video/1"></iframe>');
$t->run;

my @host = (Host => 'ville.example', Accept => 'text/html');

sub choice {
    my (@fields) = @_;

    return ($t->post('/_choices/', [@fields], @host, 'Sec-Fetch-Site' => 'same-origin')->header('Set-Cookie') =~ /^([^;]+)/)[0];
}

my %state = (
    'unset'   => [],
    'all'     => [Cookie => choice(decision => 'accept-all')],
    'none'    => [Cookie => choice(decision => 'refuse-all')],
    'youtube' => [Cookie => choice(decision => 'save', 'service.youtube' => 'accept', 'service.vimeo' => 'refuse', 'service.google-analytics' => 'refuse')],
);

# What a page shows: banner, YouTube, Vimeo.
my %shows = (unset => 'banner', all => 'youtube vimeo', none => '', youtube => 'youtube');

sub shows {
    my ($r) = @_;

    (my $body = $r->text) =~ s/ data-ngxc-tag="[^"]*"//g;

    return join ' ', $body =~ /ngxc-banner/ ? 'banner' : (), $body =~ /src="https:\/\/www\.youtube/ ? 'youtube' : (),
        $body =~ /src="https:\/\/player\.vimeo/ ? 'vimeo' : ();
}

# Where a page was stored, and what the cache says of it when it is asked for in the next state.
my @stored = (
    ['nowhere',                                'uncached', undef],
    ['in the cache',                           'hit', 'HIT'],
    ['in the cache, read by a thread',         'threads', 'HIT'],
    ['in the cache, in slices',                'sliced', 'HIT'],
    ['in the cache, by choice class',          'by-class', qr/^(?:HIT|MISS)$/],
    ['in the cache, which is too old',         'expired', 'EXPIRED'],
    ['in the cache, which asks whether it is', 'revalidated', 'REVALIDATED'],
    ['in the cache, which updates it later',   'background', 'STALE'],
    ['in the cache, while the site fails',     'stale', 'STALE'],
    ['by proxy_store',                         'kept', undef],
    ['in a file',                              'static', undef],
    ['in a file that is kept open',            'open-files', undef],
);

my %first;

for my $stored (@stored) {
    my ($name, $where) = @$stored;
    my $page = $where eq 'open-files' || $where eq 'static' ? 'page.html' : 'page';

    for my $before (sort keys %state) {
        for my $after (sort keys %state) {
            $first{$where}{$before}{$after} = $t->get("/$where/$page?$before-$after", @host, @{ $state{$before} });
        }
    }
}

sleep 2;

for my $stored (@stored) {
    my ($name, $where, $status) = @$stored;
    my $page = $where eq 'open-files' || $where eq 'static' ? 'page.html' : 'page';

    subtest "stored $name: every state before, every state after" => sub {
        $t->write_file('fail', '') if $where eq 'stale';

        for my $before (sort keys %state) {
            for my $after (sort keys %state) {
                my $first = $first{$where}{$before}{$after};

                is(shows($first), $shows{$before}, "$before shows what it may");
                ok(!(grep { /^_ga=\d/ } $first->headers('Set-Cookie')), 'and sets no stored cookie of a service') unless $before eq 'all';

                my $next = $t->get("/$where/$page?$before-$after", @host, @{ $state{$after} }, 'If-None-Match' => $first->header('ETag'));

                is($next->status, $before eq $after ? 304 : 200, "$before, then $after");
                is(shows($next), $shows{$after}, 'which shows what it may') if $before ne $after;
                like($next->header('X-Cache') // '', ref $status ? $status : qr/^\Q$status\E$/, 'from where it was stored') if $status;
            }
        }

        unlink $fail;
    };
}

subtest 'what is stored' => sub {
    my @files = glob $t->file('cache') . '/*';
    my @bytes = map { slurp($_) } @files;

    ok(@files > 3, 'is stored');
    ok(!(grep { /ngxc-banner|data-ngxc=/ } @bytes), 'as the site sent it');
    like($t->read_file('kept/page.html'), qr{<iframe src="https://www\.youtube}, 'by proxy_store, too');
};

subtest 'an expired page' => sub {
    my $before = $t->get('/revalidated/page', @host);
    $t->get('/background/page', @host);
    sleep 2;

    my $again = $t->get('/revalidated/page', @host, 'If-None-Match' => $before->header('ETag'));
    is($again->status, 304, 'that is confirmed is confirmed');
    is($again->header('X-Cache'), 'REVALIDATED', 'by the site');

    is(shows($t->get('/background/page', @host, @{ $state{youtube} })), 'youtube', 'a stale one is right');
    ok(!(grep { ($_->header('Cookie') // '') =~ /choices/ } $t->requests('origin')), 'and no update carries our cookie');

    sleep 2;
    $t->write_file('fail', '');
    is(shows($t->get('/background/page', @host, @{ $state{none} })), '', 'a stale one instead of an error, too');
    unlink $fail;

    $t->get('/next', @host);
    sleep 2;
    my $new = $t->get('/revalidated/page', @host, 'If-None-Match' => $before->header('ETag'));
    is($new->status, 200, 'a page that changed is sent');
    like($new->body, qr/version 2/, 'as it is now');
};

for my $first (sort keys %state) {
    subtest "several who wait for the page that $first asked for" => sub {
        my @c = map { my $state = $_; my $c = $t->connect;
            $c->write(Gateway::HTTP::request('GET', "/locked?$first", undef, @host, @{ $state{$state} })); [$state, $c] }
            $first, sort keys %state;

        is(shows($_->[1]->response), $shows{$_->[0]}, "$_->[0] gets what it may") for @c;
        is((grep { $_->uri eq "/locked?$first" } $t->requests('origin')), 1, 'and the site is asked once');
    };
}

subtest 'a cache in front' => sub {
    for my $state ('all', 'unset', 'none', 'all') {
        my $r = $t->get('/hit/page', Accept => 'text/html', @{ $state{$state} }, -port => 'front');

        is(shows($r), $shows{$state}, "$state shows what it may");
        isnt($r->header('X-Front'), 'HIT', 'and is not kept for others');
    }
};

subtest 'a page of before the gateway, or of another policy' => sub {
    is($t->get('/hit/page', @host, 'If-None-Match' => "\"v$_\"")->status, 200, "version $_ is not confirmed") for 1, 2;
    is($t->get('/hit/page', @host, 'If-Modified-Since' => 'Wed, 21 Oct 2037 07:28:00 GMT')->status, 200, 'nor by its date');

    my $before = $t->get('/hit/page', @host, @{ $state{none} });

    $t->policy({ %$policy, services => [@services, 'dailymotion'] });
    ok($t->reload, 'another policy');

    my $after = $t->get('/hit/page', @host, @{ $state{none} }, 'If-None-Match' => $before->header('ETag'));
    is($after->status, 200, 'is another page');
    like($after->body, qr/ngxc-banner/, 'which asks about what is new');
};

subtest 'a page of another catalogue, or of another build' => sub {
    my $before = $t->get('/hit/page', @host, @{ $state{all} });

    (my $etag = $before->header('ETag')) =~ s/ngxc-(\w)/'ngxc-' . ($1 eq 'a' ? 'b' : 'a')/e;
    isnt($etag, $before->header('ETag'), 'the mark of another class');
    is($t->get('/hit/page', @host, @{ $state{all} }, 'If-None-Match' => $etag)->status, 200, 'confirms nothing');

    my $youtube = JSON::PP::decode_json($t->read_file('catalogue/youtube.json'));
    $youtube->{provider}{name} = 'Another';
    $t->write_file('catalogue/youtube.json', JSON::PP::encode_json($youtube));
    ok($t->reload, 'another catalogue');

    my $after = $t->get('/hit/page', @host, @{ $state{all} }, 'If-None-Match' => $before->header('ETag'));
    is($after->status, 200, 'is another page');
    is(shows($after), 'banner vimeo', 'which asks again about the service that changed, and about no other');
};

done_testing();
