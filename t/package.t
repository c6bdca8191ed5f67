#!/usr/bin/perl

# The Debian package in a machine of its own: installed, upgraded and rolled back while visitors ask, removed, purged. Takes minutes, root
# and a mirror of Debian's, so it runs when asked for: make package-test.

use strict;
use warnings;

use Test::More;

use File::Path qw(make_path);
use IO::Socket::INET;
use POSIX ();

exit inside() if @ARGV && $ARGV[0] eq 'inside';

plan(skip_all => 'runs when asked for: make package-test') if !$ENV{NGXC_PACKAGE};
plan(skip_all => 'needs root') if $> != 0;
plan(skip_all => 'needs debootstrap') if !grep { -x "$_/debootstrap" } split /:/, $ENV{PATH};

my $build = $ENV{BUILD} // 'build';
my ($deb) = grep { !/-dbgsym/ } glob "$build/deb/libnginx-mod-http-consent_*.deb";
my $work = "$build/package";
my $tree = "$work/tree";

make_path($work);

my ($suite) = slurp('/etc/os-release') =~ /^VERSION_CODENAME=(\w+)/m;
my ($mirror) = `apt-get indextargets --format '\$(SITE) \$(RELEASE)' 'Created-By: Packages'` =~ /^(\S+) \Q$suite\E$/m;

# Kept for the next time: what is of Debian's own, the package's dependencies included.
if (!-e "$work/tree.tar") {
    sh("rm -rf '$tree'");
    sh("debootstrap --variant=minbase --include=nginx,perl,libjansson4 '$suite' '$tree' '$mirror' > '$work/debootstrap.log' 2>&1");
    sh("tar -C '$tree' -cf '$work/tree.tar.new' . && mv '$work/tree.tar.new' '$work/tree.tar'");
}

sh("rm -rf '$tree' && mkdir '$tree' && tar -C '$tree' -xf '$work/tree.tar'");

# The same package under three versions.
for my $version ('1.0', '1.1', '1.2') {
    sh("rm -rf '$work/unpacked' && dpkg-deb -R '$deb' '$work/unpacked'");
    sh("sed -i 's/^Version: .*/Version: $version/' '$work/unpacked/DEBIAN/control'");
    sh("dpkg-deb --root-owner-group -b '$work/unpacked' '$tree/$version.deb' > /dev/null");
}

sh("cp t/package.t '$tree/package.t'");

# Its own processes, which end with the test and are buried by a shell, and its own network: the ports are those of Debian's nginx.
exec 'unshare', '-m', '-p', '-n', '-f', '--kill-child', 'sh', '-ec', 'mount --make-rprivate /; mount -t proc proc "$0/proc"; '
    . 'mount --bind /dev "$0/dev"; ip link set lo up; chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 '
    . 'perl /package.t inside; exit $?', $tree or die "unshare: $!\n";


sub sh {
    my ($command) = @_;

    system($command) == 0 or BAIL_OUT("failed: $command");
}


sub slurp {
    my ($file) = @_;

    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;

    return scalar <$in> // '';
}


# What is below runs in the tree.

my $said;

sub run {
    my ($command) = @_;

    $said = `( $command ) 2>&1 < /dev/null`;

    return $? == 0;
}


sub spew {
    my ($file, $bytes) = @_;

    open my $out, '>:raw', $file or die "$file: $!\n";
    print $out $bytes;
    close $out or die "$file: $!\n";
}


# The whole response, or what came of it.
sub ask {
    my ($bytes) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 80, Timeout => 10) or return '';
    print $socket $bytes;
    local $/;

    return scalar <$socket> // '';
}


sub get {
    my ($path, $cookie) = @_;

    return ask("GET $path HTTP/1.1\r\nHost: ville.example\r\n" . ($cookie ? "Cookie: $cookie\r\n" : '') . "Connection: close\r\n\r\n");
}


sub is_rewritten {
    my ($page) = @_;

    return $page =~ m{^HTTP/1.1 200 } && $page =~ /data-ngxc="youtube"/ && $page =~ m{</html>\s*(?:\r\n0\r\n\r\n)?\z} ? 1 : 0;
}


# Asks without a pause, in four processes, while something is done. How many pages were right, and what the others were.
sub while_visitors_ask {
    my ($something) = @_;

    unlink '/stop';

    my @pids = map {
        my $n = $_;
        my $pid = fork // die "fork: $!\n";

        if ($pid == 0) {
            my ($right, @wrong) = (0);

            until (-e '/stop') {
                my $page = get('/');
                is_rewritten($page) ? $right++ : push @wrong, substr $page, 0, 200;
            }

            spew("/visitor.$n", join "\n", $right, @wrong);
            POSIX::_exit(0);
        }

        $pid;
    } 1 .. 4;

    $something->();
    spew('/stop', '');
    waitpid $_, 0 for @pids;

    my ($right, @wrong) = (0);

    for my $n (1 .. 4) {
        my ($count, @more) = split /\n/, slurp("/visitor.$n");
        $right += $count;
        push @wrong, @more;
    }

    return ($right, @wrong);
}


# Whether every process of nginx has the module that is installed now. dpkg puts new files in the place of old ones, which are then
# "(deleted)".
sub is_current {
    my $current = 0;

    for my $pid (map { m{/proc/(\d+)/} } glob '/proc/[0-9]*/comm') {
        next if (eval { slurp("/proc/$pid/comm") } // '') ne "nginx\n";

        my ($line) = slurp("/proc/$pid/maps") =~ m{^(.*ngx_http_consent_module\.so.*)$}m;
        return 0 if !$line || $line =~ /\(deleted\)/;
        $current++;
    }

    return $current;
}


sub wait_for {
    my ($condition) = @_;

    for (1 .. 300) {
        return 1 if $condition->();
        select undef, undef, undef, 0.1;
    }

    return 0;
}


sub inside {
    # There is no init here, and maintainer scripts would leave services alone.
    spew('/usr/sbin/policy-rc.d', "#!/bin/sh\nexit 0\n");
    chmod 0755, '/usr/sbin/policy-rc.d';

    my $link = '/etc/nginx/modules-enabled/60-mod-http-consent.conf';
    my $site = '/etc/nginx/sites-enabled/default';
    my $keys = '/etc/nginx/consent/keys';
    my ($key, $cookie, @files);

    my $with = sub {
        "server {\n    listen 80 default_server;\n    server_name ville.example;\n    root /srv;\n$_[0]}\n";
    };
    my $on = $with->("    consent on;\n    consent_keys consent/keys;\n    consent_policy consent/ville.json;\n");

    mkdir '/srv';
    spew('/srv/index.html', '<!DOCTYPE html><html><head><title>Ville</title></head><body>' . '<p>Bonjour</p>' x 500
        . '<iframe src="https://www.youtube.com/embed/a"></iframe></body></html>');

    subtest 'installed' => sub {
        ok(run('dpkg -i /1.0.deb'), 'it is') or diag($said);
        is(readlink $link, '/usr/share/nginx/modules-available/mod-http-consent.conf', 'the module is loaded');
        like($key = slurp($keys), qr{^sign [\w+/]{43}=\n\z}, 'a key is made');
        is(sprintf('%o', (stat $keys)[2] & 07777), '600', 'which root alone reads');
        ok(run('nginx -t'), 'nginx is content') or diag($said);
        @files = grep { -f } split /\n/, `dpkg -L libnginx-mod-http-consent`;
        ok(-s "/usr/share/man/$_.gz", "man page $_") for 'man1/consent-evidence.1', 'man8/ngx_http_consent_module.8';
    };

    subtest 'a site' => sub {
        spew('/etc/nginx/consent/ville.json', '{"site": "Ville", "controller": {"name": "Ville", "privacy_policy": "/p"}, '
            . '"languages": ["fr"], "services": ["youtube"]}');
        unlink $site;
        spew($site, $on);

        ok(run('service nginx start'), 'starts') or diag($said);
        ok(wait_for(sub { is_rewritten(get('/')) }), 'has the gateway') or diag(get('/'), slurp('/var/log/nginx/error.log'));

        my $form = 'decision=accept-all';
        ($cookie) = ask("POST /_choices/ HTTP/1.1\r\nHost: ville.example\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
            . 'Content-Type: application/x-www-form-urlencoded' . "\r\nContent-Length: " . length($form) . "\r\n\r\n$form")
            =~ /^Set-Cookie: (choices=[^;]+)/m;
        like(get('/_choices/state', $cookie), qr/"state": ?"all"/, 'a visitor accepts');
    };

    my $change = sub {
        my ($name, $version) = @_;

        subtest $name => sub {
            my ($right, @wrong) = while_visitors_ask(sub {
                ok(run("dpkg -i /$version.deb"), 'it is done') or diag($said);
                ok(wait_for(\&is_current), 'every process has the new module');
            });

            cmp_ok($right, '>', 100, "$right visitors asked meanwhile");
            is_deeply(\@wrong, [], 'none got another page than the gateway\'s');
            is(`dpkg-query -W -f '\${Version}' libnginx-mod-http-consent`, $version, 'the version is the new one');
            is(slurp($keys), $key, 'the key is the old one');
            like(get('/_choices/state', $cookie), qr/"state": ?"all"/, 'and the choice stands');
        };
    };

    $change->('an upgrade while visitors ask', '1.1');
    $change->('rolled back while visitors ask', '1.0');

    subtest 'an upgrade of a machine whose configuration is broken' => sub {
        spew($site, $on . "oops;\n");

        my ($right, @wrong) = while_visitors_ask(sub { ok(run('dpkg -i /1.2.deb'), 'is done') or diag($said) });

        like($said, qr/goes on until the configuration is mended/, 'and says what is to be done');
        is_deeply(\@wrong, [], 'visitors see nothing of it');

        spew($site, $on);
        ok(run('service nginx upgrade'), 'mended, it is') or diag($said);
        ok(wait_for(\&is_current), 'done');
    };

    subtest 'removed' => sub {
        my ($right, @wrong) = while_visitors_ask(sub { ok(run('dpkg -r libnginx-mod-http-consent'), 'it is') or diag($said) });

        is_deeply(\@wrong, [], 'under a site that uses it, this goes on as it was');
        ok(!run('nginx -t'), 'nginx would not start again') or diag($said);
        like($said, qr/unknown directive "consent"/, 'and says why');

        spew($site, $with->(''));
        ok(run('nginx -t && service nginx reload'), 'without its directives it would') or diag($said);
        ok(wait_for(sub { get('/') =~ /<iframe src="https:/ }), 'and the page is the site\'s own');
        ok(run('service nginx restart'), 'after a restart') or diag($said);
        ok(wait_for(sub { get('/') =~ /<iframe src="https:/ }), 'as well');
        is(slurp($keys), $key, 'the key stays');
    };

    subtest 'installed again' => sub {
        ok(run('dpkg -i /1.2.deb'), 'it is') or diag($said);
        ok(-l $link, 'it is loaded');
        is(slurp($keys), $key, 'with the key that was there');
    };

    subtest 'taken out of modules-enabled by hand' => sub {
        unlink $link;
        ok(run('dpkg -i /1.1.deb'), 'another version') or diag($said);
        ok(!-l $link, 'leaves it out');
    };

    subtest 'purged' => sub {
        ok(run('dpkg -P libnginx-mod-http-consent'), 'it is') or diag($said);
        is_deeply([grep { -e } @files, $keys, $link, "$link.removed"], [], 'nothing of it stays');
        ok(-e '/etc/nginx/consent/ville.json', 'but what the administrator wrote');
        ok(run('nginx -t'), 'nginx is content') or diag($said);
    };

    run('service nginx stop');
    done_testing();

    return 0;
}
