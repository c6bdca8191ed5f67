#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/look.mjs');
done_testing();
