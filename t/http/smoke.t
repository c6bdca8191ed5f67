#!/usr/bin/perl

# The fixture sites with the gateway in front of them: the shortest proof that everything is put together. Details are the other tests'.

use lib 't/lib';
use Gateway;

my @site = (Host => 'montmirail.localhost');

subtest 'on' => sub {
    my $t = Gateway->new;
    $t->sites(https => 'http');

    my $page = $t->get('/', @site);

    is($page->status, 200, 'a page is answered');
    ok($page->complete, 'whole');
    like($page->body, qr/<div id="ngxc-banner"/, 'with the banner');
    is_deeply([$page->headers('Set-Cookie')], ['cms_session=8d1f0c; Path=/; HttpOnly; SameSite=Lax'], 'and no cookie of ours');

    my $settings = $t->get('/_choices/', @site);

    is($settings->status, 200, 'the endpoint answers');
    is($settings->header('Content-Type') =~ s/;.*//r, 'text/html', 'with a page');

    my $chosen = $t->post('/_choices/', [decision => 'refuse-all', return => '/'], @site, 'Sec-Fetch-Site' => 'same-origin');

    is($chosen->status, 303, 'a choice is taken');
    is($chosen->header('Location'), '/', 'and leads back');

    my ($cookie) = $chosen->cookies->{choices} =~ /^([^;]+)/;
    my $later = $t->get('/', @site, Cookie => $cookie);

    unlike($later->body, qr/ngxc-banner/, 'who has chosen is not asked again');
};

subtest 'loaded and off' => sub {
    my $t = Gateway->new;
    $t->sites(https => 'http', consent => 'off');

    for my $path ('/', '/agenda', '/contact', '/matomo/matomo.js', '/introuvable') {
        my ($through, $direct) = map { $t->get($path, @site, -port => $_) } qw(port backend_port);

        is($through->status, $direct->status, "$path has the back end's status");
        is($through->body, $direct->body, "$path has the back end's bytes");
    }
};

done_testing();
