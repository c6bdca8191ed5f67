#!/usr/bin/perl

# A real WordPress, as Debian packages it, behind the recipe of docs/webmestre.md: what an extension of it loads waits for the visitor,
# and whoever writes the site notices nothing.

use lib 't/lib';
use Gateway::Browser;

use POSIX ();

my $debian = '/usr/share/wordpress';
my ($mysqli) = glob '/usr/lib/php/*/mysqli.so';

plan(skip_all => 'wordpress, mariadb-server and php-mysql are not installed')
    if !-e "$debian/wp-load.php" || !-x '/usr/sbin/mariadbd' || !$mysqli;

my $t = Gateway->new;

$t->php('fpm', extensions => 1) or plan(skip_all => 'php-fpm is not installed');

$t->keys;

my $policy = JSON::PP->new->decode(Gateway::slurp('assets/policies/wordpress.json'));
my %listed = map { (ref ? $_->{use} // $_->{id} : $_) => 1 } @{ $policy->{services} };

$policy->{hosts} = ['wp.localhost'];
push @{ $policy->{services} }, grep { !$listed{$_} } qw(google-analytics adobe-fonts recaptcha);
$t->policy($policy);

# The recipe, but for where things are.
my ($recipe) = Gateway::slurp('docs/webmestre.md') =~ /^### WordPress\n\n```nginx\n(.*?)^```/ms or die "docs/webmestre.md has no recipe for WordPress\n";

for ($recipe) {
    s/listen 80;/listen 127.0.0.1:%%PORT_port%%; listen 127.0.0.1:%%PORT_tls_port%% ssl;/;
    s/www\.votre-site\.example/wp.localhost/;
    s{/var/www/wordpress}{wordpress};
    s{/etc/nginx/consent/}{};
    s{/etc/nginx/consent/}{};
    s{include snippets/fastcgi-php\.conf;}{include /etc/nginx/fastcgi.conf; fastcgi_param HTTP_HOST \$http_host;};
    s{/run/php/php8\.2-fpm\.sock}{%%PREFIX%%/fpm.sock};
}

$t->http(<<"EOC");
    THIRD;
    consent_assets %%ASSETS%%;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    index index.php;
    types { text/html html; text/css css; text/javascript js; image/png png; image/svg+xml svg; }
    gzip on;
    gzip_types text/css text/javascript;

$recipe
EOC

start_database();
install_wordpress();

stories('t/browser/wordpress.mjs', gateway => $t);
done_testing();


sub start_database {
    my @as_root = $> == 0 ? '--user=root' : ();
    my $log = $t->file('mariadb.log');

    my $made = Gateway::run_command('mariadb-install-db', '--no-defaults', @as_root, '--datadir=' . $t->file('db'), '--skip-test-db',
        '--auth-root-authentication-method=normal');
    $? == 0 or die "mariadb-install-db: $made\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $log;
        open STDERR, '>&', \*STDOUT;
        exec 'setpriv', '--pdeathsig', 'TERM', '/usr/sbin/mariadbd', '--no-defaults', @as_root, '--datadir=' . $t->file('db'),
            '--socket=' . $t->file('db.sock'), '--skip-networking'
            or POSIX::_exit(127);
    }

    Gateway::wait_until(sub { sql('SELECT 1'); $? == 0 }, 30) or die 'MariaDB did not start: ' . Gateway::slurp($log);
    my $said = sql('CREATE DATABASE wordpress');
    $? == 0 or die "mariadb: $said\n";
}


sub sql {
    return Gateway::run_command('mariadb', '--no-defaults', '--socket=' . $t->file('db.sock'), '-u', 'root', '-e', $_[0]);
}


# A copy, since WordPress finds its configuration beside itself; with a town's extension, as such extensions are.
sub install_wordpress {
    system('cp', '-rL', $debian, $t->file('wordpress')) == 0 or die "WordPress cannot be copied\n";
    unlink $t->file('wordpress/wp-config.php');

    my ($socket, $port) = ($t->file('db.sock'), $t->port('tls_port'));

    $t->write_file('wordpress/wp-config.php', <<"EOC");
<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:$socket');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', 'https://wp.localhost:$port');
define('WP_SITEURL', WP_HOME);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
\$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require ABSPATH . 'wp-settings.php';
EOC

    $t->write_file('wordpress/wp-content/mu-plugins/town.php', <<'EOC');
<?php
add_action('init', function () { setcookie('_ga', 'GA1.1.1.1', time() + 63072000, '/'); });
add_action('wp_head', function () {
    echo '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>',
        "<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag('js',new Date());gtag('config','G-1');</script>\n";
});
add_action('wp_enqueue_scripts', function () {
    wp_enqueue_style('fonts', 'https://use.typekit.net/abc1def.css', [], null);
    wp_enqueue_script('recaptcha', 'https://www.google.com/recaptcha/api.js', [], null, true);
});

EOC
}
