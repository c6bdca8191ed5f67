#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/smoke.mjs');
done_testing();
