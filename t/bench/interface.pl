#!/usr/bin/perl

# What a visitor is sent to be asked: bytes after gzip and requests, for ten services in French; beside what the files of other consent
# managers weigh, as npm has them and as a French page loads them. Theirs come with "make browser".

use strict;
use warnings;

use Gateway;
use IO::Compress::Gzip qw(gzip $GzipError);

my $modules = 't/browser/node_modules';

my @others = (
    ['tarteaucitronjs', qw(tarteaucitron.min.js tarteaucitron.services.min.js lang/tarteaucitron.fr.min.js css/tarteaucitron.min.css
        advertising.min.js)],
    ['orejime', qw(dist/orejime-standard-fr.js dist/orejime-standard.css)],
    ['klaro', qw(dist/klaro.js)],
    ['vanilla-cookieconsent', qw(dist/cookieconsent.umd.js dist/cookieconsent.css)],
);

my $t = Gateway->new;
my $page = "<!DOCTYPE html><html lang=\"fr\"><head><title>Ville</title></head><body><main><h1>Ville</h1></main></body></html>\n";

$t->keys;
$t->policy({
    site => 'Ville', hosts => ['localhost'], languages => ['fr'],
    controller => { name => 'Ville', contact => 'dpo@example.fr', privacy_policy => '/donnees' },
    services => [qw(youtube vimeo openstreetmap google-analytics facebook x-twitter recaptcha google-fonts meta-pixel crisp)],
});
$t->write_file('www/index.html', $page);
$t->http(<<'EOC');
    default_type text/html;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    server {
        listen 127.0.0.1:%%PORT_gateway%%;
        server_name localhost;
        consent on;
        consent_policy policy.json;
        root www;
    }
EOC
$t->run;

my $asked = $t->get('/', -port => 'gateway')->body;
my ($script) = $asked =~ m{src="(/_choices/ui\.[^"]+\.js)"};
my ($cookie) = $t->post('/_choices/', [decision => 'refuse-all'], -port => 'gateway', 'Sec-Fetch-Site' => 'same-origin')
    ->cookies->{choices} =~ /^([^;]+)/;
my $after = $t->get('/', -port => 'gateway', Cookie => $cookie)->body;

printf "%-44s %12s %10s\n", 'the question, ten services', 'gzip bytes', 'requests';
row('ngx_consent: in the page, before a choice', weight($asked) - weight($page), 0);
row('ngx_consent: in the page, after it', weight($after) - weight($page), 0);
row('ngx_consent: its script, once', weight($t->get($script, -port => 'gateway')->body), 1);

$t->stop;

for my $other (@others) {
    my ($package, @files) = @$other;
    my ($version) = -e "$modules/$package/package.json" ? slurp("$modules/$package/package.json") =~ /"version":\s*"([^"]+)"/ : ();

    if (!defined $version) {
        print "$package is not there: make browser\n";
        next;
    }

    my $sum = 0;
    $sum += weight(slurp("$modules/$package/$_")) for @files;
    row("$package $version", $sum, scalar @files);
}


sub row {
    printf "%-44s %12d %10d\n", @_;
}

sub weight {
    my ($bytes) = @_;

    gzip(\$bytes, \my $small, -Level => 9) or die "gzip: $GzipError\n";

    return length $small;
}
