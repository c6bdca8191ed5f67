// Tells stories to a real browser and says in TAP how they ended.
//
//     import assert from 'node:assert/strict';
//     import { story } from './lib/story.mjs';
//
//     story('without JavaScript the banner is a form', { javaScriptEnabled: false }, async ({ page, site, received }) => {
//         await page.goto(site('montmirail', '/'));
//         assert.equal(await page.locator('#ngxc-banner').count(), 1);
//         assert.deepEqual(received('youtube'), []);
//     });
//
// Each story has a context of its own, that is no cookies and an empty cache. Options are those of Playwright's newContext, and
// "browser": "firefox" for Firefox, whose page is puppeteer's; "chromium-back" for a Chromium that keeps whole pages for "back" as
// visitors' do (Playwright switches that off, and waits in vain for its own goBack); "chromium-http3" for one that speaks nothing else
// with ville.localhost. A failed story leaves a picture in the test's directory.
//
// A story may take a minute, or as many milliseconds as its option "timeout" says.
//
// Names resolve as t/sites/README.md says: nothing leaves the machine, and what would have is in received(). Names in plain.test are
// this machine too, but browsers do not know that and tell them less.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { chromium } from 'playwright-core';

import { launchFirefox } from './firefox.mjs';

const { prefix, ports } = JSON.parse(process.env.NGXC_SITES);
const stories = [];
const browsers = {};
const usual = 60_000;

export function story(name, options, tell) {
    stories.push(tell ? { name, options, tell } : { name, options: {}, tell: options });
}

// The address of a page of a fixture site; https unless told otherwise.
export function site(name, path = '/', scheme = 'https') {
    return `${scheme}://${name}.localhost:${scheme === 'https' ? ports.tls_port : ports.port}${path}`;
}

// What third parties, Matomo, the vote and the sites received since the story began; see t/sites/README.md for "who".
export function received(who) {
    return receivedLines().slice(receivedBefore)
        .map((line) => JSON.parse(line))
        .filter((line) => !errands.test(line.host + line.uri) && (who === undefined || line.who === who));
}

// The last piece is an empty string, or a line that nginx is writing at this moment.
function receivedLines() {
    const file = `${prefix}log/received.jsonl`;

    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

// What browsers fetch for themselves: accounts, the time, updates, settings.
const errands = new RegExp([
    '^accounts\\.google\\.com/ListAccounts',
    '^clients\\d\\.google\\.com/time/',
    '^update\\.googleapis\\.com/service/update2',
    '^[^/]+\\.mozilla\\.(?:com|net|org)/',
    '^[^/]+\\.firefox\\.com/',
].join('|'));

// Everything that left for somebody other than the site itself.
export function leaked() {
    return received().filter((line) => !['site', 'matomo', 'vote'].includes(line.who));
}

// Waits until the condition is true (or a promise of it), and says so; the story fails when it never is.
export async function until(condition, what = 'the condition came true', ms = 10_000) {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
        if (await condition()) {
            return;
        }
    }

    assert.fail(`waited ${ms} ms in vain until ${what}`);
}

// The violations axe-core finds on the page, as lines that say what and where.
export async function axe(page, options = {}) {
    axeSource ??= readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    await page.evaluate(axeSource);

    const { violations } = await page.evaluate((o) => globalThis.axe.run(document, o), options);

    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(' ')}`));
}

let receivedBefore = 0;
let axeSource;

// Chromium's sandbox needs user namespaces, which root, chroots and many containers do not have.
function canSandbox() {
    return process.getuid() !== 0 && spawnSync('unshare', ['--user', 'true']).status === 0;
}

// What Playwright switches off, since Chromium heeds the last such list alone, and Google's own question at every start whether its
// search may answer by itself: the browser asks that, no page does.
const disabledFeatures = [
    'AutoDeElevate', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'BoundaryEventDispatchTracksNodeRemoval', 'DestroyProfileOnBrowserClose',
    'DialMediaRouteProvider', 'GlobalMediaControls', 'HttpsUpgrades', 'LensOverlay', 'MediaRouter', 'OptimizationHints', 'PaintHolding',
    'RenderDocument', 'ThirdPartyStoragePartitioning', 'Translate',
    'AimEnabled', 'AimServerEligibilityEnabled', 'AimServerRequestOnStartupEnabled',
];

// HTTP/3 believes nobody's certificate but who is named, and knows no address but the first: localhost has two.
const launchOptions = {
    'chromium': () => ({}),
    'chromium-back': () => ({ ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    'chromium-http3': () => {
        const { publicKey } = new X509Certificate(readFileSync(`${prefix}certificate.pem`));
        const name = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');

        return {
            args: [`--origin-to-force-quic-on=ville.localhost:${ports.tls_port}`, `--ignore-certificate-errors-spki-list=${name}`],
            localhost: 'MAP *.localhost 127.0.0.1, ',
        };
    },
};

async function launchChromium({ args = [], localhost = '', ...options }) {
    const map = `${localhost}MAP *.plain.test:80 127.0.0.1:${ports.port}, MAP *:443 127.0.0.1:${ports.third_tls_port}, MAP *:80 127.0.0.1:${ports.third_port}`;

    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        chromiumSandbox: canSandbox(),
        args: [
            '--ignore-certificate-errors',
            `--host-resolver-rules=${map}${localhost ? '' : ', EXCLUDE *.localhost'}, EXCLUDE localhost`,
            `--disable-features=${disabledFeatures}`,
            ...args,
        ],
        ...options,
    });
}

// A fresh context and its page, and how to be rid of them.
async function open({ browser = 'chromium', ...options }) {
    if (browser === 'firefox') {
        const name = options.javaScriptEnabled === false ? 'firefoxWithoutScript' : 'firefox';

        browsers[name] ??= await launchFirefox(ports, options.javaScriptEnabled);
        const context = await browsers[name].createBrowserContext();

        return { context, page: await context.newPage() };
    }

    browsers[browser] ??= await launchChromium(launchOptions[browser]());
    const context = await browsers[browser].newContext({ ignoreHTTPSErrors: true, locale: 'fr-FR', ...options });

    context.setDefaultTimeout(10_000);

    return { context, page: await context.newPage() };
}

async function tell(number, { name, options: { timeout = usual, ...options }, tell }) {
    const over = new AbortController();
    let opened;

    receivedBefore = receivedLines().length;

    try {
        opened = await open(options);
        await Promise.race([
            tell({ ...opened, site, received, leaked }),
            sleep(timeout, undefined, { signal: over.signal }).then(() => assert.fail(`no end after ${timeout / 1000} s`)),
        ]);
        console.log(`ok ${number} - ${name}`);
        return true;

    } catch (error) {
        console.log(`not ok ${number} - ${name}`);
        console.log(String(error.stack ?? inspect(error)).replace(/^/gm, '# '));
        await opened?.page.screenshot({ path: `${prefix}story-${number}.png` }).catch(() => {});
        return false;

    } finally {
        over.abort();
        await opened?.context.close().catch(() => {});
    }
}

// Once the importing file has named all its stories.
setImmediate(async () => {
    let failed = 0;

    for (const [i, each] of stories.entries()) {
        failed += await tell(i + 1, each) ? 0 : 1;
    }

    console.log(`1..${stories.length}`);
    await Promise.all(Object.values(browsers).map((browser) => browser.close()));
    process.exitCode = failed ? 1 : 0;
});
