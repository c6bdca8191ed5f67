#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/carriers.mjs');
done_testing();
