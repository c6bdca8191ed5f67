package Gateway::HTTP;

=encoding utf8

=head1 NAME

Gateway::HTTP - HTTP/1 by the byte, as a test needs it: nothing is tidied on the way

=cut

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Uncompress::Gunzip ();
use JSON::PP ();
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(sleep time);


=head1 Connections

=over

=item $c->write($bytes | [$bytes, \$seconds, ...])

=item $c->read_until($pattern)

All that arrived so far, as soon as it matches; what arrived until the time was over, if it never does.

=item $c->response($method = 'GET')

The next response, read exactly to its end: the connection may be used again.

=item $c->read_all

The responses until nginx closes the connection or the time is over.

=item $c->socket, $c->close

=back

=cut

sub connect {
    my ($class, $port, $timeout) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => $timeout)
        or die "127.0.0.1:$port: $@\n";

    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;

    return bless { socket => $socket, timeout => $timeout, buffer => '', methods => [] }, $class;
}


sub write {
    my ($self, $pieces) = @_;

    $pieces = [$pieces] unless ref $pieces;

    # What a HEAD was asked is answered without a body: the reader must know. Bodies are not searched for requests.
    my $bytes = join '', grep { !ref } @$pieces;
    push @{ $self->{methods} }, $1 while $bytes =~ /(?:\A|\r\n\r\n)([A-Z]+) \S+ HTTP\/1/g;

    write_pieces($self->{socket}, $pieces);
}


sub read_until {
    my ($self, $pattern) = @_;

    my $end = time + $self->{timeout};

    while ($self->{buffer} !~ $pattern && $self->more($end)) { }

    return $self->{buffer};
}


sub response {
    my ($self, $method) = @_;

    my $end = time + $self->{timeout};
    my $response;

    $method //= shift @{ $self->{methods} };

    do {
        ($response, my $rest) = parse_one($self->{buffer}, $method, $self->{closed});

        if ($response && $response->complete) {
            $self->{buffer} = $rest;
            return $response;
        }
    } while ($self->more($end));

    ($response) = parse_one($self->{buffer}, $method, 1);

    return $response;
}


sub read_all {
    my ($self) = @_;

    my $end = time + $self->{timeout};

    while ($self->more($end)) { }

    return parse($self->{buffer}, @{ $self->{methods} });
}


sub socket {
    my ($self) = @_;

    return $self->{socket};
}


sub close {
    my ($self) = @_;

    CORE::close $self->{socket};
}


sub more {
    my ($self, $end) = @_;

    return 0 if $self->{closed};
    return 0 unless IO::Select->new($self->{socket})->can_read($end - time);

    $self->{closed} = !sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};

    return !$self->{closed};
}


sub write_pieces {
    my ($socket, $pieces) = @_;

    for my $piece (@$pieces) {
        if (ref $piece) {
            sleep $$piece;
            next;
        }

        for (my $sent = 0; $sent < length $piece; ) {
            $sent += syswrite($socket, $piece, length($piece) - $sent, $sent) // return 0;
        }
    }

    return 1;
}


sub request {
    my ($method, $path, $body, @headers) = @_;

    my %given = map { lc $_ => 1 } @headers[grep { !($_ % 2) } 0 .. $#headers];

    unshift @headers, Host => 'localhost' unless $given{host};
    push @headers, Connection => 'close' unless $given{connection};
    push @headers, 'Content-Length' => length $body if defined $body && !$given{'content-length'} && !$given{'transfer-encoding'};

    return head("$method $path HTTP/1.1", @headers) . ($body // '');
}


sub head {
    my ($first, @headers) = @_;

    my $head = "$first\r\n";

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    return "$head\r\n";
}


sub form {
    my (@fields) = @_;

    s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge for @fields;

    return join '&', map { "$fields[2 * $_]=$fields[2 * $_ + 1]" } 0 .. @fields / 2 - 1;
}


sub parse {
    my ($bytes, @methods) = @_;

    my @responses;

    while (length $bytes) {
        my ($response, $rest) = parse_one($bytes, shift @methods, 1);

        if (!$response) {
            push @responses, Gateway::HTTP::Message->new(first => '', lines => [], body => '', raw => $bytes, interim => []);
            last;
        }

        push @responses, $response;
        $bytes = $rest;
    }

    # Nothing came, nothing that is HTTP: a response too, with status 0.
    @responses = Gateway::HTTP::Message->new(first => '', lines => [], body => '', raw => '', interim => []) unless @responses;

    return @responses;
}


# One response and what follows it. 1xx responses belong to the one they precede. With $closed, a body without length ends here.
sub parse_one {
    my ($bytes, $method, $closed) = @_;

    my @interim;
    my $all = $bytes;
    my $message;

    while (1) {
        $bytes =~ s/\A(HTTP\/[\d.]+ \d\d\d.*?\r\n)\r\n//s or return;
        $message = message($1);

        last if $message->status >= 200 || $message->status == 101;
        push @interim, $message;
    }

    $message->{interim} = \@interim;

    my $status = $message->status;
    my $length = $message->header('Content-Length');
    my $chunked = lc($message->header('Transfer-Encoding') // '') eq 'chunked';
    my ($body, $complete) = ('', 1);

    if (($method // '') eq 'HEAD' || $status == 204 || $status == 304) {
        # no body

    } elsif ($chunked) {
        ($body, $bytes, $complete) = dechunk($bytes);

    } elsif (defined $length) {
        $complete = length $bytes >= $length;
        $body = $complete ? substr($bytes, 0, $length, '') : $bytes;
        $bytes = '' unless $complete;

    } else {
        ($body, $bytes, $complete) = ($bytes, '', $closed);
    }

    @$message{qw(body complete raw)} = ($body, $complete, substr($all, 0, length($all) - length $bytes));

    return ($message, $bytes);
}


sub dechunk {
    my ($bytes) = @_;

    my $body = '';

    while ($bytes =~ s/\A([0-9A-Fa-f]+)[^\r\n]*\r\n//) {
        my $size = hex $1;

        if ($size == 0) {
            return ($body, $bytes, 1) if $bytes =~ s/\A(?:[^\r\n]+\r\n)*\r\n//;
            last;
        }

        $body .= substr $bytes, 0, $size, '';
        $bytes =~ s/\A\r\n// or last;
    }

    return ($body, '', 0);
}


sub message {
    my ($head, %rest) = @_;

    my ($first, @lines) = split /\r?\n/, $head;

    return Gateway::HTTP::Message->new(first => $first // '', lines => \@lines, body => '', raw => $head, interim => [], %rest);
}


package Gateway::HTTP::Message;

=head1 Responses

=over

=item status, reason, body, raw

C<status> is 0 when nothing came that is HTTP. C<body> is without chunked coding.

=item complete

Whether the body came whole.

=item header($name), headers($name)

The first value or undef; all values, in order. Names in any case.

=item names

The names of all headers as they were written.

=item text

The body, inflated where Content-Encoding is gzip.

=item json

The body, decoded.

=item cookies

What Set-Cookie sets, by name: the whole value of the header.

=item interim

The 1xx responses before it.

=back

=head1 Requests

What an upstream was asked: C<method>, C<uri>, C<header>, C<headers>, C<names>, C<body>, C<raw>; of FastCGI C<params> too.

=cut

sub new {
    my ($class, %self) = @_;

    return bless \%self, $class;
}


sub status {
    my ($self) = @_;

    return $self->{first} =~ /^HTTP\/[\d.]+ (\d\d\d)/ ? $1 + 0 : 0;
}


sub reason {
    my ($self) = @_;

    return $self->{first} =~ /^HTTP\/[\d.]+ \d\d\d (.*)/ ? $1 : '';
}


sub method {
    my ($self) = @_;

    return (split / /, $self->{first})[0];
}


sub uri {
    my ($self) = @_;

    return (split / /, $self->{first})[1];
}


sub headers {
    my ($self, $name) = @_;

    return map { /^\Q$name\E:[ \t]*(.*?)[ \t]*$/i ? $1 : () } @{ $self->{lines} };
}


sub header {
    my ($self, $name) = @_;

    return ($self->headers($name))[0];
}


sub names {
    my ($self) = @_;

    return map { /^([^:]*):/ ? $1 : () } @{ $self->{lines} };
}


sub text {
    my ($self) = @_;

    return $self->{body} if lc($self->header('Content-Encoding') // '') ne 'gzip';

    IO::Uncompress::Gunzip::gunzip(\$self->{body} => \my $text)
        or die "gunzip: $IO::Uncompress::Gunzip::GunzipError\n";

    return $text;
}


sub json {
    my ($self) = @_;

    return JSON::PP->new->utf8->decode($self->text);
}


sub cookies {
    my ($self) = @_;

    return { map { (split /=/, $_, 2)[0] => $_ } $self->headers('Set-Cookie') };
}


sub body     { return $_[0]{body} }
sub raw      { return $_[0]{raw} }
sub complete { return $_[0]{complete} }
sub params   { return $_[0]{params} }
sub interim  { return @{ $_[0]{interim} } }

1;
