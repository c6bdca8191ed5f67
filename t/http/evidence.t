#!/usr/bin/perl

# Evidence of choices: every choice that was taken has its line, the chain holds whatever happens to nginx, and nothing can be changed
# unseen.

use lib 't/lib';
use Gateway;

use Digest::SHA qw(sha256_hex);
use POSIX ();

my $t = Gateway->new(workers => 2);

$t->keys;
$t->policy({
    site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr', 'en'],
    hosts => ['ville.example'], services => ['youtube', 'facebook'],
});

$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    consent_endpoint on rate=100000r/s;
    consent_archive archive;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        consent_evidence evidence.jsonl;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name other.ville.example;
        consent on;
        consent_evidence shared.jsonl;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name third.ville.example;
        consent on;
        consent_evidence shared.jsonl;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name full.example;
        consent on;
        consent_evidence /dev/full;
    }
EOC

$t->run;
$t->allow_log(qr/exited on signal 9/);
$t->allow_log(qr/consent evidence could not be written to "\/dev\/full"/);

my @host = (Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');

sub choose {
    my (@fields) = @_;

    return $t->post('/_choices/', [@fields], @host);
}

sub tool {
    my (@arguments) = @_;

    my $said = Gateway::run_command($^X, 'scripts/consent-evidence', @arguments);

    return wantarray ? ($said, $? >> 8) : $said;
}

sub records {
    return map { JSON::PP::decode_json($_) } grep { length } split /\n/, $t->read_file($_[0] // 'evidence.jsonl');
}

sub workers {
    return split ' ', slurp("/proc/$t->{pid}/task/$t->{pid}/children");
}

subtest 'a line' => sub {
    my $r = $t->post('/_choices/', [decision => 'accept-all', source => 'banner', lang => 'en'], @host, 'X-Forwarded-For' => '192.0.2.7',
        'User-Agent' => 'Mozilla/5.0 (Test)', Referer => 'http://ville.example/sante');

    is($r->status, 303, 'for a choice');

    my ($record) = records();

    is_deeply([sort keys %$record], [sort qw(v time id host policy text locale source decision services withdrawn gpc chain seq prev)], 'says');
    is($record->{decision}, 'accept-all', 'what was decided');
    is_deeply($record->{services}, { youtube => 'accept', facebook => 'accept' }, 'for each service');
    is($record->{host}, 'ville.example', 'where');
    is($record->{source}, 'banner', 'on what');
    is($record->{locale}, 'en', 'in which language');
    like($record->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'when');
    unlike($t->read_file('evidence.jsonl'), qr/192\.0|127\.0|Mozilla|sante/, 'and nothing of who it was');

    $r = choose(decision => 'accept-all');
    like($r->header('Location'), qr/saved=[0-9a-f]{32}$/, 'the visitor is shown its id');
    is((records())[-1]{id}, ($r->header('Location') =~ /saved=(\w+)/)[0], 'which is the line\'s');
    unlike(join(' ', $r->headers('Set-Cookie')), qr/$1/, 'and is in no cookie');
};

subtest 'the text' => sub {
    my $first = (records())[0]{text};
    my ($cookie) = choose(decision => 'save', 'service.youtube' => 'accept', lang => 'en')->cookies->{choices} =~ /^([^;]+)/;

    is((records())[-1]{text}, $first, 'is the banner that everybody sees first');

    $t->post('/_choices/', [decision => 'save', 'service.facebook' => 'refuse', source => 'banner'], @host, Cookie => $cookie);

    my $again = $t->read_file('archive/' . (records())[-1]{text} . '.html');

    like($again, qr{<b>Facebook</b> \(}, 'or the one that asks again, for what has no answer');
    unlike($again, qr{<b>YouTube</b>}, 'and for nothing else');
};

subtest 'taking back' => sub {
    my ($cookie) = choose(decision => 'accept-all')->cookies->{choices} =~ /^([^;]+)/;
    my $before = $t->read_file('evidence.jsonl');

    $t->post('/_choices/', [decision => 'save', 'service.youtube' => 'refuse'], @host, Cookie => $cookie);

    is_deeply((records())[-1]{withdrawn}, ['youtube'], 'is told');
    is(substr($t->read_file('evidence.jsonl'), 0, length $before), $before, 'and takes nothing away');
};

subtest 'the archive' => sub {
    my ($record) = records();

    is(sha256_hex($t->read_file("archive/$record->{policy}.json")), $record->{policy}, 'has the policy, by its hash');
    is(sha256_hex($t->read_file("archive/$record->{text}.html")), $record->{text}, 'and the text, by its');
    like($t->read_file("archive/$record->{text}.html"), qr/Accept/, 'in the language that was shown');

    my $policy = JSON::PP::decode_json($t->read_file("archive/$record->{policy}.json"));
    is($policy->{site}, 'Ville', 'as they were');

    my $shown = $t->get('/_choices/policy.json', Host => 'ville.example')->body;
    is(JSON::PP::decode_json($shown)->{hash}, $record->{policy}, 'which is what the endpoint shows');
};

subtest 'several workers, reloads, rotation, a worker killed' => sub {
    my %accepted;

    my $some = sub {
        for (1 .. $_[0]) {
            my $r = eval { choose(decision => $_ % 3 ? 'accept-all' : 'refuse-all') } or next;
            $accepted{$1} = 1 if ($r->header('Location') // '') =~ /saved=(\w{32})/;
        }
    };

    for my $round (1 .. 4) {
        my @writers = map {
            my $pid = fork // die "fork: $!\n";
            $pid or do { $some->(25); $t->write_file("accepted.$round.$_", join "\n", keys %accepted); POSIX::_exit(0) };
            $pid
        } 1 .. 4;

        if ($round == 1) {
            $t->reload;
        } elsif ($round == 2) {
            rename $t->file('evidence.jsonl'), $t->file('evidence.jsonl.1');
            kill USR1 => $t->{pid};
        } elsif ($round == 3) {
            kill KILL => (workers())[0];
        }

        waitpid $_, 0 for @writers;
        wait_until(sub { -e $t->file('evidence.jsonl') && workers() == 2 }, 5);
    }

    %accepted = map { $_ => 1 } map { split /\n/, $t->read_file("accepted.$_") } map { my $r = $_; map { "$r.$_" } 1 .. 4 } 1 .. 4;

    my %kept = map { $_->{id} => 1 } records('evidence.jsonl.1'), records();
    my %chains = map { $_->{chain} => 1 } records('evidence.jsonl.1'), records();

    cmp_ok(scalar keys %accepted, '>', 350, 'choices were taken');
    is_deeply([grep { !$kept{$_} } keys %accepted], [], 'all of them are there');
    cmp_ok(scalar keys %chains, '>=', 4, 'in chains of their own');

    my ($said, $status) = tool('verify', '--archive', $t->file('archive'), $t->file('evidence.jsonl.1'), $t->file('evidence.jsonl'));
    is($status, 0, 'and the chains hold') or diag($said);
    like($said, qr/nothing broken/, 'says the tool');

    ($said, $status) = tool('verify', $t->file('evidence.jsonl'));
    is($status, 0, 'a file alone holds, too');

    # Which worker went on after the rotation is nginx's affair: a chain that did has its beginning in the other file.
    my %before = map { $_->{chain} => 1 } records('evidence.jsonl.1');
    my $goes_on = grep { $before{$_->{chain}} } records();

    is($said =~ /begin before these files/ ? 'told' : 'not told', $goes_on ? 'told' : 'not told', 'and what it begins with is told');
};

subtest 'servers that write to one file' => sub {
    $t->post('/_choices/', [decision => 'accept-all'], Host => $_, 'Sec-Fetch-Site' => 'same-origin')
        for ('other.ville.example', 'third.ville.example') x 8;

    is(scalar(my @all = records('shared.jsonl')), 16, 'write every line');

    my ($said, $status) = tool('verify', $t->file('shared.jsonl'));
    is($status, 0, 'in chains of their own') or diag($said);
};

subtest 'a line that was' => sub {
    my @lines = grep { $_ ne "\n" } split /^/, $t->read_file('evidence.jsonl.1');
    my ($n) = grep { my $n = $_; my ($chain) = $lines[$n] =~ /"chain":"([^"]+)"/; $n > 20 && grep { /"chain":"$chain"/ } @lines[$n + 1 .. $#lines] }
        0 .. $#lines;

    my $try = sub {
        my ($change) = @_;
        my @changed = @lines;
        $change->(\@changed);
        $t->write_file('changed.jsonl', join '', @changed);

        return tool('verify', $t->file('changed.jsonl'));
    };

    my ($said, $status) = $try->(sub { });
    is($status, 0, 'left alone is fine');

    ($said, $status) = $try->(sub { splice @{ $_[0] }, $n, 0, "\n" });
    is($status, 0, 'behind an empty one is fine');
    unlike($said, qr/torn/, 'which is nothing to tell of');

    my $at = $n + 1;

    ($said, $status) = $try->(sub { $_[0][$n] =~ s/"(accept|refuse)-all"/"save"/ });
    is($status, 1, 'changed is found');
    like($said, qr/changed\.jsonl:$at: .*changed/, 'and named');

    ($said, $status) = $try->(sub { splice @{ $_[0] }, $n, 1 });
    is($status, 1, 'taken out is found');
    like($said, qr/changed\.jsonl:\d+: .*missing|changed or taken out/, 'by what is behind it');

    ($said, $status) = $try->(sub { splice @{ $_[0] }, $n, 0, $_[0][$n - 5] });
    is($status, 1, 'copied is found');
    like($said, qr/changed\.jsonl:$at: .*stands where it was not written/, 'and named');

    ($said, $status) = $try->(sub { $_[0][$n] = "{\"x\":1}\n" });
    is($status, 1, 'replaced is found');

    ($said, $status) = $try->(sub { $_[0][-1] =~ s/\n// });
    is($status, 1, 'cut off at its newline is found');

    my ($policy) = glob $t->file('archive/*.json');
    my $bytes = slurp($policy);
    $t->write_file($policy =~ s/.*(?=archive)//r, "$bytes ");
    ($said, $status) = tool('verify', '--archive', $t->file('archive'), $t->file('evidence.jsonl.1'));
    is($status, 1, 'pointing to a policy that was changed is found');
    like($said, qr/is not what it was/, 'and told');
    $t->write_file($policy =~ s/.*(?=archive)//r, $bytes);
};

subtest 'the figures' => sub {
    my @all = (records('evidence.jsonl.1'), records());
    my $month = substr $all[0]{time}, 0, 7;
    my $figures = JSON::PP::decode_json(scalar tool('report', '--json', $t->file('evidence.jsonl.1'), $t->file('evidence.jsonl')))->{$month};

    is($figures->{decisions}{'accept-all'}, scalar(grep { $_->{decision} eq 'accept-all' } @all), 'of acceptances');
    is($figures->{decisions}{'refuse-all'}, scalar(grep { $_->{decision} eq 'refuse-all' } @all), 'of refusals');
    is($figures->{withdrew}, 1, 'of withdrawals');
    is($figures->{services}{youtube}{withdrew}, 1, 'by service');
    like(scalar tool('report', '--month', $month, '--host', 'ville.example', $t->file('evidence.jsonl')), qr/^\Q$month\E\n  accepted everything/,
        'as a table');
    is(scalar tool('report', '--host', 'other.example', $t->file('evidence.jsonl')), '', 'of one host');
};

subtest 'purging' => sub {
    my @lines = split /^/, $t->read_file('evidence.jsonl.1');

    # as if the older half was of another year; the chain is made again over it
    my (%prev, $last);
    $last = sha256_hex('');

    for my $i (0 .. $#lines) {
        my $record = JSON::PP::decode_json($lines[$i]);
        $record->{time} =~ s/^\d{4}/2020/ if $i < @lines / 2;
        $record->{prev} = $prev{ $record->{chain} } // $last;
        $lines[$i] = JSON::PP->new->canonical->encode($record) . "\n";
        $prev{ $record->{chain} } = $last = sha256_hex($lines[$i] =~ s/\n//r);
    }

    $t->write_file('old.jsonl', join '', @lines);
    is((tool('verify', $t->file('old.jsonl')))[1], 0, 'before');

    my ($said, $status) = tool('purge', '--before', '2021-01-01', $t->file('old.jsonl'));
    is($status, 0, 'is done');
    like($said, qr/(\d+) lines taken out/, 'and told');
    unlike($t->read_file('old.jsonl'), qr/"time":"2020/, 'nothing old is left');
    ($said, $status) = tool('verify', $t->file('old.jsonl'));
    is($status, 0, 'the rest verifies') or diag($said);
    unlike($said, qr/begin before/, 'without a gap');

    is((tool('purge', '--before', '2021-01-01', $t->file('old.jsonl')))[0] =~ /nothing is older/, 1, 'twice changes nothing');

    my $purged = $t->read_file('old.jsonl') =~ s/accept-all/refuse-all/r;
    $t->write_file('old.jsonl', $purged);
    is((tool('verify', $t->file('old.jsonl')))[1], 1, 'and what was changed after it is found');

    like((tool('purge', '--before', '2021-01-01', $t->file('evidence.jsonl')))[0], qr/rotate it first/, 'never of a file that nginx writes to');
};

subtest 'no room to record' => sub {
    my @full = (Host => 'full.example', 'Sec-Fetch-Site' => 'same-origin');

    my $r = $t->post('/_choices/', [decision => 'accept-all'], @full);
    is($r->status, 503, 'an acceptance is not taken');
    is_deeply([$r->headers('Set-Cookie')], [], 'nor kept in the browser');

    $r = $t->post('/_choices/', [decision => 'refuse-all'], @full);
    is($r->status, 303, 'a refusal is');
    like(join(' ', $r->headers('Set-Cookie')), qr/^choices=/, 'and kept');

    my ($cookie) = choose(decision => 'accept-all')->cookies->{choices} =~ /^([^;]+)/;
    is($t->post('/_choices/', [decision => 'save', 'service.youtube' => 'refuse'], @full)->status, 303, 'a withdrawal as well');
};

subtest 'a disk that fills' => sub {
    my $disk = $t->file('disk');
    mkdir $disk;

    SKIP: {
        skip 'mounting a small disk needs root', 18
            if $> != 0 || system("mount -t tmpfs -o size=16k none '$disk' 2>/dev/null") != 0;

        my $small = Gateway->new(workers => 2);
        $small->keys;
        $small->policy($t->read_file('policy.json'));
        $small->allow_log(qr/consent evidence could not be written/);
        $small->http("    consent_assets %%ASSETS%%;\n    consent_keys keys;\n    consent_policy policy.json;\n"
            . "    consent_endpoint on rate=100000r/s;\n"
            . "    server { listen 127.0.0.1:%%PORT%%; server_name ville.example; consent on; consent_evidence $disk/e.jsonl; }\n");
        $small->run;

        my %answers;
        $answers{ $small->post('/_choices/', [decision => $_ % 2 ? 'accept-all' : 'refuse-all'], @host)->status }++ for 1 .. 60;

        cmp_ok($answers{503} // 0, '>', 0, 'refuses acceptances');
        cmp_ok($answers{303} // 0, '>', 30, 'and takes refusals');

        system "mount -o remount,size=1m '$disk'";
        is($small->post('/_choices/', [decision => 'accept-all'], @host)->status, 303, 'with room again it goes on') for 1 .. 10;

        my ($said, $status) = tool('verify', "$disk/e.jsonl");
        is($status, 0, 'and the chains hold') or diag($said, slurp("$disk/e.jsonl"));
        like($said, qr/torn lines/, 'around the line that was cut off');

        # As long as the line to come but for its newline: the disk ends before that.
        my ($line) = slurp("$disk/e.jsonl") =~ /^(\{.*"seq":1,.*)$/m;
        $small->stop;
        system "umount '$disk' && mount -t tmpfs -o size=4k none '$disk'";
        $small->run;

        my ($before) = $line =~ /"chain":"\d+-(\d+)"/;
        my $now;
        wait_until(sub { ($now) = split ' ', slurp("/proc/$small->{pid}/task/$small->{pid}/children"); defined $now }, 5);

        open my $out, '>>', "$disk/e.jsonl" or die;
        print $out 'x' x (4096 - length($line) - 1 + length($before) - length($now)), "\n";
        close $out;

        is($small->post('/_choices/', [decision => 'accept-all'], @host)->status, 303, 'a record that lacks only its newline is one');
        like(slurp("$disk/e.jsonl"), qr/\}\z/, 'it lacks it');
        system "mount -o remount,size=1m '$disk'";
        $small->post('/_choices/', [decision => 'accept-all'], @host) for 1 .. 4;

        ($said, $status) = tool('verify', "$disk/e.jsonl");
        is($status, 0, 'and the chains hold around it') or diag($said, slurp("$disk/e.jsonl"));
        like($said, qr/^5 lines/, 'with it');

        $small->stop;
        system "umount '$disk'";
    }
};

done_testing();
