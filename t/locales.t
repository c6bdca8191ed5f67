#!/usr/bin/perl

# The languages that ship: every one is whole, is text and nothing else, and can be served to a visitor.

use utf8;

use lib 't/lib';
use Gateway;

use Encode qw(decode);
use JSON::PP ();

binmode Test::More->builder->$_, ":encoding(UTF-8)" for qw(output failure_output);

# The official languages of the European Union; those that are spoken in France beside French; those of many who live there.
my @tags = qw(
    bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv
    br ca co eu oc
    ar tr uk
);

my %locale = map { m{([^/]+)\.json$} ? ($1 => locale($_)) : () } glob 'assets/locales/*.json';
my $english = $locale{en};

is_deeply([sort keys %locale], [sort @tags], 'the languages are these');

for my $tag (sort keys %locale) {
    my %text = %{ $locale{$tag} };

    subtest $tag => sub {
        is(delete($text{_proofread}), $tag =~ /^(?:en|fr)$/ ? undef : JSON::PP::false, 'says whether somebody has proof-read it');
        is_deeply([sort keys %text], [sort keys %$english], 'has the keys of the English one');

        is_deeply([grep { placeholders($text{$_}) ne placeholders($english->{$_}) } sort keys %text], [],
            'has the placeholders of the English one');
        is_deeply([wrong(\%text, qr/[<>]|&\w+;|&#/)], [], 'holds no HTML');
        is_deeply([wrong(\%text, qr/["'`]/)], [], 'has the quotation marks and apostrophes of print');
        is_deeply([wrong(\%text, qr/^\s|\s$|\s\s|[\x00-\x1f\x7f]|^$/)], [], 'has neither stray blanks nor control characters');
        is_deeply([grep { /^(?:button|choice)\./ && length $text{$_} > 40 } sort keys %text], [], 'has buttons that are short');
        is_deeply([grep { $text{$_} =~ /[:.]$/ xor $english->{$_} =~ /[:.]$/ } grep { !/^(?:date|lifetime)\./ } sort keys %text], [],
            'ends sentences where English does');

        my @choices = @text{qw(button.accept_all button.refuse_all button.accept_purpose button.refuse_purpose choice.accept choice.refuse)};
        is(keys %{{ map { $_ => 1 } @choices }}, @choices, 'tells accepting from refusing, one from all');
        is($text{'settings.title'}, $text{'link.text'}, 'calls the settings what the link calls them');
    };
}

my $t = Gateway->new;

# One service of each purpose, two of one: everything that has words is on the page.
my %policy = (
    site       => 'Montmirail',
    controller => { name => 'Montmirail', contact => 'dpo@montmirail.example', privacy_policy => '/privacy' },
    services   => [
        { use => 'matomo', paths => ['/matomo/'], basis => 'exempt' },
        qw(google-analytics facebook youtube vimeo openstreetmap openagenda crisp recaptcha google-fonts adroll),
    ],
);

$t->keys;
$t->policy({ %policy, languages => \@tags });
$t->policy({ %policy, languages => ['fr'] }, 'french.json');

$t->upstream(origin => sub {
    my ($request) = @_;

    my ($tag) = $request->uri =~ m{^/(\w+)};
    return [200, ['Content-Type' => 'text/html; charset=utf-8'],
        qq{<!DOCTYPE html><html lang="$tag"><head><title>Montmirail</title></head><body><p>.</p></body></html>}];
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_endpoint on rate=1000r/s;
    consent on;

    server {
        listen 127.0.0.1:%%PORT%%;
        consent_policy policy.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
    server {
        listen 127.0.0.1:%%PORT_french%%;
        consent_policy french.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_origin%%; }
    }
EOC

my ($said, $content) = $t->nginx_test;
ok($content, 'nginx takes a policy that lists every language') or diag($said);

$t->run;

my ($choice) = $t->post('/_choices/', [decision => 'refuse-all', return => '/'], 'Sec-Fetch-Site' => 'same-origin')
    ->cookies->{choices} =~ /^([^;]+)/;

for my $tag (@tags) {
    subtest "$tag is served" => sub {
        my $text = $locale{$tag};
        my $dir = $tag eq 'ar' ? 'rtl' : 'ltr';

        my %page = (
            'the settings' => $t->get("/_choices/?lang=$tag"),
            'the settings of who has chosen' => $t->get("/_choices/?lang=$tag", Cookie => $choice),
            'the settings of who has a browser that refuses' => $t->get("/_choices/?lang=$tag", 'Sec-GPC' => '1'),
            'the cookie table' => $t->get("/_choices/table?lang=$tag"),
            'the placeholder' => $t->get("/_choices/embed/youtube?lang=$tag&u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fabc"),
            'the page with the banner' => $t->get("/$tag"),
        );

        for my $what (sort keys %page) {
            my $page = $page{$what};
            my $body = plain($page->body);

            is($page->status, 200, "$what: there it is");
            like($body, qr/ lang="$tag" dir="$dir"/, "$what: in its language and direction");
            unlike($body, qr/\{[a-z_]+\}/, "$what: with every placeholder filled in");
        }

        my $settings = plain($page{'the settings of who has chosen'}->body);
        my $banner = plain($page{'the page with the banner'}->body);

        ok(index($settings, $_) >= 0, "the settings say: $_") for map { encoded($text->{$_}) }
            qw(button.save choice.accept choice.refuse button.accept_purpose settings.text necessary.text own.text erase.text),
            map { "purpose.$_.text" } qw(audience social video map content support security fonts advertising);

        ok(index($banner, $_) >= 0, "the banner says: $_") for map { encoded($text->{$_}) }
            qw(button.accept_all button.refuse_all button.settings banner.title banner.consequences banner.exempt banner.fallback);
    };
}

subtest 'a language that a policy does not list' => sub {
    my $settings = $t->get('/_choices/?lang=de', 'Accept-Language' => 'de', -port => 'french');

    like($settings->body, qr/<html[^>]* lang="fr"/, 'is not served');
    unlike($settings->body, qr/hreflang="de"/, 'nor offered');
    like($t->get('/de', 'Accept-Language' => 'de', -port => 'french')->body, qr/<div id="ngxc-banner" lang="fr"/, 'on no page');
};

done_testing();


sub locale {
    my ($file) = @_;

    my $text = eval { decode('UTF-8', slurp($file), Encode::FB_CROAK) };
    ok(defined $text, "$file is UTF-8") or return {};

    return JSON::PP->new->decode($text);
}


sub placeholders {
    my ($text) = @_;

    return join ' ', sort $text =~ /\{[a-z_]+\}/g;
}


# Texts in which the pattern is found.
sub wrong {
    my ($text, $pattern) = @_;

    return map { "$_: $text->{$_}" } grep { $text->{$_} =~ $pattern } sort keys %$text;
}


# A page without numeric references to characters beyond ASCII, which the banner is made of.
sub plain {
    my ($bytes) = @_;

    return decode('UTF-8', $bytes) =~ s/&#(\d{3,});/chr $1/egr;
}


sub encoded {
    my ($text) = @_;

    return $text =~ s/&/&amp;/gr;
}
