#!/usr/bin/perl

use lib 't/lib';
use Gateway::Browser;

stories('t/browser/languages.mjs');
done_testing();
