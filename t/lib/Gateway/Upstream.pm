package Gateway::Upstream;

=encoding utf8

=head1 NAME

Gateway::Upstream - a scripted server behind nginx, speaking HTTP, FastCGI, uwsgi or SCGI

=head1 SYNOPSIS

    $t->upstream(origin => sub {
        my ($request) = @_;

        return [200, ['Content-Type' => 'text/html'], '<p>' . $request->uri];
    });

=head1 DESCRIPTION

The reply runs in a process of its own, one request after the other, each on a connection of its own; variables that it changes keep
their value from request to request, but the test does not see them. It returns one of

    [$status, [name => value, ...], $body]      Content-Length is added unless the headers say how the body ends
    [$status, [...], [$piece, \$seconds, ...]]  sent piece by piece with pauses; each a chunk where the headers say
                                                "Transfer-Encoding: chunked", else the body ends with the connection
    $bytes or [$bytes, \$seconds, ...]          a whole response, sent as it is (a list whose first item is no status)
    undef                                       the connection is closed without an answer

The same of FastCGI, uwsgi and SCGI, where a reply is always of the first two forms and C<< $request->params >> has what nginx sent.
With C<< unix => $path >> it listens there instead of on its port.

=cut

use strict;
use warnings;

use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Socket qw(IPPROTO_TCP TCP_NODELAY);

use Gateway::HTTP;

my $codec = JSON::PP->new->latin1;


sub start {
    my ($class, %self) = @_;

    my $self = bless \%self, $class;

    $self->{listen} = $self->{unix} ? IO::Socket::UNIX->new(Local => $self->{unix}, Listen => 64)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 64, ReuseAddr => 1);
    $self->{listen} or die(($self->{unix} // "127.0.0.1:$self->{port}") . ": $!\n");

    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM);
        $SIG{PIPE} = 'IGNORE';
        my $parent = getppid;

        # The tests may die without a chance to say goodbye.
        local $SIG{ALRM} = sub { POSIX::_exit(0) if getppid != $parent; alarm 5 };
        alarm 5;

        $self->serve;
    }

    close $self->{listen};

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


sub serve {
    my ($self) = @_;

    my $serve = $self->can('serve_' . ($self->{protocol} // 'http')) or die "no protocol $self->{protocol}\n";

    while (1) {
        my $socket = $self->{listen}->accept or next;
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1 unless $self->{unix};

        eval { $self->$serve($socket) };
        warn "upstream at $self->{port}: $@" if $@;

        close $socket;
    }
}


sub record {
    my ($self, $request) = @_;

    open my $out, '>>:raw', $self->{record} or die "$self->{record}: $!\n";
    print $out $codec->encode({%$request}), "\n";
    close $out;
}


sub serve_http {
    my ($self, $socket) = @_;

    my $bytes = '';

    until ($bytes =~ /\r\n\r\n/) {
        sysread $socket, $bytes, 65536, length $bytes or return;
    }

    my ($head, $body) = split /(?<=\r\n)\r\n/, $bytes, 2;
    my $request = Gateway::HTTP::message($head);

    if (lc($request->header('Transfer-Encoding') // '') eq 'chunked') {
        my ($whole, $complete);

        while (1) {
            ($whole, undef, $complete) = Gateway::HTTP::dechunk($body);
            last if $complete;
            sysread $socket, $body, 65536, length $body or last;
        }

        $body = $whole;

    } else {
        while (length $body < ($request->header('Content-Length') // 0)) {
            sysread $socket, $body, 65536, length $body or last;
        }
    }

    $request->{body} = $body;
    $self->record($request);

    my $reply = $self->{reply}->($request) // return;
    Gateway::HTTP::write_pieces($socket, pieces($reply, $request->method));

    # nginx closes once it has the answer; waiting for that avoids a reset that would take unread bytes with it.
    shutdown $socket, 1;
    sysread $socket, my $end, 1;
}


sub pieces {
    my ($reply, $method) = @_;

    return [$reply] unless ref $reply;
    return $reply unless $reply->[0] =~ /\A\d\d\d\z/;

    my ($status, $headers, $body) = @$reply;
    my @headers = @$headers;

    $body //= '';

    my %given = map { lc $headers[2 * $_] => $headers[2 * $_ + 1] } 0 .. @headers / 2 - 1;

    if (!ref $body && !exists $given{'content-length'} && !exists $given{'transfer-encoding'} && $status !~ /^(?:1..|204|304)$/) {
        push @headers, 'Content-Length' => length $body;
    }

    my @pieces = ref $body ? @$body : ($body);

    if (lc($given{'transfer-encoding'} // '') eq 'chunked') {
        @pieces = map { ref || !length ? $_ : sprintf("%x\r\n", length) . "$_\r\n" } @pieces;
        push @pieces, "0\r\n\r\n";
    }

    @pieces = () if $method eq 'HEAD';

    return [Gateway::HTTP::head("HTTP/1.1 $status -", @headers, Connection => 'close'), @pieces];
}


# FastCGI 1.0, one request a connection: records are version, type, request id, content length, padding length.
use constant { FCGI_END_REQUEST => 3, FCGI_PARAMS => 4, FCGI_STDIN => 5, FCGI_STDOUT => 6 };

sub serve_fastcgi {
    my ($self, $socket) = @_;

    my ($params, $body) = ('', '');

    while (1) {
        my (undef, $type, undef, $length, $padding) = unpack 'CCnnC', read_exactly($socket, 8);
        my $content = read_exactly($socket, $length);
        read_exactly($socket, $padding);

        $params .= $content if $type == FCGI_PARAMS;
        $body .= $content if $type == FCGI_STDIN;
        last if $type == FCGI_STDIN && $length == 0;
    }

    my %params;

    while (length $params) {
        my $name = take_length(\$params);
        my $value = take_length(\$params);

        $name = substr $params, 0, $name, '';
        $params{$name} = substr $params, 0, $value, '';
    }

    my $reply = $self->reply_to(\%params, $body) // return;
    my ($status, $headers, $content) = @$reply;
    my @pieces = (Gateway::HTTP::head("Status: $status", @$headers), ref $content ? @$content : $content);

    # A record holds at most 65535 bytes.
    @pieces = map { ref ? $_ : map { stdout($_) } unpack '(a65528)*', $_ } @pieces;
    push @pieces, stdout(''), pack 'CCnnCxNCx3', 1, FCGI_END_REQUEST, 1, 8, 0, 0, 0;

    Gateway::HTTP::write_pieces($socket, \@pieces);
}


# uwsgi: a packet of variables with its length, least byte first, then the body; the answer is HTTP.
sub serve_uwsgi {
    my ($self, $socket) = @_;

    my (undef, $length) = unpack 'Cv', read_exactly($socket, 4);
    my %params = unpack '(v/a*)*', read_exactly($socket, $length);
    my $body = read_exactly($socket, $params{CONTENT_LENGTH} || 0);

    $self->answer($socket, $self->reply_to(\%params, $body) // return);
}


# SCGI: a netstring of variables, each ended by NUL, then the body.
sub serve_scgi {
    my ($self, $socket) = @_;

    my $length = '';
    $length .= read_exactly($socket, 1) until $length =~ s/:\z//;

    my %params = map { /^([^\0]*)\0([^\0]*)\z/ ? ($1 => $2) : () } read_exactly($socket, $length) =~ /([^\0]*\0[^\0]*)\0/g;
    read_exactly($socket, 1);
    my $body = read_exactly($socket, $params{CONTENT_LENGTH} || 0);

    $self->answer($socket, $self->reply_to(\%params, $body) // return);
}


sub answer {
    my ($self, $socket, $reply) = @_;

    my ($status, $headers, $content) = @$reply;

    Gateway::HTTP::write_pieces($socket, [Gateway::HTTP::head("Status: $status", @$headers), ref $content ? @$content : $content]);
}


# What CGI's variables tell, as a request; recorded.
sub reply_to {
    my ($self, $params, $body) = @_;

    my @lines = map { /^HTTP_(.*)/ ? ($1 =~ tr/_/-/r) . ": $params->{$_}" : () } sort keys %$params;
    my $request = Gateway::HTTP::Message->new(first => "$params->{REQUEST_METHOD} $params->{REQUEST_URI} HTTP/1.1", lines => \@lines,
        body => $body, raw => '', interim => [], params => $params);

    $self->record($request);

    return $self->{reply}->($request);
}


sub stdout {
    my ($bytes) = @_;

    return pack('CCnnCx', 1, FCGI_STDOUT, 1, length $bytes, 0) . $bytes;
}


sub take_length {
    my ($bytes) = @_;

    my $length = ord $$bytes;

    if ($length & 0x80) {
        return unpack('N', substr $$bytes, 0, 4, '') & 0x7fffffff;
    }

    substr $$bytes, 0, 1, '';

    return $length;
}


sub read_exactly {
    my ($socket, $length) = @_;

    my $bytes = '';

    while (length $bytes < $length) {
        sysread $socket, $bytes, $length - length $bytes, length $bytes or die "connection closed\n";
    }

    return $bytes;
}

1;
