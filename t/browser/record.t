#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/record.mjs');
done_testing();
