#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/law.mjs');
done_testing();
