#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/accessibility.mjs');
done_testing();
