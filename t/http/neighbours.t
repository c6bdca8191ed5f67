#!/usr/bin/perl

# Debian's other modules beside the gateway: what they make of a page, a header or a request is read like anything else, and what they
# are there for goes on.

use lib 't/lib';
use Gateway;
use Gateway::Peer;

my $iframe = '<iframe src="https://www.youtube.com/embed/a"></iframe>';
my $script = '<script src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>';

# As Debian's configuration loads them, and ours behind.
my @debian = qw(ndk_http_module ngx_http_cache_purge_module ngx_http_dav_ext_module ngx_http_echo_module ngx_http_fancyindex_module
    ngx_http_headers_more_filter_module ngx_http_image_filter_module ngx_http_lua_module ngx_http_perl_module ngx_http_set_misc_module
    ngx_http_srcache_filter_module ngx_http_subs_filter_module ngx_http_uploadprogress_module ngx_http_xslt_filter_module
    ngx_http_js_module ngx_http_modsecurity_module ngx_nchan_module);
my @missing = grep { !peer_root("lib/nginx/modules/$_.so") } @debian;

plan(skip_all => 'another nginx than Debian\'s') if $ENV{NGXC_NGINX};
plan(skip_all => "not installed: @missing") if @missing;

$ENV{LD_LIBRARY_PATH} = peer_libraries();

for my $place ('behind them', 'before them') {
    my @modules = $place eq 'behind them' ? (@debian, 'consent') : ('consent', @debian);

    subtest "loaded $place" => sub { beside(@modules) };
}

done_testing();


sub beside {
    my $t = Gateway->new(modules => [@_]);

    $t->keys;
    $t->policy({
        site => 'Ville', controller => { name => 'Ville', privacy_policy => '/p' }, languages => ['fr'],
        services => ['youtube', 'google-analytics'],
    });

    my $lua = (peer_root('share/lua/5.1/resty/core.lua') // '/usr') . '/share/lua/5.1';
    my ($perl) = glob +(peer_root('lib/*/perl5/*/nginx.pm') // '/usr') . '/lib/*/perl5/*';

    $t->write_file('page.js', <<"EOC");
function content(r) { r.headersOut['Content-Type'] = 'text/html'; r.headersOut['Set-Cookie'] = ['_ga=1', 'session=1']; r.return(200, '<p>js</p>$iframe'); }
function header(r) { r.headersOut['Set-Cookie'] = '_ga=1'; delete r.headersOut['Content-Length']; }
function body(r, data, flags) { r.sendBuffer(data.replace('HERE', '$iframe'), flags); }
export default { content, header, body };
EOC

    $t->write_file('page.xslt', <<'EOC');
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html"/>
<xsl:template match="/"><html><body><h1><xsl:value-of select="page"/></h1><iframe src="https://www.youtube.com/embed/a"></iframe></body></html></xsl:template>
</xsl:stylesheet>
EOC

    $t->write_file('www/page.xml', '<?xml version="1.0"?><page>Xslt</page>');
    $t->write_file('www/page.html', "<p>HERE</p>$script");
    $t->write_file('www/plain.txt', "text $iframe");
    $t->write_file('www/dot.gif', "GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
    $t->write_file('www/files/a.txt', 'a');
    $t->write_file('www/head.html', "<html><body>$iframe");
    $t->write_file('waf.conf', "SecRuleEngine On\nSecRequestBodyAccess On\nSecResponseBodyAccess On\nSecResponseBodyMimeType text/html\n"
        . "SecRule ARGS \"attack\" \"id:1,phase:2,deny,status:403\"\nSecRule RESPONSE_HEADERS:X-Secret \"1\" \"id:2,phase:3,deny,status:403\"\n");

    $t->upstream(origin => sub {
        my ($request) = @_;

        return [200, ['Content-Type' => 'text/html', 'Set-Cookie' => 'session=2', $request->uri =~ /secret/ ? ('X-Secret' => 1) : ()], "<p>HERE</p>$script"];
    });

    $t->upstream(store => do {
        my %stored;

        sub {
            my ($request) = @_;

            $stored{$request->uri} = $request->body if $request->method eq 'PUT';
            return $request->method eq 'PUT' ? [201, [], ''] : $stored{$request->uri} ? [200, [], $stored{$request->uri}] : [404, [], ''];
        };
    });

    $t->http(<<"EOC");
    consent_assets %%ASSETS%%;
    consent_keys keys;
    consent_policy policy.json;
    lua_package_path "$lua/?.lua;;";
    perl_modules $perl;
    js_path %%PREFIX%%;
    js_import page.js;
    types { text/html html; text/plain txt; text/xml xml; image/gif gif; }
    log_format cookies '\$http_cookie|\$remote_addr';

    server {
        listen 127.0.0.1:%%PORT%%;
        root www;
        consent on;

        location /headers-more/ {
            more_set_headers 'Set-Cookie: _ga=1' 'Link: <https://www.youtube.com>; rel=preconnect' 'X-Own: 1';
            more_set_input_headers 'Cookie: _ga=3; own=1';
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }

        location /headers-more-type/ { more_set_headers 'Content-Type: text/html'; alias www/; }

        location /lua/content { default_type text/html; content_by_lua_block { ngx.header['Set-Cookie'] = { '_ga=1', 'own=1' }; ngx.say('<p>lua</p>$iframe') } }
        location /lua/flush { default_type text/html; content_by_lua_block {
            ngx.print('<p>lua</p><ifr'); ngx.flush(true); ngx.sleep(0.01); ngx.print('ame src="https://www.youtube.com/embed/a"></iframe>') } }
        location /lua/capture { default_type text/html; content_by_lua_block { local r = ngx.location.capture('/page.html'); ngx.print(r.body, '$iframe') } }
        location /lua/exec { rewrite_by_lua_block { ngx.exec('/lua/content') } }
        location /lua/cookie { access_by_lua_block { ngx.header['X-Seen'] = ngx.var.http_cookie or 'none' } proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /lua/filters/ {
            header_filter_by_lua_block { ngx.header.content_length = nil; ngx.header['Set-Cookie'] = '_ga=1' }
            body_filter_by_lua_block { if ngx.arg[1] then ngx.arg[1] = string.gsub(ngx.arg[1], 'HERE', '$iframe') end }
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location /lua/masked {
            consent_mask_ip 16 48;
            set_by_lua_block \$address { return ngx.var.remote_addr }
            access_by_lua_block { ngx.req.set_header('X-Forwarded-For', ngx.var.remote_addr) }
            proxy_set_header X-By-Lua \$address;
            proxy_set_header X-Real-IP \$remote_addr;
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }

        location = /js/content { js_content page.content; }
        location /js/filters/ { js_header_filter page.header; js_body_filter page.body; proxy_pass http://127.0.0.1:%%PORT_origin%%; }

        location /echo/say { default_type text/html; echo '<p>echo</p>$iframe'; }
        location /echo/around { default_type text/html; echo_before_body '<p>before</p>$iframe'; echo_after_body '$script<p>after</p>'; proxy_pass http://127.0.0.1:%%PORT_origin%%; }
        location /echo/location { default_type text/html; echo '<p>echo</p>'; echo_location /page.html; echo_location_async /page.html; }
        location /echo/exec { echo_exec /echo/say; }
        location /echo/slow { default_type text/html; echo -n '<iframe src="https://www.you'; echo_flush; echo_sleep 0.01; echo 'tube.com/embed/a"></iframe>'; }

        location = /page.xml { xslt_stylesheet %%PREFIX%%/page.xslt; }
        location /perl { perl 'sub { my \$r = shift; \$r->header_out("Set-Cookie", "_ga=1"); \$r->send_http_header("text/html"); \$r->print("<p>perl</p>", q(<iframe src="https://www.youtube.com/embed/a"></iframe>)); return OK; }'; }
        location /files/ { fancyindex on; fancyindex_header /head.html; }
        location = /dot.gif { image_filter resize 1 1; }

        location /srcache/ {
            set \$key \$uri;
            srcache_fetch GET /store \$key;
            srcache_store PUT /store \$key;
            srcache_store_hide_header Set-Cookie;
            more_set_headers 'X-Fetched: \$srcache_fetch_status';
            proxy_pass http://127.0.0.1:%%PORT_origin%%;
        }
        location = /store { internal; consent off; proxy_pass http://127.0.0.1:%%PORT_store%%/\$args; }

        location /waf/ { modsecurity on; modsecurity_rules_file %%PREFIX%%/waf.conf; proxy_pass http://127.0.0.1:%%PORT_origin%%; }

        location = /publish { nchan_publisher; nchan_channel_id page; }
        location = /subscribe { nchan_subscriber eventsource; nchan_channel_id page; }
    }
EOC

    $t->run;

    my @asked = (Accept => 'text/html', 'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate', Host => 'ville.example');

    for my $case (
        ['/headers-more/', 'headers-more'],
        ['/lua/content', 'lua', 'lua'],
        ['/lua/flush', 'lua that flushes in the middle of a tag', 'lua'],
        ['/lua/capture', 'lua that captures a subrequest', 'HERE'],
        ['/lua/exec', 'lua that goes on elsewhere', 'lua'],
        ['/lua/filters/', 'lua in filters'],
        ['/js/content', 'njs', 'js'],
        ['/js/filters/', 'njs in filters'],
        ['/echo/say', 'echo', 'echo'],
        ['/echo/around', 'echo around a page', 'after'],
        ['/echo/location', 'echo of subrequests', 'echo'],
        ['/echo/exec', 'echo that goes on elsewhere', 'echo'],
        ['/echo/slow', 'echo that flushes in the middle of a tag'],
        ['/page.xml', 'a stylesheet of XSLT', 'Xslt'],
        ['/perl', 'perl', 'perl'],
        ['/files/', 'a listing with a header', 'a\.txt'],
        ['/headers-more-type/plain.txt', 'a type that headers-more changes', 'text'],
        ['/waf/', 'a firewall'],
        ['/srcache/page', 'a cache in front'],
        ['/srcache/page', 'a cache in front, from it'],
    ) {
        my ($path, $what, $kept) = @$case;
        my $r = $t->get($path, @asked, Cookie => '_ga=2; own=2');
        my $body = $r->body;

        subtest $what => sub {
            is($r->status, 200, 'is answered');
            like($body, qr/<div id="ngxc-banner"/, 'the visitor is asked');
            unlike($body, qr/src="https:/, 'nothing is loaded');
            like($body, qr/data-ngxc="(?:youtube|google-analytics)"/, 'what was there is neutral');
            like($body, qr/$kept/, 'the rest is there') if $kept;
            unlike(join(' ', $r->headers('Set-Cookie')), qr/_ga=1/, 'no cookie of a service is set');
            unlike(join(' ', $r->headers('Link')), qr/youtube/, 'nor a hint given');
            like(join(' ', $r->headers('Cache-Control')), qr/private/, 'and it is this visitor\'s page');
        };
    }

    is($t->get('/headers-more/', @asked)->header('X-Own'), 1, 'headers-more: other headers are set');
    is((grep { $_->uri eq '/headers-more/' } $t->requests('origin'))[0]->header('Cookie'), 'own=1', 'a cookie that it gives the site is one of the site\'s');

    is($t->get('/lua/cookie', @asked, Cookie => '_ga=2; own=2')->header('X-Seen'), 'own=2', 'lua sees the cookies that the site sees');
    is($t->last_request('origin')->header('Cookie'), 'own=2', 'which are those of the site');

    $t->get('/lua/masked', @asked, 'X-Forwarded-For' => '203.0.113.77');
    my $seen = $t->last_request('origin');
    is($seen->header($_), '127.0.0.0', "$_ by lua or by nginx is masked") for qw(X-Forwarded-For X-By-Lua X-Real-IP);

    is($t->get('/waf/?a=attack', @asked)->status, 403, 'the firewall refuses a request');
    is($t->get('/waf/secret', @asked)->status, 403, 'and an answer');

    is($t->get('/srcache/page', @asked)->header('X-Fetched'), 'HIT', 'srcache answers from its cache');
    my ($stored) = grep { $_->method eq 'PUT' } $t->requests('store');
    unlike($stored->body, qr/ngxc/, 'in which is the page as the site made it');

    like($t->get('/dot.gif', @asked)->body, qr/^GIF8/, 'an image is one');

    my $stream = $t->connect;
    $stream->write("GET /subscribe HTTP/1.1\r\nHost: ville.example\r\nAccept: text/event-stream\r\n\r\n");
    $stream->read_until(qr/200 OK/);
    is($t->post('/publish', 'hello', Host => 'ville.example')->status, 201, 'nchan: a message is published');
    like($stream->read_until(qr/data: hello/), qr/data: hello/, 'and arrives');
    $stream->close;

    $t->stop;
}
