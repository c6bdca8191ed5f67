#!/usr/bin/perl

# The recipe of docs/operations: evidence through a real rsyslog into a real PostgreSQL, which is away for a while, and nothing is lost.

use lib 't/lib';
use Gateway;
use Gateway::Peer;

use File::Path qw(make_path);
use POSIX ();

my $plugin = 'lib/*-linux-gnu*/rsyslog/ompgsql.so';
my @rsyslogd = peer('sbin/rsyslogd');

plan(skip_all => 'rsyslog with rsyslog-pgsql, and postgresql, are not here') if !peer('lib/postgresql/*/bin/postgres') || !@rsyslogd || !peer_root($plugin);

my $owner = $$;
my %daemons;

# PostgreSQL refuses to be root.
my ($uid, $gid) = $> == 0 ? (getpwnam 'nobody')[2, 3] : ();
plan(skip_all => 'there is no user nobody to run PostgreSQL as') if $> == 0 && !$uid;

my $t = Gateway->new(workers => 2);
my $pg = $> == 0 ? "/tmp/ngxc-pg.$$" : $t->file('pg');
my $port = $t->port('pg');

make_path($pg);
chown $uid, $gid, $pg if defined $uid;

# Nor may nobody look into root's directories, where peers may be unpacked.
peers_copied("$pg/peers", 'postgresql') if defined $uid;

my ($postgres, $initdb, $psql) = map { [peer("lib/postgresql/*/bin/$_")] } qw(postgres initdb psql);

sub as_postgres {
    my ($run) = @_;

    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;

    if (defined $uid) {
        POSIX::setgid($gid);
        $) = "$gid $gid";
        POSIX::setuid($uid);
    }

    chdir '/';
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$pg/log";
    open STDERR, '>&', \*STDOUT;
    exec @$run or POSIX::_exit(127);
}

sub start_postgres {
    $daemons{postgres} = as_postgres([@$postgres, '-D', "$pg/data", '-p', $port, '-k', $pg, '-h', '127.0.0.1', '-c', 'fsync=off']);

    wait_until(sub { sql('SELECT 1') eq '1' }, 30) or die 'PostgreSQL did not start: ' . slurp("$pg/log");
}

sub stop_daemon {
    my ($name, $signal) = @_;

    my $pid = delete $daemons{$name} or return;
    kill $signal => $pid;
    waitpid $pid, 0;
}

sub sql {
    my ($text) = @_;

    local $ENV{PGCONNECT_TIMEOUT} = 5;
    select undef, undef, undef, 0.1;
    my $said = Gateway::run_command(@$psql, '-h', '127.0.0.1', '-p', $port, '-U', 'consent', '-d', 'postgres', '-AtqX', '-v',
        'ON_ERROR_STOP=1', '-c', $text);
    chomp $said;

    return $said;
}

waitpid as_postgres([@$initdb, '-D', "$pg/data", '-U', 'consent', '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8']), 0;
$? == 0 or die 'initdb: ' . slurp("$pg/log");

start_postgres();
is(sql(slurp('docs/operations/evidence.sql')), '', 'the tables are made');

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
    services => ['youtube', 'facebook'] });
$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        consent_keys keys;
        consent_policy policy.json;
        consent_endpoint on rate=10000r/s;
        consent_evidence evidence.jsonl;
    }
EOC
$t->run;

my $conf = slurp('docs/operations/rsyslog-consent.conf');
$conf =~ s{/var/log/nginx/consent/evidence\.jsonl(?=\*)}{$t->file('evidence.jsonl')}e or die;
$conf =~ s/server="[^"]*" serverport="5432" db="consent"/server="127.0.0.1" serverport="$port" db="postgres"/ or die;
$conf =~ s/resumeInterval="5"/resumeInterval="1"/ or die;
$t->write_file('rsyslog.conf', qq{global(workDirectory="} . $t->file('spool') . qq{")\n$conf});
mkdir $t->file('spool');

my ($modules) = map { s{/[^/]+$}{}r } glob peer_root($plugin) . "/$plugin";

sub start_rsyslog {
    $daemons{rsyslog} = fork // die "fork: $!\n";

    if ($daemons{rsyslog} == 0) {
        open STDOUT, '>>', $t->file('rsyslog.out');
        open STDERR, '>&', \*STDOUT;
        exec @rsyslogd, '-n', '-M', $modules, '-f', $t->file('rsyslog.conf'), '-i', $t->file('rsyslog.pid') or POSIX::_exit(127);
    }
}

my $chosen = 0;

sub choose {
    my ($decision, @more) = @_;

    $t->post('/_choices/', [decision => $decision, return => '/'], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin', @more)
        ->status == 303 or fail('a choice was not taken');
    $chosen++;
}

# The command of docs/operations.md.
sub import {
    my ($file) = @_;

    my ($command) = slurp('docs/operations.md') =~ /^(psql -d consent .*?) < /ms or die "no command in docs/operations.md\n";
    my $path = $t->file($file);

    $command =~ s/^psql -d consent/@$psql -h 127.0.0.1 -p $port -U consent -d postgres -q/ or die;
    system "$command < '$path'";
}

my $all = sub { (sql('SELECT count(*) FROM consent_evidence') || 0) == $chosen };

start_rsyslog();
choose($_ % 3 ? 'accept-all' : 'refuse-all') for 1 .. 20;
ok(wait_until($all, 20), 'choices come into the table');

stop_daemon(postgres => 'INT');
choose($_ % 3 ? 'accept-all' : 'refuse-all') for 1 .. 20;
rename $t->file('evidence.jsonl'), $t->file('evidence.jsonl.1');
kill USR1 => $t->{pid};
wait_until(sub { -e $t->file('evidence.jsonl') }, 5);
choose('refuse-all') for 1 .. 5;

start_postgres();
ok(wait_until($all, 40), 'those made while PostgreSQL was away, too, and through a rotation')
    or diag(sql('SELECT count(*) FROM consent_evidence') . " of $chosen\n" . slurp($t->file('rsyslog.out')));

my ($cookie) = $t->post('/_choices/', [decision => 'accept-all'], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin')
    ->cookies->{choices} =~ /^([^;]+)/;
$chosen++;
$t->post('/_choices/', [decision => 'save', 'service.youtube' => 'refuse'], Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin',
    Cookie => $cookie);
$chosen++;
ok(wait_until($all, 20), 'and it goes on');

my @lines = sort grep { length } split /\n/, $t->read_file('evidence.jsonl.1') . $t->read_file('evidence.jsonl');
is(sql('DELETE FROM consent_evidence WHERE month > \'2000\''), '', 'a table that lost its lines');
import($_) for 'evidence.jsonl.1', 'evidence.jsonl', 'evidence.jsonl.1';

is(join("\n", sort split /\n/, sql('SELECT line FROM consent_evidence')), join("\n", @lines), 'has them again from the files, byte for byte');

my $accepted = grep { /"decision":"accept-all"/ } @lines;
my $refused = grep { /"decision":"refuse-all"/ } @lines;

is(sql('SELECT host, accepted_all, refused_all, chose, withdrew FROM consent_decisions'), "ville.example|$accepted|$refused|1|1",
    'how many accepted, refused, chose and withdrew');
is(sql('SELECT accepted, refused, withdrew FROM consent_answers WHERE service = \'youtube\''), "$accepted|" . ($refused + 1) . '|1',
    'for a service');

done_testing();


END {
    if ($$ == $owner) {
        my $status = $?;

        stop_daemon(rsyslog => 'TERM');
        stop_daemon(postgres => 'INT');
        File::Path::remove_tree($pg) if $pg && $pg =~ m{^/tmp/ngxc-pg\.\d+$};
        $? = $status;
    }
}
