package Gateway::Php;

=encoding utf8

=head1 NAME

Gateway::Php - a real php-fpm behind nginx, in a directory of the test's own

=head1 DESCRIPTION

Its own script, NAME.php, appends to upstream-NAME.log what PHP was given: all of $_SERVER and the body, in the form in which
L<Gateway::Upstream> records requests. It answers "php". Other scripts are run as they are; with C<< extensions => 1 >> they have PHP as
the machine configures it, else PHP alone. php-fpm ends with the test, whatever the test dies of.

=cut

use strict;
use warnings;

use POSIX ();

use Gateway::HTTP;

my $codec = JSON::PP->new->utf8;


sub start {
    my ($class, %self) = @_;

    my ($fpm) = reverse sort glob '/usr/sbin/php-fpm*';
    return unless defined $fpm && -x $fpm;

    my $self = bless \%self, $class;
    my ($prefix, $name) = @self{qw(prefix name)};

    my $user = $> == 0 ? "user = root\ngroup = root" : '';

    $self->{record} = "$prefix/upstream-$name.log";

    write_file("$prefix/$name.conf", <<"EOC");
[global]
daemonize = no
error_log = $prefix/$name-fpm.log

[www]
listen = $prefix/$name.sock
listen.mode = 0666
pm = static
pm.max_children = 2
$user
EOC

    write_file("$prefix/$name.php", <<'EOC' =~ s/RECORD/$self->{record}/r);
<?php

$lines = [];

foreach ($_SERVER as $key => $value) {
    if (strncmp($key, 'HTTP_', 5) == 0) {
        $lines[] = strtr(substr($key, 5), '_', '-') . ': ' . $value;
    }
}

file_put_contents('RECORD', json_encode([
    'first' => $_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI'] . ' HTTP/1.1',
    'lines' => $lines,
    'body' => file_get_contents('php://input'),
    'raw' => '',
    'interim' => [],
    'params' => array_map('strval', array_filter($_SERVER, 'is_scalar')),
], JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES) . "\n", FILE_APPEND | LOCK_EX);

header('Content-Type: text/plain');
echo 'php';
EOC

    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM PIPE);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$prefix/$name-fpm.err";
        open STDERR, '>&', \*STDOUT;
        exec 'setpriv', '--pdeathsig', 'TERM', $fpm, $self->{extensions} ? () : '-n', '-F', '-p', $prefix, '-y', "$prefix/$name.conf", $> == 0 ? '-R' : ()
            or POSIX::_exit(127);
    }

    Gateway::wait_until(sub { -S "$prefix/$name.sock" || waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid} }, $self->{patience});
    -S "$prefix/$name.sock" or die "php-fpm did not start: " . slurp_file("$prefix/$name-fpm.err") . "\n";

    return $self;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    kill TERM => $pid;
    waitpid $pid, 0;
}


sub requests {
    my ($self) = @_;

    open my $in, '<:raw', $self->{record} or return;

    return map { Gateway::HTTP::Message->new(%{ $codec->decode($_) }) } <$in>;
}


sub write_file {
    my ($path, $bytes) = @_;

    open my $out, '>:raw', $path or die "$path: $!\n";
    print $out $bytes;
    close $out or die "$path: $!\n";
}


sub slurp_file {
    return -e $_[0] ? Gateway::slurp($_[0]) : '';
}

1;
