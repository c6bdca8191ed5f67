#!/usr/bin/perl

# Whatever counts, chooses or refuses by the address in a masked location sees the address itself before the request is passed on, and the
# mask from then on: balancers, the address a connection is made from, and what is done afterwards.

use lib 't/lib';
use Gateway;

my $t = Gateway->new;

$t->keys;
$t->policy({ site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'], services => ['youtube'] });
$t->upstream(origin => sub { [200, ['Content-Type' => 'text/plain'], 'ok'] });

# A backend that says who is connected to it: which of three, and from where. Addresses of visitors are of the loopback network, so that
# connections can be made from them.
$t->http(<<'EOC');
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;

    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-Address;

    geo $district { default elsewhere; 127.5.6.0/24 town; 127.5.0.0/32 masked; }
    map $remote_addr $known { default no; 127.5.6.7 yes; }
    map $remote_addr $copied { default "from $remote_addr"; }
    split_clients $remote_addr $half { 50% a; * b; }

    limit_req_zone $binary_remote_addr zone=often:1m rate=1r/m;
    limit_conn_zone $binary_remote_addr zone=many:1m;

    upstream hashed { ip_hash; server 127.0.0.1:%%PORT_one%%; server 127.0.0.1:%%PORT_two%%; server 127.0.0.1:%%PORT_three%%; }
    upstream by_text { hash $remote_addr; server 127.0.0.1:%%PORT_one%%; server 127.0.0.1:%%PORT_two%%; server 127.0.0.1:%%PORT_three%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name ville.example;
        consent on;
        consent_mask_ip 16 48;

        location /often/ { limit_req zone=often; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /many/ { limit_conn many 1; limit_rate 1k; alias %%PREFIX%%/www/; }
        location /hashed/ { proxy_pass http://hashed/; }
        location /by-text/ { proxy_pass http://by_text/; }
        location /bound/ { proxy_bind $remote_addr; proxy_pass http://127.0.0.1:%%PORT_one%%/; }

        # Evaluated before, and when the request is passed on.
        location /before/ {
            if ($district = town) { set $from town; }
            if ($known = yes) { set $from $from-known; }
            set $copy $copied;
            proxy_set_header X-From $from;
            proxy_set_header X-Copied $copied;
            proxy_set_header X-Copy $copy;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }

        location /after/ {
            proxy_set_header X-District $district;
            proxy_set_header X-Known $known;
            proxy_set_header X-Copied $copied;
            proxy_set_header X-Half $half;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }

        location /told/ { post_action /tell-masked; alias %%PREFIX%%/www/; }
        location = /tell-masked { internal; include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:%%PORT_origin%%/told-masked; }
        location /told-open/ { post_action /tell-open; alias %%PREFIX%%/www/; }
        location = /tell-open { internal; consent_mask_ip off; allow 127.5.6.7; deny all;
            include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:%%PORT_origin%%/told-open; }
        location = /checked { auth_request /check; include /etc/nginx/proxy_params; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location = /check { internal; proxy_bind $remote_addr; proxy_pass http://127.0.0.1:%%PORT_one%%/; }
    }

    server { listen 127.0.0.1:%%PORT_one%%; consent off; real_ip_header X-None; return 200 "one $remote_addr"; access_log %%PREFIX%%/one.log; }
    server { listen 127.0.0.1:%%PORT_two%%; consent off; real_ip_header X-None; return 200 "two $remote_addr"; }
    server { listen 127.0.0.1:%%PORT_three%%; consent off; real_ip_header X-None; return 200 "three $remote_addr"; }
EOC

$t->write_file('www/page.html', '<title>x</title>' . '<p>text</p>' x 2000);
$t->run;

sub from {
    my ($address, $path) = @_;

    return $t->get($path, Host => 'ville.example', 'X-Test-Address' => $address);
}

subtest 'a limit' => sub {
    is(from('127.5.6.7', '/often/')->status, 200, 'of the rate lets one pass');
    is(from('127.5.6.7', '/often/')->status, 503, 'and not the same again');
    is(from('127.5.6.8', '/often/')->status, 200, 'but a neighbour behind the same mask');

    my $slow = $t->connect;
    $slow->write(Gateway::HTTP::request('GET', '/many/page.html', undef, Host => 'ville.example', 'X-Test-Address' => '127.5.6.7'));
    $slow->read_until(qr/<title>/);

    is(from('127.5.6.7', '/many/none')->status, 503, 'of connections counts the visitor\'s own');
    is(from('127.5.6.8', '/many/none')->status, 404, 'and nobody else\'s');
    $slow->close;
};

subtest 'a balancer' => sub {
    for my $path ('/hashed/', '/by-text/') {
        my %seen = map { from("127.5.$_.7", $path)->body => 1 } 1 .. 9;
        is(keys %seen, 1, "$path sees one address behind the mask");
    }

    my %others = map { from("127.$_.0.1", '/by-text/')->body => 1 } 1 .. 30;
    cmp_ok(keys %others, '>', 1, 'and tells masks apart');
};

subtest 'a connection made from the visitor\'s address' => sub {
    is(from('127.5.6.7', '/bound/')->body, 'one 127.5.0.0', 'is made from the mask');
    is(from('127.5.6.7', '/checked')->status, 200, 'a subrequest\'s as well');
    unlike($t->read_file('one.log'), qr/127\.5\.6/, 'so that its other end never sees more');
};

subtest 'geo, map and split_clients' => sub {
    from('127.5.6.7', '/before/');
    my $asked = $t->last_request('origin');

    is($asked->header('X-From'), 'town-known', 'see the address in rewrites');
    is($asked->header('X-Copied'), 'from 127.5.0.0', 'whose copies of it are masked');
    is($asked->header('X-Copy'), 'from 127.5.0.0', 'wherever they were put');

    from('127.5.6.7', '/after/');
    $asked = $t->last_request('origin');
    is($asked->header('X-District'), 'masked', 'and the mask in what is passed on');
    is($asked->header('X-Known'), 'no', 'which tells no visitor from his neighbours');
    is($asked->header('X-Copied'), 'from 127.5.0.0', 'and copies the mask');

    my $half = $asked->header('X-Half');
    my @neighbours = map { from("127.5.6.$_", '/after/'); $t->last_request('origin')->header('X-Half') } 1 .. 9;
    is_deeply(\@neighbours, [($half) x 9], 'nor in halves');
};

subtest 'an action afterwards' => sub {
    my $told = sub { my ($uri) = @_; wait_until(sub { grep { $_->uri eq $uri } $t->requests('origin') }, 2); (grep { $_->uri eq $uri } $t->requests('origin'))[0] };

    from('127.5.6.7', '/told/page.html');
    is($told->('/told-masked')->header('X-Real-IP'), '127.5.0.0', 'is masked where it leads');

    from('127.5.6.7', '/told-open/page.html');
    is($told->('/told-open')->header('X-Real-IP'), '127.5.6.7', 'or is not, and access rules there see the address');
};

is(scalar(grep { /told-open/ } split /\n/, $t->read_file('access.log')) > 0, 1, 'requests are logged');
unlike($t->read_file('access.log'), qr/127\.5\.6/, 'masked, whatever was done after them');

done_testing();
