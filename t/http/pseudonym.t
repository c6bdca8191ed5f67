#!/usr/bin/perl

# A pseudonym of the visitor's address: the same on every machine with the same keys, for one period and one salt; computed here a second
# time, by other means.

use lib 't/lib';
use Gateway;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(decode_base64);

my $t = Gateway->new;
my $second = Gateway->new;

$t->keys;
$second->write_file('keys', $t->read_file('keys'));

for my $node ($t, $second) {
    $node->upstream(vote => sub { [200, ['Content-Type' => 'text/plain'], 'ok'] });
    $node->http(<<'EOC');
    consent_keys keys;
    set_real_ip_from 127.0.0.0/8;
    set_real_ip_from unix:;
    real_ip_header X-Test-Address;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent_pseudonym on;
        proxy_set_header X-Pseudonym $consent_pseudonym;
        proxy_set_header X-Real-IP $remote_addr;

        location / { proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /ballot { consent_pseudonym on period=30d salt=$arg_ballot; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /masked { consent_mask_ip 16 48; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /off { consent_pseudonym off; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
        location /early { set $early $consent_pseudonym; proxy_set_header X-Pseudonym $early; proxy_pass http://127.0.0.1:%%PORT_vote%%; }
    }
EOC
    $node->run;
}

# Not across the end of a period.
sleep 20 if 86400 - time % 86400 < 20;

my $key = decode_base64(($t->read_file('keys') =~ /sign (\S+)/)[0]);

sub expected {
    my ($bytes, $salt, $period) = @_;

    my $root = hmac_sha256("ngx_consent pseudonym key 1\1", hmac_sha256($key, "\0" x 32));
    my $of_period = hmac_sha256(pack('Q>Q>', $period, int(time / $period)) . "\1", $root);

    return MIME::Base64::encode_base64(substr(hmac_sha256($bytes . $salt, $of_period), 0, 16), '') =~ tr{+/}{-_}r =~ s/=+$//r;
}

sub seen {
    my ($node, $path, $address) = @_;

    $node->get($path, Host => 'ville.example', 'X-Test-Address' => $address // '203.0.113.77');

    return $node->last_request('vote')->header('X-Pseudonym') // '';
}

my $v4 = "\0" x 10 . "\xff\xff" . pack('C4', 203, 0, 113, 77);
my $v6 = pack('H*', '20010db812345678') . "\0" x 8;

subtest 'it is what the documents say' => sub {
    is(seen($t, '/'), expected($v4, '', 90 * 86400), 'ninety days unless told otherwise');
    is(seen($t, '/ballot?ballot=budget'), expected($v4, 'budget', 30 * 86400), 'period and salt of the location');
    is(seen($t, '/', '2001:db8:1234:5678:9abc:def0:1:2'), expected($v6, '', 90 * 86400), 'of IPv6 the network');
    is(seen($t, '/', '::ffff:203.0.113.77'), seen($t, '/'), 'one address has one');
};

subtest 'what it is for' => sub {
    is(seen($t, '/ballot?ballot=1'), seen($t, '/ballot?ballot=1'), 'a second ballot is told');
    isnt(seen($t, '/ballot?ballot=1'), seen($t, '/ballot?ballot=2'), 'two ballots are not linked');
    isnt(seen($t, '/ballot?ballot=1'), seen($t, '/ballot?ballot=1', '203.0.113.78'), 'nor neighbours taken for one');
    is(seen($second, '/ballot?ballot=1'), seen($t, '/ballot?ballot=1'), 'another machine with the same keys agrees');

    is(seen($t, '/masked'), seen($t, '/'), 'it is of the whole address');
    seen($t, '/masked');
    is($t->last_request('vote')->header('X-Real-IP'), '203.0.0.0', 'beside the masked one');
    is(seen($t, '/early'), seen($t, '/'), 'whenever it is asked for');
    is(seen($t, '/off'), '', 'and off is off');
};

subtest 'nothing logs it' => sub {
    my $pseudonym = seen($t, '/');

    for my $file (qw(access.log error.log)) {
        is(index($t->read_file($file), $pseudonym), -1, $file);
    }
};

subtest 'mistakes' => sub {
    my $conf = $t->read_file('nginx.conf');

    for my $case (
        ['consent_pseudonym maybe;', qr/"consent_pseudonym" is "on" or "off", not "maybe" in .*nginx\.conf:\d+/],
        ['consent_pseudonym on period=1h;', qr/"period=1h" is not a period: write a time from 1d to 395d/],
        ['consent_pseudonym on period=;', qr/"period=" is not a period/],
        ['consent_pseudonym on periode=90d;', qr/"periode=90d" is neither "period=TIME" nor "salt=VALUE"/],
    ) {
        $t->write_file('nginx.conf', $conf =~ s/consent_pseudonym on;/$case->[0]/r);
        like(scalar $t->nginx_test, $case->[1], $case->[0]);
    }

    $t->write_file('nginx.conf', $conf =~ s/consent_keys keys;//r);
    like(scalar $t->nginx_test, qr/"consent_pseudonym" is on for server "ville\.example" in .*, but it has no key: add "consent_keys FILE;"/,
        'no key');
};

done_testing();
