#!/usr/bin/perl

# Rules of the house that a compiler does not know.

use strict;
use warnings;

use Test::More;

my $build = $ENV{BUILD} // 'build';

subtest 'core knows nothing of nginx' => sub {
    is_deeply([grep_files(qr/^\s*#\s*include\s*[<"](?:ngx|nginx)/, glob 'ngx_consent_module/core/*.[ch]')], [], 'no header of nginx');

    my @symbols = map { /^[0-9a-f]+ [A-Z] (\S+)$/ ? $1 : () } `nm -g --defined-only $build/core-sanitized/libconsent_core.a`;

    cmp_ok(scalar @symbols, '>', 0, 'it has public symbols');
    is_deeply([grep { !/^consent_|^__(?:odr_)?asan/ } @symbols], [], 'all of them begin with consent_');
};

subtest 'http parses nothing itself' => sub {
    is_deeply([grep_files(qr/^\s*#\s*include\s*<(?:jansson|pcre2|openssl)/, glob 'ngx_consent_module/http/*.[ch]')], [],
        'no header of a library');
};

subtest 'the shared object' => sub {
    my @symbols = sort map { /^[0-9a-f]+ [A-Z] (\S+)$/ ? $1 : () } `nm -D --defined-only $build/ngx_http_consent_module.so`;

    is_deeply(\@symbols, [qw(ngx_module_names ngx_module_order ngx_modules)], 'exports what nginx looks up, and nothing else');
};

subtest 'lines' => sub {
    my @sources = (glob('ngx_consent_module/*/*.[ch]'), glob('t/{unit,fuzz,bench}/*.[ch]'));

    is_deeply([grep_files(qr/\t/, @sources)], [], 'are indented with spaces');
    is_deeply([grep_files(qr/[ \t]$/, @sources)], [], 'end without spaces');
    is_deeply([grep_files(qr/^.{141}/, grep { !m{^t/} } @sources)], [], 'are of a length that can be read');
};

subtest 'npm packages' => sub {
    my ($lock) = 't/browser/package-lock.json';

    is_deeply([grep_files(qr/"resolved"/, $lock)], [], 'come from whatever registry the machine knows');
    is_deeply([grep_files(qr/"hasInstallScript"/, $lock)], [], 'and run nothing when installed');
};

done_testing();


# Where the pattern is found: "file:line".
sub grep_files {
    my ($pattern, @files) = @_;

    my @found;

    for my $file (@files) {
        open my $in, '<', $file or die "$file: $!\n";

        while (my $line = <$in>) {
            chomp $line;
            push @found, "$file:$." if $line =~ $pattern;
        }
    }

    return @found;
}
