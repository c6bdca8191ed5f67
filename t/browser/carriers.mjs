// Whatever makes a browser ask a third party for something does not reach it before acceptance: two browsers load hundreds of pages, each
// with one way in it. What they ask for without the gateway is what there is to stop; with it they ask for nothing, and once the service is
// accepted, for all of it again. NGXC_CARRIERS=1 lists what each of them asks for.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { story, received } from './lib/story.mjs';
import { carriers } from './lib/carriers.mjs';
import { town, policy } from './lib/town.mjs';

const tracker = {
    id: 'tracker', name: 'Tracker', purpose: 'audience',
    provider: { name: 'Tracker', privacy_policy: 'https://tracker.example/privacy' },
    description: { fr: 'Compte.', en: 'Counts.' },
    match: { urls: ['tracker.example'], inline: ['\\btrack\\('] },
};

// Browsers do some things only for a window's own page; all others share windows as frames.
const isAlone = ({ name }) => /\b(?:speculation|icon|manifest|prefetch|prerender)\b/.test(name);
const perWindow = 200;

const index = (visit, rows) => '<!doctype html><title>x</title><style>iframe{width:40px;height:20px;border:0;margin:0}</style>'
    + rows.map((row) => `<iframe src="/${visit}/${row}"></iframe>`).join('');

const gif = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
let served = 0;

const pages = {
    '/': '<!doctype html><title>x</title>',
    '/own.gif': { headers: { 'Content-Type': 'image/gif' }, body: gif },
    '/own.css': { headers: { 'Content-Type': 'text/css' }, body: '' },
    '/missing': { status: 404, body: '' },
    '/slow.js': async () => {
        await sleep(200);
        served++;

        return { headers: { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-store' }, body: '' };
    },
};

// What is asked for names the visit, since a browser may still ask when the next has begun.
for (const visit of ['direct', 'before', 'after']) {
    pages[`/${visit}/window`] = ({ url }) => index(visit, new URL(url, 'http://town').searchParams.get('rows').split('-'));

    for (const { row, html } of carriers) {
        pages[`/${visit}/${row}`] = () => {
            served++;

            return html(visit);
        };
    }
}

const ville = () => town('carriers', {
    policy: policy([tracker]), pages,
    conf: (port) => `location /direct/ { consent off; proxy_pass http://127.0.0.1:${port}; }`,
});

// The names of those of the rows for which the third party was asked, once nobody asks any more.
async function asked({ context, at }, visit, rows = carriers) {
    const load = async (path) => {
        const tab = await context.newPage();

        await tab.goto(at(`/${visit}/${path}`), { waitUntil: 'domcontentloaded', timeout: 30_000 });

        return tab;
    };

    const framed = rows.filter((row) => !isAlone(row));

    for (let i = 0; i < framed.length; i += perWindow) {
        const tab = await load(`window?rows=${framed.slice(i, i + perWindow).map(({ row }) => row).join('-')}`);

        await quiet();
        await tab.close();
    }

    const tabs = await Promise.all(rows.filter(isAlone).map(({ row }) => load(row)));

    await quiet();
    await Promise.all(tabs.map((tab) => tab.close()));

    const seen = new Set(received().filter(({ host }) => /(?:^|\.)tracker\.example\.*$/.test(host))
        .map(({ uri }) => uri.match(/^\/+(\w+)\/(\d+)/)).filter(([, of]) => of === visit).map(([, , row]) => Number(row)));

    return carriers.filter(({ row }) => seen.has(row)).map(({ name }) => name);
}

const named = (names) => carriers.filter(({ name }) => names.includes(name));
const without = (names, others) => names.filter((name) => !others.includes(name));

// Until nobody has been asked for anything for a second and a half.
async function quiet() {
    for (let last = 0, since = Date.now(); Date.now() - since < 1500; await sleep(100)) {
        const now = served + received().length;

        if (now !== last) {
            last = now;
            since = Date.now();
        }
    }
}

const timeout = 180_000;

for (const browser of ['chromium', 'firefox']) {
    let wild = [];

    story(`${browser}: without the gateway hundreds of ways lead to a third party`, { browser, timeout }, async ({ context }) => {
        const { at } = await ville();

        wild = await asked({ context, at }, 'direct');

        if (process.env.NGXC_CARRIERS) {
            console.log(wild.map((name) => `# ${browser}: ${name}`).join('\n'));
        }

        assert.ok(wild.length > 400, `${wild.length}`);
    });

    story(`${browser}: before acceptance none does`, { browser, timeout }, async ({ context }) => {
        const { at } = await ville();

        assert.deepEqual(await asked({ context, at }, 'before'), []);
    });

    story(`${browser}: after acceptance all do again`, { browser, timeout }, async ({ page, context }) => {
        const { at } = await ville();

        await page.goto(at('/'));
        await page.evaluate(() => fetch('/_choices/', { method: 'POST', body: new URLSearchParams({ decision: 'accept-all' }) }));

        let again = await asked({ context, at }, 'after');

        // what comes late on a busy machine gets a second chance, with fewer beside it
        again = [...again, ...await asked({ context, at }, 'after', named(without(wild, again)))];
        wild = [...wild, ...await asked({ context, at }, 'direct', named(without(again, wild)))];

        assert.deepEqual(without(wild, again), [], 'nothing is missing');
        assert.deepEqual(without(again, wild), [], 'nothing came with it');
    });
}
