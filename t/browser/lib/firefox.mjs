// Firefox, through puppeteer's WebDriver BiDi. It knows no table of names like Chromium's, so it is given a proxy that sends every name
// but *.localhost and *.plain.test to the stand-ins of third parties.

import dns from 'node:dns';
import http from 'node:http';
import net from 'node:net';
import puppeteer from 'puppeteer-core';

// puppeteer calls on Firefox at "localhost". That name needs no /etc/hosts (RFC 6761, 6.3), and a bare chroot has none.
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name === 'localhost' ? '127.0.0.1' : name, ...rest);

function destination(host, port, ports) {
    if (host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1') {
        return port;
    }

    if (host.endsWith('.plain.test')) {
        return ports.port;
    }

    return port === 443 ? ports.third_tls_port : ports.third_port;
}

async function startProxy(ports) {
    const proxy = http.createServer((request, response) => {
        const url = new URL(request.url);
        const onward = http.request({
            host: '127.0.0.1',
            port: destination(url.hostname, Number(url.port || 80), ports),
            method: request.method,
            path: url.pathname + url.search,
            headers: request.headers,
        }, (answer) => {
            response.writeHead(answer.statusCode, answer.rawHeaders);
            answer.pipe(response);
        });

        onward.on('error', () => response.destroy());
        request.pipe(onward);
    });

    proxy.on('connect', (request, client, head) => {
        const [, host, port] = request.url.match(/^(.*):(\d+)$/);
        const server = net.connect(destination(host, Number(port), ports), '127.0.0.1', () => {
            client.write('HTTP/1.1 200 OK\r\n\r\n');
            server.write(head);
            server.pipe(client).pipe(server);
        });

        server.on('error', () => client.destroy());
        client.on('error', () => server.destroy());
    });

    await new Promise((listening) => proxy.listen(0, '127.0.0.1', listening));
    proxy.unref();

    return proxy.address().port;
}

export async function launchFirefox(ports, javaScriptEnabled = true) {
    const port = await startProxy(ports);

    return puppeteer.launch({
        browser: 'firefox',
        executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
        headless: true,
        acceptInsecureCerts: true,
        extraPrefsFirefox: {
            'network.proxy.type': 1,
            'network.proxy.http': '127.0.0.1',
            'network.proxy.http_port': port,
            'network.proxy.ssl': '127.0.0.1',
            'network.proxy.ssl_port': port,
            'network.proxy.allow_hijacking_localhost': true,
            'intl.accept_languages': 'fr-FR, fr',
            'javascript.enabled': javaScriptEnabled,
        },
    });
}
