// Towns of a story's own: the gateway in front of pages that the story makes up, with a policy that it may change.
//
//     const ville = await town('ville', { policy: policy(['youtube']), pages: { '/': html('<h1>Ville</h1>') } });
//     await page.goto(ville.at('/'));
//     await ville.adopt(policy(['youtube', 'openstreetmap']));
//
// A page is HTML, or { headers, body }, or a function of the request that gives one of these or promises it; an unknown path gets the
// page "/". conf is nginx's, for the server, or a function of the port where the pages are that gives it. Asking for the same name again
// gives the same town with its first policy. Everything ends with the process.

import http from 'node:http';
import https from 'node:https';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';

import { until } from './story.mjs';

const { prefix, ports } = JSON.parse(process.env.NGXC_SITES);
const original = readFileSync(`${prefix}gateway.conf`, 'utf8');
const towns = new Map();
let upstream;

export function policy(services, more = {}) {
    return {
        site: 'Ville de Montmirail',
        controller: { name: 'Ville de Montmirail', contact: 'dpo@montmirail.example', privacy_policy: '/donnees-personnelles' },
        languages: ['fr', 'en'],
        services,
        ...more,
    };
}

export function html(body, { lang = 'fr', dir = 'ltr', head = '' } = {}) {
    return `<!DOCTYPE html><html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><title>Montmirail</title>`
        + `<meta name="viewport" content="width=device-width, initial-scale=1">${head}</head><body>${body}</body></html>`;
}

export const film = '<iframe id="film" src="https://www.youtube.com/embed/abc" title="La vallée vue du ciel" width="560" height="315"></iframe>';
export const plan = '<iframe id="plan" src="https://www.openstreetmap.org/export/embed.html" title="Le plan de la ville" width="480" '
    + 'height="320"></iframe>';
export const analytics = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
    + '<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); } gtag("config", "G-1");</script>';

export async function town(name, { policy, pages = {}, conf = '' }) {
    if (failed()) {
        throw new Error(failed());
    }

    if (!towns.has(name)) {
        upstream ??= await listen();
        towns.set(name, { pages, policy, conf });
    }

    const host = `${name}.localhost`;
    const one = {
        host,
        at: (path = '/') => `https://${host}:${ports.tls_port}${path}`,
        adopt: (next) => adopt(name, next),
        ask: (context, path, headers) => ask(host, context, path, headers),
        state: async (context, headers) => JSON.parse((await ask(host, context, '/_choices/state', headers)).body),
    };

    if (!existsSync(policyFile(name)) || readFileSync(policyFile(name), 'utf8') !== JSON.stringify(policy)) {
        await adopt(name, policy);
    }

    return one;
}

// What the gateway answers to who has this context's cookies, outside of any page.
async function ask(host, context, path, more) {
    const cookies = await context.cookies(`https://${host}:${ports.tls_port}/`);
    const headers = { ...more, Host: `${host}:${ports.tls_port}`, Cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') };

    return new Promise((resolve, reject) => {
        https.get({ host: '127.0.0.1', port: ports.tls_port, servername: host, path, headers, rejectUnauthorized: false }, (answer) => {
            let body = '';

            answer.setEncoding('utf8').on('data', (piece) => body += piece)
                .on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
        }).on('error', reject);
    });
}

const policyFile = (name) => `${prefix}policies/${name}.json`;

async function adopt(name, policy) {
    writeFileSync(policyFile(name), JSON.stringify(policy));
    writeFileSync(`${prefix}gateway.conf`, original.replace(/\n}\s*$/, `\n${[...towns].map(server).join('')}}\n`));

    const before = retired();

    process.kill(Number(readFileSync(`${prefix}gateway.pid`, 'utf8')), 'SIGHUP');

    await until(() => retired() > before || failed(), 'nginx took the new configuration');

    if (failed()) {
        throw new Error(failed());
    }
}

const log = () => readFileSync(`${prefix}log/gateway.log`, 'utf8');
const retired = () => (log().match(/gracefully shutting down/g) ?? []).length;
const failed = () => (log().match(/.*\[emerg\].*/g) ?? []).join('\n');

const server = ([name, { conf }]) => `
    server {
        listen 127.0.0.1:${ports.port};
        listen 127.0.0.1:${ports.tls_port} ssl http2;
        server_name ${name}.localhost;

        consent on;
        consent_policy ${policyFile(name)};
        ${typeof conf === 'function' ? conf(upstream) : conf}

        location / {
            proxy_pass http://127.0.0.1:${upstream};
        }
    }
`;

function listen() {
    const serve = http.createServer(async (request, response) => {
        const { pages } = towns.get(request.headers.host.split('.')[0]);
        const { pathname } = new URL(request.url, 'http://town');
        let page = pages[pathname] ?? pages['/'];

        page = typeof page === 'function' ? await page(request) : page;
        page = typeof page === 'string' ? { body: page } : page;

        response.writeHead(page.status ?? 200, { 'Content-Type': 'text/html; charset=utf-8', ...page.headers });
        response.end(page.body);
    });

    return new Promise((resolve) => {
        serve.listen(0, '127.0.0.1', () => resolve(serve.address().port));
        serve.unref();
    });
}
