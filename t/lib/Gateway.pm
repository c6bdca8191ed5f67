package Gateway;

=encoding utf8

=head1 NAME

Gateway - a real nginx with the module loaded, and everything around it that a test needs

=head1 SYNOPSIS

    use lib 't/lib';
    use Gateway;

    my $t = Gateway->new;

    $t->policy({ site => 'Montmirail', services => ['youtube'] });
    $t->upstream(origin => sub { [200, ['Content-Type' => 'text/html'], '<p>hello'] });

    $t->http(<<'EOC');
        server {
            listen 127.0.0.1:%%PORT%%;
            consent on;
            consent_policy policy.json;
            location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        }
    EOC

    $t->run;

    my $page = $t->get('/', Cookie => 'a=1; _ga=2');

    is($page->status, 200, 'the page is answered');
    is($t->last_request('origin')->header('Cookie'), 'a=1', 'the origin does not see the cookie');

    done_testing();

=head1 DESCRIPTION

C<use Gateway> gives strict, warnings, all of Test::More, and C<json>, C<slurp> and C<wait_until>. C<done_testing> is our own: it
stops what runs and then fails when error.log holds an alert, a sanitizer's report or a worker that died of a signal. Strings are
bytes. Everything lives in a directory of its own under build/t, which stays when the test failed (or NGXC_KEEP is set).

Of the environment: NGXC_NGINX and NGXC_MODULE name another nginx and the module built for it (C<make asan>), NGXC_VALGRIND runs
nginx under valgrind (C<make valgrind>), BUILD another build directory.

=cut

use strict;
use warnings;

use Cwd qw(abs_path);
use Fcntl qw(:flock);
use File::Basename qw(basename dirname);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use POSIX qw(:sys_wait_h);
use Test::More ();
use Time::HiRes qw(sleep time);

use Gateway::HTTP;
use Gateway::Peer;
use Gateway::Php;
use Gateway::Upstream;

my $root  = abs_path(dirname(__FILE__) . '/../..');
my $build = abs_path($ENV{BUILD} // "$root/build") // "$root/build";
my $owner = $$;
my @gateways;

# A child of the tests (nginx, an upstream) must not outlive them.
$SIG{$_} = sub { exit 1 } for qw(HUP INT TERM);
$SIG{PIPE} = 'IGNORE';

# Modules are opened RTLD_GLOBAL, all of them with tables of the same names: AddressSanitizer takes that for a mistake. And nginx leaves
# to the kernel what it holds when a process ends.
$ENV{ASAN_OPTIONS} //= 'detect_odr_violation=0:detect_leaks=0';
$ENV{UBSAN_OPTIONS} //= 'print_stacktrace=1';


sub import {
    my $caller = caller;

    strict->import;
    warnings->import;

    Test::More->export_to_level(1, __PACKAGE__, grep { $_ ne 'done_testing' } @Test::More::EXPORT);

    no strict 'refs';
    *{"${caller}::$_"} = \&$_ for qw(done_testing json slurp wait_until);
}


=head1 SETTING UP

=over

=item Gateway->new(modules => [...], workers => 1, main => '')

C<modules>: what to load, in this order; C<consent> is ours and the default, other names are files of Debian's modules directory
without ".so", installed or unpacked (L<Gateway::Peer>). C<main>: text for the main level of the configuration.

=cut

sub new {
    my ($class, %option) = @_;

    make_path("$build/t");

    my $self = bless {
        prefix  => tempdir(basename($0, '.t') . '.XXXXXX', DIR => "$build/t"),
        nginx   => $ENV{NGXC_NGINX} ? abs_path($ENV{NGXC_NGINX}) : '/usr/sbin/nginx',
        modules => $option{modules} // ['consent'],
        workers => $option{workers} // 1,
        main    => $option{main} // '',
        allowed => [],
        upstreams => {},
        daemons => [],
        ports   => {},
    }, $class;

    -x $self->{nginx} or die "no nginx at $self->{nginx}: apt-get install nginx\n";

    make_path(map { "$self->{prefix}/temp/$_" } qw(body proxy fastcgi uwsgi scgi));
    push @gateways, $self;

    return $self;
}

=item $t->file($name), $t->write_file($name, $bytes), $t->read_file($name)

Files of the test's own directory, which is nginx's prefix and that of its configuration: directives may name them as they are.

=cut

sub file {
    my ($self, $name) = @_;

    return "$self->{prefix}/$name";
}


sub write_file {
    my ($self, $name, $bytes) = @_;

    my $path = $self->file($name);
    make_path(dirname($path));

    open my $out, '>:raw', $path or die "$path: $!\n";
    print $out $bytes;
    close $out or die "$path: $!\n";

    return $path;
}


sub read_file {
    my ($self, $name) = @_;

    return slurp($self->file($name));
}

=item $t->policy($policy, $name = 'policy.json')

Writes a policy file, given as text or as a structure. Says the name.

=item $t->keys($name = 'keys')

Writes a keyring of one random key that signs.

=item $t->certificate(@hosts)

Writes certificate.pem and key.pem, good for a day, for the hosts (default: localhost).

=cut

sub policy {
    my ($self, $policy, $name) = @_;

    $name //= 'policy.json';
    $self->write_file($name, ref $policy ? json($policy) : $policy);

    return $name;
}


sub keys {
    my ($self, $name) = @_;

    open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    read($random, my $key, 32) == 32 or die "/dev/urandom: $!\n";

    $name //= 'keys';
    chmod 0600, $self->write_file($name, 'sign ' . encode_base64($key, '') . "\n");

    return $name;
}


sub certificate {
    my ($self, @hosts) = @_;

    @hosts = ('localhost') unless @hosts;

    my $names = join ',', map { "DNS:$_" } @hosts;
    my $output = run_command('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-days', '1', '-subj', "/CN=$hosts[0]", '-addext', "subjectAltName=$names",
        '-keyout', $self->file('key.pem'), '-out', $self->file('certificate.pem'));

    $? == 0 or die "openssl: $output\n";
}

=item $t->port($name)

A free port of 127.0.0.1, ours until the test ends; the same for the same name. %%PORT_name%% in a configuration; %%PORT%% is
%%PORT_0%%, where requests go unless told otherwise.

=cut

sub port {
    my ($self, $name) = @_;

    $name //= 0;

    return $self->{ports}{$name} //= reserve_port($self);
}


# Below the range from which the kernel takes ports for outgoing connections; tests that run side by side see each other's locks.
sub reserve_port {
    my ($self) = @_;

    make_path("$build/t/ports");

    for (1 .. 1000) {
        my $port = 12000 + int rand 20000;

        open my $lock, '>', "$build/t/ports/$port" or die "$build/t/ports/$port: $!\n";
        next unless flock $lock, LOCK_EX | LOCK_NB;
        next unless IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1);

        push @{ $self->{locks} }, $lock;
        return $port;
    }

    die "no free port\n";
}

=item $t->upstream($name => $reply, protocol => 'http' | 'fastcgi' | 'uwsgi' | 'scgi', unix => $path)

A server at %%PORT_name%%, or on a unix socket, that records every request and answers what C<$reply> says, see L<Gateway::Upstream>.

=item $t->php($name, extensions => 1)

A real php-fpm on the unix socket %%PREFIX%%/NAME.sock, whose own script records every request, see L<Gateway::Php>. False where it is
not installed.

=item $t->requests($name), $t->last_request($name)

What it was asked so far, as L<Gateway::HTTP/Requests>.

=cut

sub upstream {
    my ($self, $name, $reply, %option) = @_;

    $self->{upstreams}{$name} = Gateway::Upstream->start(
        port => $self->port($name), record => $self->file("upstream-$name.log"), reply => $reply, %option);
}


sub php {
    my ($self, $name, %option) = @_;

    my $php = Gateway::Php->start(prefix => $self->{prefix}, name => $name, patience => $self->patience, %option) or return 0;
    $self->{upstreams}{$name} = $php;

    return 1;
}


sub requests {
    my ($self, $name) = @_;

    return $self->{upstreams}{$name}->requests;
}


sub last_request {
    my ($self, $name) = @_;

    return ($self->requests($name))[-1];
}

=item $t->http($text)

The http block's content; the rest of the configuration is added. Also expanded: %%ASSETS%%, %%PREFIX%%, %%DATA%% (t/data), %%SITES%%
(t/sites).

=item $t->conf($text)

A whole configuration, for tests that need it, with %%GLOBALS%% at its main level and %%GLOBALS_HTTP%% in its http block.

=cut

sub http {
    my ($self, $text) = @_;

    $self->conf("%%GLOBALS%%\nevents {\n    worker_connections 256;\n}\n\nhttp {\n%%GLOBALS_HTTP%%\n$text}\n");
}


sub conf {
    my ($self, $text) = @_;

    my $prefix = $self->{prefix};
    my $main = join '', map { 'load_module ' . $self->module($_) . ";\n" } @{ $self->{modules} };

    $main .= "user root;\n" if $> == 0;
    $main .= "worker_processes $self->{workers};\npid $prefix/nginx.pid;\nerror_log $prefix/error.log info;\n$self->{main}\n";

    my $http = "    access_log $prefix/access.log;\n";
    $http .= "    client_body_temp_path $prefix/temp/body;\n";
    $http .= "    ${_}_temp_path $prefix/temp/$_;\n" for qw(proxy fastcgi uwsgi scgi);

    my %value = (GLOBALS => $main, GLOBALS_HTTP => $http, PREFIX => $prefix, ASSETS => "$root/assets",
        DATA => "$root/t/data", SITES => "$root/t/sites");

    $text =~ s{%%(?:PORT(?:_(\w+))?|(\w+))%%}{
        defined $2 ? $value{$2} // die("no %%$2%% in a configuration\n") : $self->port($1)
    }gex;

    $self->write_file('nginx.conf', $text);
}


sub module {
    my ($self, $name) = @_;

    if ($name ne 'consent') {
        return (peer_root("lib/nginx/modules/$name.so") // '/usr') . "/lib/nginx/modules/$name.so";
    }

    my $path = abs_path($ENV{NGXC_MODULE} // "$build/ngx_http_consent_module.so");
    -e $path or die "$path: not built, run make\n";

    return $path;
}

=back

=head1 RUNNING NGINX

=over

=item $t->nginx_test

What C<nginx -t> says of the configuration; in list context also whether it was content.

=cut

sub nginx_test {
    my ($self) = @_;

    my $output = run_command($self->command('-t'));
    my $content = $? == 0;

    return wantarray ? ($output, $content) : $output;
}


sub command {
    my ($self, @arguments) = @_;

    return ($self->{nginx}, '-p', $self->{prefix}, '-c', $self->file('nginx.conf'), '-e', 'stderr', @arguments);
}

# nginx frees at exit what matters to it; what the module keeps beyond a configuration is AddressSanitizer's to find.
sub valgrind {
    my ($self) = @_;

    return $ENV{NGXC_VALGRIND} ? ('valgrind', '--quiet', '--leak-check=no', '--log-file=' . $self->file('valgrind.%p.log')) : ();
}


=item $t->version

nginx's own version as it counts it: 1022001 is 1.22.1. What C<nginx -V> says of it: C<built>.

=cut

sub version {
    my ($self) = @_;

    return $self->built =~ m{nginx/(\d+)\.(\d+)\.(\d+)} ? $1 * 1_000_000 + $2 * 1000 + $3 : 0;
}


sub built {
    my ($self) = @_;

    return $self->{built} //= run_command($self->{nginx}, '-V');
}

=item $t->run

Starts nginx and returns when it listens; dies with what it said when it does not.

=cut

sub run {
    my ($self) = @_;

    my @command = ($self->valgrind, $self->command('-g', 'daemon off;'));

    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $self->file('stderr.log');
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }

    my $up = wait_until(sub { -s $self->file('nginx.pid') || $self->ended }, $self->patience);

    if (!$up || !$self->{pid}) {
        die "nginx did not start:\n" . $self->read_file('stderr.log') . $self->log;
    }
}


=item $t->sites(csp => 'enforce', ...)

The fixture sites and the gateway in front of them instead of a configuration of one's own, as t/sites/README.md says; the values are
those of t/sites/build. Their ports are named as there (C<< -port => 'tls_port' >>), the first is C<port>.

=item $t->received($who)

What the stand-ins of third parties, Matomo, the vote and the sites received so far: a list of hashes, of one of them or of all.

=cut

sub sites {
    my ($self, %value) = @_;

    $value{$_} = $self->port($_) for qw(port tls_port origin_port backend_port third_port third_tls_port);
    $value{module} = $self->module('consent');

    my $output = run_command("$root/t/sites/build", '--target=tests', "--out=$self->{prefix}",
        map { "$_=$value{$_}" } sort(CORE::keys(%value)));
    $? == 0 or die "t/sites/build: $output\n";

    for my $name (qw(backends gateway)) {
        unshift @{ $self->{daemons} }, $self->file("$name.pid");

        $output = run_command($self->valgrind, $self->{nginx}, '-p', $self->{prefix}, '-c', $self->file("$name.conf"), '-e', 'stderr');
        $? == 0 or die "nginx did not start: $output\n";

        wait_until(sub { -s $self->file("$name.pid") }, $self->patience) or die "nginx wrote no $name.pid\n";
    }

    $self->{ports}{0} = $value{port};
}


sub received {
    my ($self, $who) = @_;

    my $path = $self->file('log/received.jsonl');
    my @received = -e $path ? map { JSON::PP->new->decode($_) } split /\n/, slurp($path) : ();

    return grep { !defined $who || $_->{who} eq $who } @received;
}


sub ended {
    my ($self) = @_;

    if ($self->{pid} && waitpid($self->{pid}, WNOHANG) == $self->{pid}) {
        $self->{status} = $?;
        delete $self->{pid};
    }

    return !$self->{pid};
}


sub patience {
    return $ENV{NGXC_VALGRIND} ? 60 : $ENV{NGXC_NGINX} ? 30 : 10;
}

=item $t->reload

Sends HUP and waits until new workers serve and the old ones are gone (or, with a connection still open, are on their way out). False
when nginx kept the old configuration.

=cut

sub reload {
    my ($self) = @_;

    # The first workers may be so young that their start is yet to be logged: news are what follows the signal.
    my $before = length $self->log;
    my $news = sub { substr($self->log, $before) =~ /\breconfiguring$(.*)/ms ? $1 : '' };

    kill HUP => $self->{pid};

    wait_until(sub { $news->() =~ /start worker process \d+|\[emerg\]/ }, $self->patience)
        or die "nginx did not reload:\n" . $news->();

    return 0 if $news->() =~ /\[emerg\]/;

    wait_until(sub { (() = $news->() =~ /worker process \d+ exited/g) >= $self->{workers} }, 2);

    return 1;
}

=item $t->stop

Lets nginx finish what it does, and checks nothing; C<done_testing> does both.

=cut

sub stop {
    my ($self) = @_;

    for my $signal (qw(QUIT TERM KILL)) {
        last if $self->ended;

        kill $signal => $self->{pid};
        $self->{hung} = 1 if $signal eq 'KILL';
        wait_until(sub { $self->ended }, $signal eq 'QUIT' ? 3 : $self->patience);
    }

    for my $file (grep { -s } splice @{ $self->{daemons} }) {
        my $daemon = slurp($file) + 0;

        for my $signal (qw(QUIT TERM KILL)) {
            kill $signal => $daemon;
            last if wait_until(sub { !-e $file || !kill 0 => $daemon }, $signal eq 'QUIT' ? 3 : $self->patience);
        }
    }
}

=item $t->log

What error.log holds.

=item $t->allow_log($pattern)

Lines that a test provokes, and which are no fault.

=cut

sub log {
    my ($self) = @_;

    my $path = $self->file('error.log');

    return -e $path ? slurp($path) : '';
}


sub allow_log {
    my ($self, $pattern) = @_;

    push @{ $self->{allowed} }, $pattern;
}


sub faults {
    my ($self) = @_;

    my @lines = map { split /\n/, slurp($_) } glob "$self->{prefix}/{,log/}*.log";
    my @faults = grep { /\[emerg\]|\[alert\]|Sanitizer|runtime error:|exited on signal|^==\d+== / } @lines;

    for my $allowed (@{ $self->{allowed} }) {
        @faults = grep { $_ !~ $allowed } @faults;
    }

    push @faults, 'nginx had to be killed' if $self->{hung};

    return @faults;
}

=back

=head1 ASKING

See L<Gateway::HTTP> for what comes back. Headers are pairs in the order given, Host and Connection: close are added where absent;
options begin with a hyphen: C<< -port => 'name' >>, C<< -timeout => 10 >>.

=over

=item $t->get($path, %headers), $t->head($path, %headers), $t->request($method, $path, $body, %headers)

=item $t->post($path, [field => value, ...] | $bytes, %headers)

A form, or bytes as they are.

=item $t->send($bytes | [$bytes, \$seconds, $bytes, ...], %options)

Every byte as given, with pauses; a list of all responses, or the last.

=item $t->connect(%options)

A connection to write to and read from piece by piece, as L<Gateway::HTTP/Connections>.

=item $t->curl($url_path, @arguments)

For TLS and HTTP/2: curl's arguments; the scheme is https, certificates are not checked.

=item $t->url($path, $port)

=cut

sub get {
    my ($self, $path, @headers) = @_;

    return $self->request('GET', $path, undef, @headers);
}


sub head {
    my ($self, $path, @headers) = @_;

    return $self->request('HEAD', $path, undef, @headers);
}


sub post {
    my ($self, $path, $body, @headers) = @_;

    $body = Gateway::HTTP::form(@$body) if ref $body;

    if (!grep { lc eq 'content-type' } @headers) {
        push @headers, 'Content-Type' => 'application/x-www-form-urlencoded';
    }

    return $self->request('POST', $path, $body, @headers);
}


sub request {
    my ($self, $method, $path, $body, @headers) = @_;

    my ($options, @rest) = options(@headers);

    return $self->send(Gateway::HTTP::request($method, $path, $body, @rest), %$options);
}


sub send {
    my ($self, $pieces, %option) = @_;

    my $connection = $self->connect(%option);

    $connection->write($pieces);
    my @responses = $connection->read_all;

    return wantarray ? @responses : $responses[-1];
}


sub connect {
    my ($self, %option) = @_;

    return Gateway::HTTP->connect($self->port($option{-port}), $option{-timeout} // $self->patience);
}


sub curl {
    my ($self, $path, @arguments) = @_;

    my ($options, @rest) = options(@arguments);
    my $port = $self->port($options->{-port});
    my $bytes = run_command('curl', '-sSik', '--max-time', $options->{-timeout} // 10, '--path-as-is', @rest,
        "https://localhost:$port$path");

    $? == 0 or die "curl: $bytes\n";

    return (Gateway::HTTP::parse($bytes, $rest[0] && $rest[0] eq '--head' ? 'HEAD' : 'GET'))[-1];
}


sub url {
    my ($self, $path, $port) = @_;

    return 'http://127.0.0.1:' . $self->port($port) . ($path // '/');
}


# The leading-hyphen options among pairs, and the pairs that remain. curl's own arguments begin with two hyphens or are no pairs.
sub options {
    my (@pairs) = @_;

    my (%option, @rest);

    while (@pairs) {
        if ($pairs[0] =~ /^-(?:port|timeout)$/) {
            my $name = shift @pairs;
            $option{$name} = shift @pairs;
        } else {
            push @rest, shift @pairs;
        }
    }

    return (\%option, @rest);
}

=back

=head1 FUNCTIONS

=over

=item done_testing()

Within a subtest, Test::More's.

=item json($structure), slurp($path)

=item wait_until($condition, $seconds)

Whether the condition came true in time; never a fixed sleep.

=back

=cut

sub done_testing {
    my $builder = Test::More->builder;

    if (!$builder->parent) {
        for my $gateway (@gateways) {
            $gateway->stop;
            $_->stop for values %{ $gateway->{upstreams} };

            my @faults = $gateway->faults;
            Test::More::is(join("\n", @faults), '', 'nginx has nothing to complain about');
        }
    }

    $builder->done_testing;
}


sub json {
    my ($structure) = @_;

    # Strings are bytes of UTF-8 already.
    return JSON::PP->new->canonical->pretty->latin1->encode($structure);
}


sub slurp {
    my ($path) = @_;

    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/;

    return scalar <$in> // '';
}


sub wait_until {
    my ($condition, $seconds) = @_;

    my $end = time + $seconds;

    until ($condition->()) {
        return 0 if time > $end;
        sleep 0.01;
    }

    return 1;
}


# Output and errors of a command, interleaved; $? is set.
sub run_command {
    my (@command) = @_;

    my $pid = open(my $output, '-|') // die "fork: $!\n";

    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<', '/dev/null';
        exec @command or POSIX::_exit(127);
    }

    local $/;
    my $bytes = <$output> // '';
    close $output;

    return $bytes;
}


END {
    if ($$ == $owner) {
        my $status = $?;

        for my $gateway (@gateways) {
            $gateway->stop;
            $_->stop for values %{ $gateway->{upstreams} };

            if (Test::More->builder->is_passing && $status == 0 && !$ENV{NGXC_KEEP}) {
                remove_tree($gateway->{prefix});
            } else {
                Test::More::diag("left in $gateway->{prefix}");
            }
        }

        $? = $status;
    }
}

1;
