#!/usr/bin/perl

# Consent managers as npm has them, in a page behind the gateway, in a real browser: whoever chose in the gateway is not asked by them, and
# what they hold back by themselves follows the choice. Complianz is not on npm: t/unit/bridge.c has its cookies.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

my %files = (
    'tarteaucitron/' => [map { "tarteaucitronjs/$_" } 'tarteaucitron.js', 'tarteaucitron.services.js', 'advertising.js',
        'lang/tarteaucitron.fr.js', 'css/tarteaucitron.css'],
    'orejime/' => ['orejime/dist/orejime-standard-fr.js', 'orejime/dist/orejime-standard.css'],
    'klaro/' => ['klaro/dist/klaro.js'],
    'cookieconsent/' => ['vanilla-cookieconsent/dist/cookieconsent.umd.js', 'vanilla-cookieconsent/dist/cookieconsent.css'],
);

for my $tool (sort keys %files) {
    for my $file (@{ $files{$tool} }) {
        my $path = "t/browser/node_modules/$file";

        plan(skip_all => "$path is not installed (make browser)") if !-e $path;

        my ($name) = $file =~ m{^(?:tarteaucitronjs/|.*/)(.*)$};

        open my $in, '<:raw', $path or die "$path: $!\n";
        $t->write_file("www/$tool$name", do { local $/; <$in> });
    }
}

# What only the tool holds back: to the gateway it is text, or code that calls nobody it knows.
my $youtube = q{new Image().src = 'https://www.youtube.com/by-the-tool';};
my $vimeo = q{new Image().src = 'https://player.vimeo.com/by-the-tool';};

my %head = (
    tarteaucitron => <<'EOC',
<script src="/tarteaucitron/tarteaucitron.js"></script>
<script>tarteaucitron.init({ privacyUrl: '/p' }); (tarteaucitron.job = tarteaucitron.job || []).push('youtube', 'vimeo');</script>
EOC
    orejime => <<'EOC',
<link rel="stylesheet" href="/orejime/orejime-standard.css">
<script>var orejimeConfig = { privacyPolicyUrl: '/p', purposes: [{ id: 'youtube', title: 'YouTube' }, { id: 'vimeo', title: 'Vimeo' }] };</script>
<script defer src="/orejime/orejime-standard-fr.js"></script>
EOC
    klaro => <<'EOC',
<script>var klaroConfig = { services: [{ name: 'youtube', purposes: ['video'] }, { name: 'vimeo', purposes: ['video'] },
    { name: 'session', purposes: ['site'], required: true }] };</script>
<script defer src="/klaro/klaro.js"></script>
EOC
    cookieconsent => <<'EOC',
<link rel="stylesheet" href="/cookieconsent/cookieconsent.css">
<script src="/cookieconsent/cookieconsent.umd.js"></script>
EOC
);

my %body = (
    tarteaucitron => '<div class="youtube_player" videoID="abc" width="320" height="180"></div>'
        . '<div class="vimeo_player" videoID="1" width="320" height="180"></div>',
    orejime => "<template data-purpose=\"youtube\"><script>$youtube</script></template>"
        . "<template data-purpose=\"vimeo\"><script>$vimeo</script></template>",
    klaro => "<script type=\"text/plain\" data-type=\"application/javascript\" data-name=\"youtube\">$youtube</script>"
        . "<script type=\"text/plain\" data-type=\"application/javascript\" data-name=\"vimeo\">$vimeo</script>",
    cookieconsent => "<script type=\"text/plain\" data-category=\"media\" data-service=\"youtube\">$youtube</script>"
        . "<script type=\"text/plain\" data-category=\"media\" data-service=\"vimeo\">$vimeo</script>" . <<'EOC',
<script>CookieConsent.run({ revision: 4, hideFromBots: false, categories: { necessary: { enabled: true, readOnly: true },
    media: { services: { youtube: {}, vimeo: {} } } },
    language: { default: 'fr', translations: { fr: { consentModal: { title: 'Cookies', acceptAllBtn: 'Oui', acceptNecessaryBtn: 'Non' },
    preferencesModal: { sections: [] } } } } });</script>
EOC
);

my %bridge = (
    tarteaucitron => {},
    orejime => {},
    klaro => { services => { session => 'always' } },
    cookieconsent => { revision => 4, categories => { media => ['youtube', 'vimeo'] },
        services => { 'media/youtube' => ['youtube'], 'media/vimeo' => ['vimeo'] } },
);

$t->keys;

for my $tool (sort keys %bridge) {
    $t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
        services => ['youtube', 'vimeo'], bridges => [{ use => $tool, %{ $bridge{$tool} } }] }, "$tool.json");
    $t->write_file("www/$tool/index.html", "<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>$tool</title>$head{$tool}"
        . "</head><body><h1>$tool</h1>$body{$tool}</body></html>");
}

my $servers = join '', map { <<"EOC" } sort keys %bridge;
    server {
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        server_name $_.localhost;
        consent on;
        consent_policy $_.json;
        root www;
        location = / { try_files /$_/index.html =404; }
    }
EOC

$t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_endpoint on rate=1000r/s;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    types { text/html html; text/css css; text/javascript js; }
$servers
EOC

stories('t/browser/bridges.mjs', gateway => $t);
done_testing();
