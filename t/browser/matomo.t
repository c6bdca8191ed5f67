#!/usr/bin/perl

# Matomo in a real browser, each way of running it: the tracker of t/sites does what Matomo's documentation says that its own does.

use lib 't/lib';
use Gateway::Browser;

my $t = Gateway->new;

my %site = (site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr']);
my %matomo = (use => 'matomo', basis => 'exempt', paths => ['/matomo/']);

$t->keys;
$t->policy({ %site, services => [\%matomo] }, 'exempt.json');
$t->policy({ %site, services => [{ %matomo, cookieless => \1 }] }, 'cookieless.json');
$t->policy({ %site, services => [{ %matomo, set_choice_cookies => \1 }] }, 'told.json');
$t->policy({ %site, services => [{ use => 'matomo', basis => 'exempt', hosts => ['stats.example.fr'], relay => '/mesure/' }] }, 'relay.json');
$t->policy({ %site, services => [{ use => 'matomo', basis => 'exempt', hosts => ['stats.example.fr'] }] }, 'direct.json');

# Matomo's published snippet, with a line before it.
sub page {
    my ($u, $first) = @_;

    return <<"EOT";
<!DOCTYPE html>
<html lang="fr"><head><title>Une page</title>
<script>
  var _paq = window._paq = window._paq || [];
  $first
  _paq.push(['trackPageView']);
  _paq.push(['enableLinkTracking']);
  (function() {
    var u="$u";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '1']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
  })();
</script>
<noscript><p><img referrerpolicy="no-referrer-when-downgrade" src="${u}matomo.php?idsite=1&amp;rec=1" style="border:0;" alt="" /></p></noscript>
</head><body><h1>Une page</h1><a id="out" href="https://ailleurs.example/" target="_blank">ailleurs</a></body></html>
EOT
}

$t->write_file('www/page.html', page('/matomo/', ''));
$t->write_file('www/asks.html', page('/matomo/', "_paq.push(['requireConsent']);"));
$t->write_file('www/asks-for-cookies.html', page('/matomo/', "_paq.push(['requireCookieConsent']);"));
$t->write_file('www/posts.html', page('/matomo/', "_paq.push(['setRequestMethod', 'POST']);"));
$t->write_file('www/elsewhere.html', page('https://stats.example.fr/', ''));
$t->write_file('matomo/matomo.js', Gateway::slurp('t/sites/montmirail/www/matomo/matomo.js'));

my $servers = join '', map { <<"EOS" } qw(exempt cookieless told relay direct);
    server {
        listen 127.0.0.1:%%PORT_tls_port%% ssl http2;
        server_name $_.localhost;
        consent on;
        consent_policy $_.json;
        root www;
        location / { try_files \$uri \$uri.html =404; }
        location ~ ^/(?:matomo|mesure)/(.*) {
            proxy_pass http://127.0.0.1:%%PORT_matomo%%/\$1\$is_args\$args;
            proxy_set_header X-Forwarded-For \$remote_addr;
        }
    }
EOS

$t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    consent_keys keys;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;
    types { text/html html; text/javascript js; }

    log_format matomo escape=json '{"who":"matomo","host":"\$host","method":"\$request_method","uri":"\$request_uri","cookie":"\$http_cookie",'
        '"address":"\$http_x_forwarded_for","length":"\$http_content_length","body":"\$request_body"}';

$servers
    server {
        listen 127.0.0.1:%%PORT_matomo%%;
        root matomo;
        access_log log/received.jsonl matomo;
        location = /matomo.php { proxy_pass http://127.0.0.1:%%PORT_matomo%%/taken; }
        location = /taken { access_log off; return 204; }
    }
EOC

stories('t/browser/matomo.mjs', gateway => $t);
done_testing();
