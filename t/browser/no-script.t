#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/no-script.mjs');
done_testing();
