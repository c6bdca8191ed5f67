#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/swaps.mjs');
done_testing();
