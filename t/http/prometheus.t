#!/usr/bin/perl

# A real Prometheus scrapes consent_status, and its own linter has nothing to say about it.

use lib 't/lib';
use Gateway;
use Gateway::Peer;

use POSIX ();

my @prometheus = peer('bin/prometheus');
my @promtool = peer('bin/promtool');

plan(skip_all => 'prometheus is not here') if !@prometheus || !@promtool;

my $owner = $$;
my $pid;
my $t = Gateway->new(workers => 2);

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_zone counters:1m;

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example 127.0.0.1;
        consent on;
        consent_keys keys;
        consent_policy policy.json;
        default_type text/html;
        location / { return 200 '<p><iframe src="https://www.youtube.com/embed/a"></iframe>'; }
        location = /consent-status { allow 127.0.0.1; deny all; consent_status; }
    }
EOC
$t->run;

my @from = (Host => 'ville.example', 'Sec-Fetch-Site' => 'same-origin');

$t->get('/', @from) for 1 .. 3;
$t->post('/_choices/', [decision => $_], @from) for 'accept-all', 'refuse-all', 'refuse-all';

subtest 'promtool' => sub {
    my $scrape = $t->write_file('scrape', $t->get('/consent-status', Host => 'ville.example')->body);
    my $said = `@promtool check metrics < '$scrape' 2>&1`;

    is($?, 0, 'can read it');
    is($said, '', 'and finds nothing to mend');
};

subtest 'a scrape' => sub {
    my $port = $t->port('prometheus');
    my $config = $t->write_file('prometheus.yml', "scrape_configs:\n- job_name: ngx_consent\n  metrics_path: /consent-status\n"
        . "  scrape_interval: 200ms\n  scrape_timeout: 200ms\n  static_configs:\n  - targets: ['127.0.0.1:" . $t->port . "']\n");

    $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $t->file('prometheus.out');
        open STDERR, '>&', \*STDOUT;
        exec @prometheus, "--config.file=$config", '--storage.tsdb.path=' . $t->file('tsdb'), "--web.listen-address=127.0.0.1:$port"
            or POSIX::_exit(127);
    }

    my $query = sub {
        my $url = '/api/v1/query?query=' . $_[0] =~ s/([^\w])/sprintf '%%%02X', ord $1/ger;
        my $answer = eval { JSON::PP::decode_json($t->get($url, -port => 'prometheus')->body) } or return [];

        return $answer->{data}{result};
    };

    ok(wait_until(sub { @{ $query->('ngx_consent_pages_total') } }, 20), 'is made');
    is($query->('ngx_consent_pages_total{host="ville.example",outcome="rewritten"}')->[0]{value}[1], 3, 'pages');
    is($query->('sum(ngx_consent_decisions_total{decision="refuse-all"})')->[0]{value}[1], 2, 'decisions');
    is($query->('ngx_consent_service_answers_total{service="youtube",answer="accept"}')->[0]{value}[1], 1, 'services');
    is($query->('up{job="ngx_consent"}')->[0]{value}[1], 1, 'the target is up');

    $t->get('/', @from);
    ok(wait_until(sub { ($query->('ngx_consent_pages_total{outcome="rewritten"}')->[0]{value}[1] // 0) == 4 }, 10), 'and goes on');
};

done_testing();


END {
    if ($pid && $$ == $owner) {
        my $status = $?;

        kill TERM => $pid;
        waitpid $pid, 0;
        $? = $status;
    }
}
