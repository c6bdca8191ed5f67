#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/visit.mjs');
done_testing();
