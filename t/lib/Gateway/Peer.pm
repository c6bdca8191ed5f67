package Gateway::Peer;

=encoding utf8

=head1 NAME

Gateway::Peer - programs that users have beside nginx, as Debian builds them

=head1 SYNOPSIS

    use Gateway::Peer;

    my @haproxy = peer('sbin/haproxy') or plan(skip_all => 'haproxy is not here');

    exec @haproxy, '-db', '-f', $config;

=head1 DESCRIPTION

C<peer($path)> is how a command of /usr begins, an empty list when there is none. $path may be a glob, of which the last is taken. What
is installed goes first; what is not is looked for in build/peers, where C<scripts/install-deps test> unpacks Debian's packages with the
libraries that they want. C<peer_root($path)> says which of the two has a file: F</usr>, F<build/peers/usr>, or undef.
C<peer_libraries()> is LD_LIBRARY_PATH for what is unpacked. C<peers_copied($dir, $name)> has what is unpacked of one of them, and all libraries, looked for in a copy from then on.

=cut

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);

our @EXPORT = qw(peer peer_libraries peer_root peers_copied);

my $unpacked = abs_path($ENV{BUILD} // dirname(__FILE__) . '/../../../build') . '/peers/usr';


sub peer_root {
    my ($path) = @_;

    return (grep { my ($file) = glob "$_/$path"; defined $file && -e $file } '/usr', $unpacked)[0];
}


sub peer {
    my ($path) = @_;

    my $root = peer_root($path) // return;
    my ($file) = reverse sort glob "$root/$path";

    return $root eq '/usr' ? $file : ('env', 'LD_LIBRARY_PATH=' . peer_libraries(), $file);
}


sub peer_libraries {
    return join ':', libraries($unpacked);
}


sub peers_copied {
    my ($dir, $name) = @_;

    return if !-d $unpacked;

    for my $part ("lib/$name", "share/$name", map { substr $_, length "$unpacked/" } libraries($unpacked)) {
        make_path(dirname("$dir/usr/$part"));
        system 'cp', '-r', "$unpacked/$part", "$dir/usr/$part" if -e "$unpacked/$part";
    }

    $unpacked = "$dir/usr";
}


sub libraries {
    my ($root) = @_;

    return glob "$root/lib/*-linux-gnu*";
}

1;
