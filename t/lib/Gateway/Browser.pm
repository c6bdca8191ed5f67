package Gateway::Browser;

=encoding utf8

=head1 NAME

Gateway::Browser - lets prove run stories told in JavaScript to a real browser

=head1 SYNOPSIS

    use lib 't/lib';
    use Gateway::Browser;

    stories('t/browser/banner.mjs');
    stories('t/browser/banner.mjs', csp => 'enforce');
    stories('t/browser/banner.mjs', gateway => $t);
    done_testing();

=head1 DESCRIPTION

C<use Gateway::Browser> gives what C<use Gateway> gives, and C<stories>: it starts the fixture sites (values as for
L<Gateway/sites>), runs the file in node, and shows each story of it as a test here. How stories are told: t/browser/lib/story.mjs. A
gateway of the test's own is told about instead where one is given; it has a configuration, but does not run yet, and "THIRD;" in its
http block stands for third parties of any name, whose visitors log/received.jsonl lists.

=cut

use strict;
use warnings;

use Gateway;
use JSON::PP ();
use POSIX ();
use Test::More ();


sub import {
    my $caller = caller;

    strict->import;
    warnings->import;

    Test::More->export_to_level(1, __PACKAGE__, grep { $_ ne 'done_testing' } @Test::More::EXPORT);

    no strict 'refs';
    *{"${caller}::done_testing"} = \&Gateway::done_testing;
    *{"${caller}::stories"} = \&stories;
}


sub stories {
    my ($file, %value) = @_;

    my $t = delete $value{gateway};

    if ($t) {
        with_third_parties($t);
        $t->run;

    } else {
        $t = Gateway->new;
        $t->sites(%value);
    }

    my $what = join ' ', $file =~ m{([^/]+)\.mjs$}, map { "$_=$value{$_}" } sort keys %value;

    subtest($what => sub {
        my $pid = open(my $output, '-|') // die "fork: $!\n";

        if ($pid == 0) {
            $ENV{NGXC_SITES} = JSON::PP->new->encode({ prefix => $t->file(''), ports => $t->{ports} });
            open STDERR, '>&', \*STDOUT;
            exec 'node', $file or POSIX::_exit(127);
        }

        my ($planned, $ran, $failed) = (0, 0, 0);

        while (my $line = <$output>) {
            chomp $line;

            if ($line =~ /^1\.\.(\d+)$/) {
                $planned = $1;

            } elsif ($line =~ /^(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$/) {
                my ($bad, $story, $skipped) = ($1, $2, $3);
                $ran++;

                if (defined $skipped) {
                  SKIP: { skip("$story: $skipped", 1) }
                } else {
                    $failed++ if $bad;
                    ok(!$bad, $story);
                }

            } else {
                diag($line =~ s/^# ?//r);
            }
        }

        close $output;

        ok($planned && $planned == $ran, 'every story was told to its end');
        ok($failed || $? == 0, 'and node ended well');
    });
}


# A script that says that it ran, whatever it was asked for; below /css a style sheet that wants a font.
sub with_third_parties {
    my ($t) = @_;

    my $third = <<'EOC';
    log_format received escape=json '{"who":"$host","host":"$host","method":"$request_method","uri":"$request_uri","cookie":"$http_cookie"}';

    # What Chromium asks for on its own account, whatever page it shows.
    map $host $is_asked {
        ~^(?:accounts|clients\d*|safebrowsing|android\.clients)\.google\.com$  0;
        ~^[\w-]+\.googleapis\.com$  0;
        fonts.googleapis.com  1;
        default  1;
    }

    server {
        listen 127.0.0.1:PORT_third_port;
        listen 127.0.0.1:PORT_third_tls_port ssl;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        access_log log/received.jsonl received if=$is_asked;
        default_type text/javascript;
        location / { return 200 'document.documentElement.dataset.third = "ran"; document.cookie = "_ga=third";'; }
        location /css {
            default_type text/css;
            return 200 '@font-face { font-family: Roboto; src: url(https://fonts.gstatic.com/roboto.woff2) } h1 { text-align: right }';
        }
    }
EOC

    $third =~ s/PORT_(\w+)/$t->port($1)/ge;

    $t->certificate('localhost', '*.localhost');
    $t->write_file('log/received.jsonl', '');
    $t->write_file('nginx.conf', $t->read_file('nginx.conf') =~ s/THIRD;/$third/r);
}

1;
