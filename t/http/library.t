#!/usr/bin/perl

# The tests' own library, on an nginx without the module: what it says of a response can be believed.

use lib 't/lib';
use Gateway;

my $t = Gateway->new(modules => []);

$t->write_file('www/index.html', '<p>plain');
$t->certificate('localhost');

$t->upstream(origin => sub {
    my ($request) = @_;
    my $uri = $request->uri;

    return [200, ['Set-Cookie' => 'a=1; Path=/', 'Set-Cookie' => 'b=2'], 'two cookies'] if $uri eq '/cookies';
    return [200, ['Transfer-Encoding' => 'chunked'], ['one ', \0.01, 'two ', 'three']] if $uri eq '/chunked';
    return "HTTP/1.0 200 OK\r\nX-Raw: yes\r\n\r\nas it is" if $uri eq '/raw';
    return [200, [], $request->method . ' ' . $request->body] if $uri eq '/echo';
    return;
});

$t->upstream(php => sub { [200, ['Content-Type' => 'text/plain'], 'from ' . $_[0]->params->{REMOTE_ADDR}] }, protocol => 'fastcgi');

$t->http(<<'EOC');
    server {
        listen 127.0.0.1:%%PORT%%;
        root www;
        location /origin/ { proxy_pass http://127.0.0.1:%%PORT_origin%%/; proxy_http_version 1.1; }
        location /php/ { include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:%%PORT_php%%; }
        location /version { return 200 $scheme-$server_protocol; }
    }
    server {
        listen 127.0.0.1:%%PORT_tls%% ssl http2;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        location / { return 200 $scheme-$server_protocol; }
    }
EOC

like($t->nginx_test, qr/test is successful/, 'nginx -t accepts the configuration');

$t->run;

subtest 'a response' => sub {
    my $r = $t->get('/');

    is($r->status, 200, 'has a status');
    is($r->reason, 'OK', 'a reason');
    is($r->header('content-length'), 8, 'headers in any case');
    is($r->body, '<p>plain', 'and a body');
    ok($r->complete, 'which is whole');
    is($t->head('/')->body, '', 'or none where HEAD was asked');
    is($t->get('/none')->status, 404, 'and may be an error');
    is($t->get('/origin/')->status, 502, 'of an upstream that does not answer');
};

subtest 'an upstream' => sub {
    is_deeply([$t->get('/origin/cookies')->headers('Set-Cookie')], ['a=1; Path=/', 'b=2'], 'sets two cookies');
    is($t->get('/origin/chunked')->body, 'one two three', 'answers piece by piece');
    is($t->get('/origin/raw')->header('X-Raw'), 'yes', 'or byte by byte');
    is($t->post('/origin/echo', [a => 'é', b => '&'])->body, 'POST a=%C3%A9&b=%26', 'is sent a form');

    my $request = $t->last_request('origin');

    is($request->uri, '/echo', 'remembers what it was asked');
    is($request->header('Content-Type'), 'application/x-www-form-urlencoded', 'with its headers');
    is($request->body, 'a=%C3%A9&b=%26', 'and its body');
};

is($t->get('/php/')->body, 'from 127.0.0.1', 'a FastCGI upstream is told the address');
is($t->last_request('php')->header('Host'), 'localhost', 'and the headers');

subtest 'a connection' => sub {
    my @responses = $t->send("GET /version HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /version HTTP/1.0\r\n\r\n");
    is_deeply([map { $_->body } @responses], ['http-HTTP/1.1', '', 'http-HTTP/1.0'], 'takes several requests');

    is($t->send(['G', \0.01, "ET / HTTP/1.0\r\n\r", \0.01, "\n"])->status, 200, 'may be written to slowly');
    is($t->send("nonsense\r\n\r\n")->status, 400, 'and with nonsense');

    my $c = $t->connect;
    $c->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    is($c->response->body, '<p>plain', 'is read response by response');
    $c->write("GET /version HTTP/1.0\r\n\r\n");
    is($c->response->body, 'http-HTTP/1.0', 'as often as wanted');
};

is($t->curl('/', '-port' => 'tls', '--http1.1')->body, 'https-HTTP/1.1', 'TLS');
is($t->curl('/', '-port' => 'tls', '--http2')->body, 'https-HTTP/2.0', 'HTTP/2');

subtest 'nginx' => sub {
    my $before = $t->read_file('nginx.conf');

    $t->write_file('nginx.conf', $before =~ s/\$scheme-/reloaded-/gr);
    ok($t->reload, 'reloads');
    is($t->get('/version')->body, 'reloaded-HTTP/1.1', 'and serves the new configuration');

    $t->write_file('nginx.conf', $before =~ s/root www/rot www/r);
    my ($output, $content) = $t->nginx_test;
    ok(!$content, 'says when it is not content');
    like($output, qr/unknown directive "rot" in .*nginx\.conf:\d+/, 'and why');

    ok(!$t->reload, 'keeps what it has then');
    is($t->get('/version')->body, 'reloaded-HTTP/1.1', 'and serves on');
    $t->allow_log(qr/unknown directive "rot"/);
};

done_testing();
