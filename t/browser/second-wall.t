#!/usr/bin/perl

# The same script with and without consent_csp enforce: without it every way must get through, or the other half proves nothing.

use lib 't/lib';
use Gateway::Browser;

for my $csp (qw(off enforce)) {
    local $ENV{NGXC_CSP} = $csp;
    stories('t/browser/second-wall.mjs', csp => $csp);
}

done_testing();
